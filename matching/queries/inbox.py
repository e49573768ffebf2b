"""The firm's inbox: its matches under the item each is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from companies.models import Membership, Need, Offering
from matching.choices import AnswerKind, MatchState, Side
from matching.models import Answer, Match, MatchQuerySet
from matching.queries.veil import VEILED, veil_of
from matching.wording import fit_words

ENDED: Final = (MatchState.DECLINED, MatchState.EXPIRED, MatchState.WITHDRAWN)
#: The tabs of the inbox, in their order: to answer, waiting for the other firm, and so on.
FOLDERS: Final = ("open", "waiting", "introduced", "ended")
DAYS_THAT_PRESS: Final = 3


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One match in the list: what `side` reads at a glance. `days_left` to answer, None if that
    is no question any more."""

    match: Match
    side: Side
    own_item: Need | Offering
    firm_name: str
    firm_name_language: str
    country: str
    title: str
    title_language: str
    fit: str
    own_answer: Answer | None
    days_left: int | None

    @property
    def is_waiting_for_us(self) -> bool:
        return self.match.state == MatchState.APPROVED and self.own_answer is None

    @property
    def is_waiting_for_them(self) -> bool:
        answer = self.own_answer
        is_interested = answer is not None and answer.kind == AnswerKind.INTERESTED
        return self.match.state == MatchState.APPROVED and is_interested

    @property
    def is_pressing(self) -> bool:
        return self.days_left is not None and self.days_left <= DAYS_THAT_PRESS


@dataclass(frozen=True, slots=True)
class InboxGroup:
    """The matches about one need or offering of the firm."""

    item: Need | Offering
    is_need: bool
    rows: tuple[InboxRow, ...]

    @property
    def is_comparable(self) -> bool:
        return len(self.rows) > 1


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """An own item with matches, for the filter."""

    item: Need | Offering
    is_need: bool
    count: int


def inbox_matches(user: Any, folder: str, *, item: UUID | None = None) -> "QuerySet[Match]":
    """The user's firms' matches in `folder` (one of FOLDERS): what presses first, else newest."""
    found = _in_folder(Match.objects.of_member(user), user, folder)
    if item:
        found = found.filter(Q(need=item) | Q(offering=item))
    order = ("expires_at", "-value", "pk") if folder == "open" else ("-moved_at", "pk")
    return (
        found.annotate(moved_at=Coalesce("introduction__at", "ended_at", "published_at"))
        .with_sides()
        .prefetch_related(*VEILED, Prefetch("answers", to_attr="all_answers"))
        .order_by(*order)
    )


def folder_counts(user: Any) -> dict[str, int]:
    """{folder: how many matches of the user's firms are in it}, each folder present."""
    answered = Exists(_own_answers(user))
    counted = (
        Match.objects.of_member(user)
        .order_by()
        .annotate(is_answered=answered)
        .aggregate(
            open=Count("pk", filter=Q(state=MatchState.APPROVED, is_answered=False)),
            waiting=Count("pk", filter=Q(state=MatchState.APPROVED, is_answered=True)),
            introduced=Count("pk", filter=Q(state=MatchState.INTRODUCED)),
            ended=Count("pk", filter=Q(state__in=ENDED)),
        )
    )
    return {folder: counted[folder] for folder in FOLDERS}


def item_choices(user: Any, folder: str) -> list[ItemChoice]:
    """The own items that have matches in `folder`, by title."""
    own = set(_own_firms(user))
    found = _in_folder(Match.objects.of_member(user), user, folder).order_by()
    # The own item is the need where the buyer is the user's firm, else the offering.
    counted = found.annotate(
        own_need=Case(When(need__company__in=own, then=F("need"))),
        own_offering=Case(When(need__company__in=own, then=None), default=F("offering")),
    )
    counts = dict(counted.values_list(Coalesce("own_need", "own_offering")).annotate(n=Count("pk")))
    items: list[Need | Offering] = [
        *Need.objects.filter(pk__in=counts),
        *Offering.objects.filter(pk__in=counts),
    ]
    choices = [ItemChoice(item, isinstance(item, Need), counts[item.pk]) for item in items]
    return sorted(choices, key=lambda choice: (choice.item.title, str(choice.item.pk)))


def inbox_groups(user: Any, matches: list[Match], *, now: datetime) -> list[InboxGroup]:
    """`matches` under the own item each is about; items in the order of their first match."""
    own = set(_own_firms(user))
    groups: dict[Any, list[InboxRow]] = {}
    for match in matches:
        side = Side.BUYER if match.buyer.pk in own else Side.SELLER
        row = inbox_row(match, side, now=now)
        groups.setdefault(row.own_item.pk, []).append(row)
    return [
        InboxGroup(rows[0].own_item, rows[0].side == Side.BUYER, tuple(rows))
        for rows in groups.values()
    ]


def inbox_row(match: Match, side: Side, *, now: datetime) -> InboxRow:
    """`match` comes from `inbox_matches`."""
    veil = veil_of(match, side)
    name, language = veil.name()
    title, title_language = veil.own_text(match.item_of(side.other), "title")
    answers: list[Answer] = match.all_answers  # type: ignore[attr-defined]
    own_answers = (a for a in answers if a.side == side and a.round == match.round)
    return InboxRow(
        match=match,
        side=side,
        own_item=match.item_of(side),
        firm_name=name,
        firm_name_language=language,
        country=match.company_of(side.other).country,
        title=title,
        title_language=title_language,
        fit=fit_words(match.score),
        own_answer=next(own_answers, None),
        days_left=days_left(match, now),
    )


def days_left(match: Match, now: datetime) -> int | None:
    """Whole days until the last day to answer (KST/JST): 0 today, negative when it is over."""
    if match.state != MatchState.APPROVED or match.expires_at is None:
        return None
    last = timezone.localtime(match.expires_at).date()
    return (last - timezone.localtime(now).date()).days


def _in_folder(matches: MatchQuerySet, user: Any, folder: str) -> MatchQuerySet:
    if folder == "introduced":
        return matches.filter(state=MatchState.INTRODUCED)
    if folder == "ended":
        return matches.filter(state__in=ENDED)
    answered = Exists(_own_answers(user))
    return matches.filter(~answered if folder == "open" else answered, state=MatchState.APPROVED)


def _own_answers(user: Any) -> "QuerySet[Answer]":
    """The present answers of the user's firms to the match of the outer query."""
    own = Membership.objects.filter(user=user).values("company")
    answers = Answer.objects.filter(match=OuterRef("pk"), round=OuterRef("round"))
    return answers.filter(
        Q(side=Side.BUYER, match__need__company__in=own)
        | Q(side=Side.SELLER, match__offering__company__in=own)
    )


def _own_firms(user: Any) -> "QuerySet[Any]":
    return Membership.objects.filter(user=user).values_list("company", flat=True)
