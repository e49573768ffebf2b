"""What a person's home page says: what waits, what is new, and what to do next, per firm."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.choices import GONE, CompanyState, ItemState
from companies.models import Company
from matching.choices import AnswerKind, MatchState, Side
from matching.models import Answer, Match, Outcome
from matching.queries.asked import AskedQuestion, open_questions_to
from matching.queries.capacity import Room, introductions_room
from matching.queries.inbox import ENDED, InboxRow, inbox_matches, inbox_row
from matching.queries.veil import VEILED

SHOWN: Final = 3
NEWS_SHOWN: Final = 5
NEWS_OF: Final = timedelta(days=14)
# So long after an introduction both sides have usually met, and a word about it is due.
TELL_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do next: a sentence and the page where it is done."""

    text: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class FirmHome:
    """One firm of the person. `waiting` are the most pressing of `to_answer` matches."""

    company: Company
    questions: list[AskedQuestion]
    to_answer: int
    waiting: tuple[InboxRow, ...]
    waiting_for_them: int
    news: tuple[InboxRow, ...]
    steps: tuple[Step, ...]
    room: Room
    offerings: int
    needs: int


def firm_homes(user: Any, *, now: datetime) -> list[FirmHome]:
    """The person's firms that are not closed, in the order in which the person joined them."""
    companies = (
        Company.objects.of_member(user)
        .exclude(state__in=GONE)
        .order_by("memberships__created_at", "pk")
        .distinct()
    )
    return [_home(company, user, now) for company in companies]


def _home(company: Company, user: Any, now: datetime) -> FirmHome:
    own = Match.objects.of_member(user).of_company(company.pk)
    open_ = own.filter(state=MatchState.APPROVED, expires_at__gt=now)
    answered = Exists(_answers_of(company))
    counts = open_.order_by().aggregate(
        to_answer=Count("pk", filter=~answered), waiting=Count("pk", filter=answered)
    )
    waiting = inbox_matches(user, "open").filter(pk__in=open_.order_by().values("pk"))
    offerings = company.offerings.exclude(state=ItemState.CLOSED).count()
    needs = company.needs.exclude(state=ItemState.CLOSED).count()
    room = introductions_room(company, now)
    return FirmHome(
        company=company,
        questions=open_questions_to(company),
        to_answer=counts["to_answer"],
        waiting=_rows(waiting[:SHOWN], company, now) if counts["to_answer"] else (),
        waiting_for_them=counts["waiting"],
        news=_rows(_news(own, now), company, now),
        steps=tuple(_steps(company, own, room, has_items=bool(offerings or needs), now=now)),
        room=room,
        offerings=offerings,
        needs=needs,
    )


def _news(own: "QuerySet[Match]", now: datetime) -> "QuerySet[Match]":
    """Introductions and endings of the last days, newest first."""
    since = now - NEWS_OF
    return (
        own.filter(
            Q(state=MatchState.INTRODUCED, introduction__at__gt=since)
            | Q(state__in=ENDED, ended_at__gt=since)
        )
        .annotate(moved_at=Coalesce("introduction__at", "ended_at"))
        .select_related("need__company__region", "offering__company__region")
        .prefetch_related(*VEILED, Prefetch("answers", to_attr="all_answers"))
        .order_by("-moved_at", "pk")[:NEWS_SHOWN]
    )


def _rows(matches: "QuerySet[Match]", company: Company, now: datetime) -> tuple[InboxRow, ...]:
    return tuple(inbox_row(match, _side_of(company, match), now=now) for match in matches)


def _side_of(company: Company, match: Match) -> Side:
    return Side.BUYER if match.buyer.pk == company.pk else Side.SELLER


def _answers_of(company: Company) -> "QuerySet[Answer]":
    answers = Answer.objects.filter(
        match=OuterRef("pk"), round=OuterRef("round"), kind=AnswerKind.INTERESTED
    )
    return answers.filter(
        Q(side=Side.BUYER, match__need__company=company)
        | Q(side=Side.SELLER, match__offering__company=company)
    )


def _steps(
    company: Company, own: "QuerySet[Match]", room: Room, *, has_items: bool, now: datetime
) -> Iterator[Step]:
    """What would bring the firm on, the most needed first."""
    profile = f"{reverse('companies:profile')}?company={company.pk}"
    if company.state in (CompanyState.DRAFT, CompanyState.RETURNED):
        text = _("Complete the profile and submit it: only verified firms are matched.")
        yield Step(text, _("Go on with the profile"), profile)
    elif company.state == CompanyState.LAPSED:
        text = _(
            "The verification has lapsed after 12 months. Look through the profile and submit it"
            " again."
        )
        yield Step(text, _("Renew the verification"), profile)
    if not has_items:
        text = _("Without an offering or a need there is nothing to match.")
        yield Step(text, _("Add the first one"), reverse("companies:items"))
    if company.state == CompanyState.VERIFIED and not company.is_matching_enabled:
        text = _("Your firm does not take part in the matching now.")
        yield Step(text, _("Go to the profile"), reverse("companies:profile_edit"))
    elif room.is_full:
        text = _("Your firm has no introduction left this month. You can raise the number.")
        edit = f"{reverse('companies:profile_edit')}#id_introductions_per_month"
        yield Step(text, _("Raise the number"), edit)
    if untold := _untold(company, own, now):
        text = _("You were introduced a month ago. Tell us in one tap what came of it.")
        url = reverse("matching:match", args=[untold.pk])
        yield Step(text, _("Tell the outcome"), url)


def _untold(company: Company, own: "QuerySet[Match]", now: datetime) -> Match | None:
    """The oldest introduction of a while ago of which the firm has told nothing."""
    told = Outcome.objects.filter(match=OuterRef("pk")).filter(
        Q(side=Side.BUYER, match__need__company=company)
        | Q(side=Side.SELLER, match__offering__company=company)
    )
    introduced = own.filter(state=MatchState.INTRODUCED, introduction__at__lte=now - TELL_AFTER)
    return introduced.filter(~Exists(told)).order_by("introduction__at", "pk").first()
