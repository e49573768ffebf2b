"""The firm's inbox: its matches under the item each is about."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Prefetch, QuerySet

from common.localisation import active_language, pick
from companies.models import Membership, Need, Offering
from companies.wording import blind_description
from matching.choices import AnswerKind, MatchState, Side
from matching.models import Answer, Match

#: What the tabs of the inbox show.
FOLDERS: Final[dict[str, tuple[str, ...]]] = {
    "open": (MatchState.APPROVED,),
    "introduced": (MatchState.INTRODUCED,),
    "ended": (MatchState.DECLINED, MatchState.EXPIRED, MatchState.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One match in the list: what `side` reads at a glance."""

    match: Match
    side: Side
    own_item: Need | Offering
    firm_name: str
    firm_name_language: str
    country: str
    title: str
    title_language: str
    own_answer: Answer | None

    @property
    def is_waiting_for_us(self) -> bool:
        return self.match.state == MatchState.APPROVED and self.own_answer is None

    @property
    def is_waiting_for_them(self) -> bool:
        answer = self.own_answer
        is_interested = answer is not None and answer.kind == AnswerKind.INTERESTED
        return self.match.state == MatchState.APPROVED and is_interested


@dataclass(frozen=True, slots=True)
class InboxGroup:
    """The matches about one need or offering of the firm."""

    item: Need | Offering
    is_need: bool
    rows: tuple[InboxRow, ...]


def inbox_matches(user: Any, folder: str) -> "QuerySet[Match]":
    """The user's firms' matches in `folder` (a key of FOLDERS), newest first."""
    return (
        Match.objects.of_member(user)
        .filter(state__in=FOLDERS[folder])
        .with_sides()
        .prefetch_related(
            "need__company__sectors",
            "offering__company__sectors",
            Prefetch("answers", to_attr="all_answers"),
        )
        .order_by("-published_at", "pk")
    )


def inbox_groups(user: Any, matches: list[Match]) -> list[InboxGroup]:
    """`matches` under the own item each is about; items in the order of their newest match."""
    own = set(Membership.objects.filter(user=user).values_list("company", flat=True))
    groups: dict[Any, list[InboxRow]] = {}
    for match in matches:
        side = Side.BUYER if match.buyer.pk in own else Side.SELLER
        row = _row(match, side)
        groups.setdefault(row.own_item.pk, []).append(row)
    return [
        InboxGroup(rows[0].own_item, rows[0].side == Side.BUYER, tuple(rows))
        for rows in groups.values()
    ]


def _row(match: Match, side: Side) -> InboxRow:
    firm = match.company_of(side.other)
    is_hidden = firm.is_name_hidden and match.state != MatchState.INTRODUCED
    name, language = (
        (blind_description(firm), active_language()) if is_hidden else pick(firm, "name")
    )
    title, title_language = pick(match.item_of(side.other), "title")
    answers: list[Answer] = match.all_answers  # type: ignore[attr-defined]
    own_answers = (a for a in answers if a.side == side and a.round == match.round)
    return InboxRow(
        match=match,
        side=side,
        own_item=match.item_of(side),
        firm_name=name,
        firm_name_language=language,
        country=firm.country,
        title=title,
        title_language=title_language,
        own_answer=next(own_answers, None),
    )
