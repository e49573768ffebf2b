"""The dates that concern a person: what a calendar shows of them.

Every date has a lasting `uid` and a `sequence` that rises when it changes, so that a calendar
replaces what it has. What no longer holds stays for a while as cancelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.business_days import business_days_after
from common.localisation import pick
from companies.choices import CompanyState, ItemState
from companies.models import Company, CompanyCertification, Need, Offering
from matching.choices import Decision, MatchState, OutcomeStage, QuestionState, Side
from matching.models import Introduction, Match, Question, Review, StaffQuestion
from matching.queries.terms import review_terms
from matching.queries.veil import VEILED, veil_of

#: So long what is over, and so far what is to come, is shown.
BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=400)
#: Of each kind, the nearest.
MOST: Final = 500
_ORIGIN: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day in the reader's calendar. Texts are in the active language."""

    uid: str
    on: date
    title: str
    text: str
    path: str
    changed_at: datetime
    sequence: int
    is_cancelled: bool = False


def days_of(user: User, *, now: datetime) -> list[Day]:
    """All days of the person, in the active language: of their firms, or of their desk."""
    found = _staff_days(user, now) if user.is_association_staff else _firm_days(user, now)
    return sorted(found, key=lambda day: (day.on, day.uid))


def _firm_days(user: User, now: datetime) -> Iterator[Day]:
    firms = list(Company.objects.of_member(user))
    own = {firm.pk for firm in firms}
    yield from _answers(user, own, now)
    yield from _questions(firms, now)
    yield from _follow_ups(user, own, now)
    yield from _ends(firms, now)


def _answers(user: User, own: set[Any], now: datetime) -> Iterator[Day]:
    """Until when the firm answers each match; cancelled once it has, or nobody waits any more."""
    found = (
        Match.objects.of_member(user)
        .filter(expires_at__gte=now - BACK)
        .select_related("need__company__region", "offering__company__region")
        .prefetch_related("answers", *VEILED)
        .order_by("-expires_at", "pk")[:MOST]
    )
    for match in found:
        if match.expires_at is None:
            continue
        side = _side(match, own)
        answered = [a.at for a in match.answers.all() if (a.side, a.round) == (side, match.round)]
        # An expired match had its day; everything else that ended has taken it back.
        is_over = match.state not in (MatchState.APPROVED, MatchState.EXPIRED)
        changed_at = max([match.updated_at, *answered])
        words = {"firm": veil_of(match, side).name()[0], "item": _title(match.item_of(side))}
        yield Day(
            uid=f"match-{match.pk}-{match.round}-answer@gagyo",
            on=timezone.localdate(match.expires_at),
            title=_("Answer the match with %(firm)s") % words,
            text=_("The last day to answer. It is about your item “%(item)s”.") % words,
            path=reverse("matching:match", args=[match.pk]),
            changed_at=changed_at,
            sequence=_seconds(changed_at) + (bool(answered) or is_over),
            is_cancelled=bool(answered) or is_over,
        )


def _questions(firms: list[Company], now: datetime) -> Iterator[Day]:
    """What staff have asked the firm; they tell it of no match."""
    found = StaffQuestion.objects.filter(company__in=firms, due_at__gte=now - BACK)
    for asked in found.order_by("due_at", "pk")[:MOST]:
        changed_at = asked.closed_at or asked.asked_at
        yield Day(
            uid=f"question-{asked.pk}@gagyo",
            on=timezone.localdate(asked.due_at),
            title=_("Answer a question of the association"),
            text=asked.get_kind_display(),
            path=reverse("matching:firm_question", args=[asked.pk]),
            changed_at=changed_at,
            sequence=_seconds(changed_at),
            is_cancelled=asked.state in (QuestionState.ANSWERED, QuestionState.WITHDRAWN),
        )


def _follow_ups(user: User, own: set[Any], now: datetime) -> Iterator[Day]:
    """When each introduction is asked about; cancelled once answered, or nothing came of it."""
    longest = timedelta(days=max(settings.MATCH_OUTCOME_DAYS))
    found = (
        Introduction.objects.filter(
            match__in=Match.objects.of_member(user).order_by().values("pk"),
            at__gte=now - BACK - longest,
        )
        .select_related("match__need__company", "match__offering__company")
        .prefetch_related(
            Prefetch("match__questions", Question.objects.order_by("number")), "match__outcomes"
        )
        .order_by("-at", "pk")[:MOST]
    )
    for introduction in found:
        match = introduction.match
        side = _side(match, own)
        asked = {row.number: row for row in match.questions.all() if row.side == side}
        ended = [
            row.at
            for row in match.outcomes.all()
            if row.side == side and row.stage == OutcomeStage.NONE
        ]
        words = {"firm": match.company_of(side.other).display_name}
        for number, days in enumerate(settings.MATCH_OUTCOME_DAYS, 1):
            on = introduction.at + timedelta(days=days)
            if on < now - BACK:
                continue
            question = asked.get(number)
            done_at = (question.answered_at or question.settled_at) if question else None
            over = [moment for moment in (done_at, *ended) if moment is not None]
            changed_at = max([introduction.at, *over])
            yield Day(
                uid=f"match-{match.pk}-outcome-{number}@gagyo",
                on=timezone.localdate(on),
                title=_("Tell what came of %(firm)s") % words,
                text=_("%(days)s days after the introduction you are asked for the outcome.")
                % {"days": days},
                path=reverse("matching:match", args=[match.pk]),
                changed_at=changed_at,
                sequence=_seconds(changed_at),
                is_cancelled=bool(over),
            )


def _ends(firms: list[Company], now: datetime) -> Iterator[Day]:
    """The last days of certificates, items and the verification."""
    first, last = timezone.localdate(now - BACK), timezone.localdate(now + AHEAD)
    within = {"company__in": firms}
    certificates = CompanyCertification.objects.filter(
        **within, expires_on__range=(first, last)
    ).select_related("certification", "company")
    for certificate in certificates.order_by("expires_on", "pk")[:MOST]:
        if certificate.expires_on is not None:
            yield _last_day(
                uid=f"certificate-{certificate.pk}@gagyo",
                on=certificate.expires_on,
                title=_("Certificate ends: %(name)s") % {"name": certificate.certification},
                path=reverse("companies:certificates"),
                changed_at=certificate.company.updated_at,
            )
    items: tuple[Any, ...] = (Offering, Need)
    for model in items:
        for item in model.objects.filter(**within, valid_until__range=(first, last)).order_by(
            "valid_until", "pk"
        )[:MOST]:
            yield Day(
                uid=f"{model._meta.model_name}-{item.pk}-valid@gagyo",
                on=item.valid_until,
                title=_("Last valid day: %(item)s") % {"item": _title(item)},
                text=_("From the next day on it is not matched. Renew it if it is still current."),
                path=reverse("companies:items"),
                changed_at=item.updated_at,
                sequence=_seconds(item.updated_at),
                is_cancelled=item.state != ItemState.OPEN,
            )
    for firm in firms:
        if firm.verified_until and now - BACK <= firm.verified_until <= now + AHEAD:
            yield _last_day(
                uid=f"company-{firm.pk}-verification@gagyo",
                on=timezone.localdate(firm.verified_until),
                title=_("The verification of %(firm)s ends") % {"firm": firm.display_name},
                path=reverse("companies:renewal"),
                changed_at=firm.verified_at or firm.updated_at,
            )


def _last_day(*, uid: str, on: date, title: str, path: str, changed_at: datetime) -> Day:
    """A last day only ever moves on: the day itself is its sequence."""
    text = _("Renew it in time.")
    return Day(uid, on, title, text, path, changed_at, on.toordinal())


def _staff_days(user: User, now: datetime) -> Iterator[Day]:
    yield from _desk(user, now)
    yield from _holds(user, now)
    yield from _verifications(now)


def _desk(user: User, now: datetime) -> Iterator[Day]:
    """Assigned to the person and undecided; cancelled once decided."""
    terms = review_terms()
    found = (
        Match.objects.filter(assigned_to=user, is_prospect=False)
        .filter(Q(state=MatchState.PROPOSED) | Q(decided_at__gte=now - BACK))
        .select_related("need__company", "offering__company")
        .order_by("-created_at", "pk")[:MOST]
    )
    for match in found:
        yield _of_match(
            match,
            uid=f"match-{match.pk}-{match.round}-review@gagyo",
            on=timezone.localdate(terms.due_at(match)),
            title=_("Decide on %(seller)s → %(buyer)s"),
            text=_("The match should be decided by this day."),
            is_cancelled=match.state != MatchState.PROPOSED,
        )


def _holds(user: User, now: datetime) -> Iterator[Day]:
    """Put on hold by the person, or assigned to them."""
    own = Review.objects.filter(reviewer=user, decision=Decision.HELD).values("match")
    found = (
        Match.objects.proposals()
        .filter(Q(assigned_to=user) | Q(pk__in=own))
        .filter(held_until__gte=timezone.localdate(now - BACK))
        .select_related("need__company", "offering__company")
        .order_by("held_until", "pk")[:MOST]
    )
    for match in found:
        if match.held_until is not None:
            yield _of_match(
                match,
                uid=f"match-{match.pk}-{match.round}-hold@gagyo",
                on=match.held_until,
                title=_("Hold ends: %(seller)s → %(buyer)s"),
                text=match.hold_note,
                is_cancelled=False,
            )


def _of_match(
    match: Match, *, uid: str, on: date, title: str, text: str, is_cancelled: bool
) -> Day:
    names = {"seller": match.seller.display_name, "buyer": match.buyer.display_name}
    return Day(
        uid=uid,
        on=on,
        title=title % names,
        text=text,
        path=reverse("matching:review_match", args=[match.pk]),
        changed_at=match.updated_at,
        sequence=_seconds(match.updated_at),
        is_cancelled=is_cancelled,
    )


def _verifications(now: datetime) -> Iterator[Day]:
    """By when each submitted firm is promised an answer, and whose renewals come near."""
    submitted = Company.objects.filter(state=CompanyState.SUBMITTED, submitted_at__isnull=False)
    for firm in submitted.order_by("submitted_at", "pk")[:MOST]:
        if firm.submitted_at is not None:
            due = business_days_after(firm.submitted_at, settings.VERIFICATION_TARGET_DAYS)
            yield Day(
                uid=f"company-{firm.pk}-check@gagyo",
                on=timezone.localdate(due),
                title=_("Check %(firm)s") % {"firm": firm.display_name},
                text=_("An answer is promised by this day."),
                path=reverse("companies:verification_detail", args=[firm.pk]),
                changed_at=firm.submitted_at,
                sequence=_seconds(firm.submitted_at),
            )
    notice = timedelta(days=settings.RENEWAL_NOTICE_DAYS)
    ending = Company.objects.filter(
        state=CompanyState.VERIFIED, verified_until__range=(now - BACK, now + notice)
    )
    for firm in ending.order_by("verified_until", "pk")[:MOST]:
        if firm.verified_until is not None:
            yield _last_day(
                uid=f"company-{firm.pk}-renewal@gagyo",
                on=timezone.localdate(firm.verified_until),
                title=_("The verification of %(firm)s ends") % {"firm": firm.display_name},
                path=reverse("companies:verification_detail", args=[firm.pk]),
                changed_at=firm.verified_at or firm.updated_at,
            )


def _side(match: Match, own: set[Any]) -> Side:
    return Side.BUYER if match.need.company_id in own else Side.SELLER


def _title(item: Any) -> str:
    return pick(item, "title")[0]


def _seconds(moment: datetime) -> int:
    """A mailed match may be answered within its second: what is cancelled counts one more."""
    return int((moment - _ORIGIN).total_seconds())
