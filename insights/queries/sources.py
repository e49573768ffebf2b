"""The rows that figures are counted from, narrowed to a scope and with what figures ask of them."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest
from django.utils import timezone

from companies.models import Company
from insights.choices import NEW_FIRM_DAYS, SMALL_FIRM
from insights.definitions import Source
from insights.models import Journey
from insights.queries.scope import Scope
from mailing.choices import EventKind
from mailing.models import MailEvent, Message, Suppression
from matching.choices import MatchState, Side
from matching.models import Satisfaction


def rows_of(source: Source, scope: Scope) -> QuerySet[Any]:
    """The rows of `source` in `scope`, in no order."""
    return ROWS[source](scope).order_by()


def _between(scope: Scope) -> tuple[datetime, datetime]:
    """From the beginning of the first day to just before the day after the last."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(scope.first, time.min, zone),
        datetime.combine(scope.last + timedelta(days=1), time.min, zone),
    )


def _within(column: str, scope: Scope) -> Q:
    begins, ends = _between(scope)
    return Q(**{f"{column}__gte": begins, f"{column}__lt": ends})


def _wait(later: Any, earlier: Any) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(later - earlier, output_field=DurationField())


_STEP_WAITS = {
    "wait_approval": Case(
        When(
            decision=MatchState.APPROVED,
            then=_wait(F("decided_at"), F("proposed_at")),
        )
    ),
    "wait_answer": _wait(F("first_answer_at"), F("decided_at")),
    "wait_both": _wait(F("both_answered_at"), F("first_answer_at")),
    "wait_introduction": _wait(F("introduced_at"), F("both_answered_at")),
    # The greatest of a value and NULL is the value: who never met has no waiting time.
    "wait_meeting": Case(
        When(
            met_on__isnull=False,
            then=Greatest(_wait(F("met_on"), F("introduced_on")), Value(timedelta())),
        )
    ),
    "wait_contract": _wait(F("contract_on"), F("met_on")),
}


def _journeys(scope: Scope, column: str = "proposed_on") -> QuerySet[Journey]:
    found = Journey.objects.filter(**{f"{column}__range": (scope.first, scope.last)})
    if scope.sector:
        found = found.filter(sectors__contains=[scope.sector])
    if scope.direction:
        found = found.filter(direction=scope.direction)
    return found


def _proposals(scope: Scope) -> QuerySet[Any]:
    return _journeys(scope).annotate(**_STEP_WAITS)


def _decisions(scope: Scope) -> QuerySet[Any]:
    return (
        _journeys(scope, "decided_on")
        .exclude(decision="")
        .annotate(wait_decision=_wait(F("decided_at"), F("proposed_at")))
    )


def _ratings(scope: Scope) -> QuerySet[Any]:
    _begins, ends = _between(scope)
    later = Satisfaction.objects.filter(
        match=OuterRef("match"), side=OuterRef("side"), number__gt=OuterRef("number"), at__lt=ends
    )
    found = Satisfaction.objects.filter(_within("at", scope)).exclude(Exists(later))
    found = found.annotate(
        country=Case(
            When(side=Side.BUYER, then=F("match__need__company__country")),
            default=F("match__offering__company__country"),
        )
    )
    if scope.sector:
        firms = Company.objects.filter(sectors=scope.sector).values("pk")
        found = found.filter(
            Q(match__need__company__in=firms) | Q(match__offering__company__in=firms)
        )
    if scope.direction:
        found = found.filter(match__direction=scope.direction)
    return found


def verified_firms(scope: Scope) -> QuerySet[Any]:
    """The firms that figures are about, with what else figures ask of them."""
    _begins, ends = _between(scope)
    since = ends - timedelta(days=NEW_FIRM_DAYS)
    found: QuerySet[Any] = Company.objects.listed().annotate(
        is_new=_whether(Q(created_at__gte=since, created_at__lt=ends)),
        is_small=_whether(Q(employees__lt=SMALL_FIRM)),
    )
    return found


def _whether(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def _firms(scope: Scope) -> QuerySet[Any]:
    wanted = Q(parties__proposed_on__range=(scope.first, scope.last))
    if scope.direction:
        wanted &= Q(parties__direction=scope.direction)
    found: QuerySet[Any] = verified_firms(scope).annotate(
        # One join for all three: the firms are read once.
        within=FilteredRelation("parties", condition=wanted),
        proposals=Count("within"),
        approvals=Count("within", filter=Q(within__is_approved=True)),
        introductions=Count("within", filter=Q(within__is_introduced=True)),
    )
    if scope.sector:
        found = found.filter(sectors=scope.sector)
    return found


def _mails(scope: Scope) -> QuerySet[Any]:
    return (
        Message.objects.filter(_within("created_at", scope))
        .defer("text", "html")
        .annotate(
            delay=_wait(F("handed_over_at"), Greatest(F("created_at"), F("send_after"))),
            is_bounced=_has_event(EventKind.CAME_BACK),
            is_complained=_has_event(EventKind.COMPLAINED),
        )
    )


def _has_event(kind: str) -> Case:
    # As a set, not row by row: events are few beside the mails.
    told = MailEvent.objects.filter(kind=kind).values("message")
    return Case(When(pk__in=told, then=Value(True)), default=Value(False))


def _refusals(scope: Scope) -> QuerySet[Any]:
    return Suppression.objects.filter(_within("created_at", scope))


ROWS = {
    Source.JOURNEYS: _proposals,
    Source.DECISIONS: _decisions,
    Source.RATINGS: _ratings,
    Source.FIRMS: _firms,
    Source.MAILS: _mails,
    Source.REFUSALS: _refusals,
}
