"""What the staff pages show of the outbox."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.utils import timezone

from mailing.choices import Frequency, MessageState
from mailing.finding import FIRM, MATCH, about
from mailing.models import MailPreference, Message, MessageQuerySet, Suppression

# What needs a person stands first.
NEEDS_ATTENTION = (MessageState.UNCERTAIN, MessageState.FAILED)
HIDDEN_LINK = "/…"


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What is looked for in the log; empty: everything. `about` is a mail's whole context key."""

    address: str = ""
    firm: str = ""
    match: str = ""
    kind: str = ""
    category: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None
    person: int | None = None
    about: str = ""


def staff_log(wanted: LogFilter) -> MessageQuerySet:
    """The mails that fit, without their texts, each with what its provider told of it."""
    columns = {
        "state": wanted.state,
        "category": wanted.category,
        "kind": wanted.kind,
        "user": wanted.person,
        "context_key": wanted.about,
        "to__icontains": wanted.address,
    }
    rows = Message.objects.filter(**{name: value for name, value in columns.items() if value})
    if wanted.since:
        rows = rows.filter(created_at__gte=_day_start(wanted.since))
    if wanted.until:
        rows = rows.filter(created_at__lt=_day_start(wanted.until + timedelta(days=1)))
    for name, words in ((FIRM, wanted.firm), (MATCH, wanted.match)):
        if words:
            rows = rows.filter(about(name, words))
    return rows.defer("text", "html").prefetch_related("events")


def needing_attention(rows: MessageQuerySet) -> MessageQuerySet:
    """Of these, what a person has to decide about: uncertain ones first, then failed ones."""
    urgency = Case(
        *(When(state=state, then=Value(rank)) for rank, state in enumerate(NEEDS_ATTENTION)),
        output_field=IntegerField(),
    )
    return rows.filter(state__in=NEEDS_ATTENTION).order_by(urgency, "-created_at", "pk")


def refused_addresses(
    *, address: str = "", reason: str = "", category: str = ""
) -> "QuerySet[Suppression]":
    """Addresses that are not written to."""
    rows = Suppression.objects.all()
    if address:
        rows = rows.filter(address__icontains=address)
    if reason:
        rows = rows.filter(reason=reason)
    if category:
        rows = rows.filter(category__in=["", category])
    return rows


def _day_start(day: date) -> datetime:
    """Midnight in Seoul and Tokyo."""
    return timezone.make_aware(datetime.combine(day, time.min))


def at_once(people: Iterable[Any]) -> list[Any]:
    """Those of `people` who want a mail for each match as it comes, in their order."""
    people = list(people)
    gathering = set(
        MailPreference.objects.filter(user__in=people)
        .exclude(frequency=Frequency.AT_ONCE)
        .values_list("user", flat=True)
    )
    return [person for person in people if person.pk not in gathering]


def state_counts() -> list[tuple[str, str, int]]:
    """(state, its word, number of mails) for every state, in the order of a mail's life."""
    counted = dict(Message.objects.order_by().values_list("state").annotate(number=Count("pk")))
    return [(state.value, str(state.label), counted.get(state, 0)) for state in MessageState]


def without_links(body: str) -> str:
    """A mail's text or HTML with the links into this product cut short.

    They speak for the recipient (they confirm, answer, reset a password), so no one else may
    follow them.
    """
    return re.sub(re.escape(settings.PUBLIC_URL) + r"""/[^\s"'<>]+""", _cut, body)


def _cut(match: re.Match[str]) -> str:
    return f"{settings.PUBLIC_URL}{HIDDEN_LINK}"
