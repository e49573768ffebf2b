"""The audit trail as its readers look through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.models import User
from accounts.permissions import has_staff_role, roles_up_to
from common.models import AuditEvent
from common.trail import names_of, noun_label, nouns_above, verb_label

# A name that more people bear than this is no name to look for.
MOST_PEOPLE: Final = 50
# Written as in the index `audit_words_idx`, else it would not be used.
TOLD: Final = """upper("common_auditevent"."reason" || ' ' || ("common_auditevent"."data")::text)"""


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What a reader looks for; empty: everything. Days are days in Seoul and Tokyo."""

    who: str = ""
    person: int | None = None
    by_system: bool = False
    verb: str = ""
    object_type: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""


def readable_trail(reader: User) -> "QuerySet[AuditEvent]":
    """The events this person may read; those about people only administrators."""
    events = AuditEvent.objects.select_related("actor")
    if has_staff_role(reader, "administrator"):
        return events
    return events.exclude(object_type__in=nouns_above(roles_up_to(reader)))


def search_trail(reader: User, wanted: TrailFilter) -> "QuerySet[AuditEvent]":
    events = readable_trail(reader)
    for column in ("verb", "object_type", "object_id"):
        if value := getattr(wanted, column):
            events = events.filter(**{column: value})
    if wanted.person is not None:
        events = events.filter(actor=wanted.person)
    if wanted.by_system:
        events = events.filter(actor=None)
    if wanted.who:
        events = events.filter(actor__in=_called(wanted.who))
    if wanted.since:
        events = events.filter(at__gte=day_start(wanted.since))
    if wanted.until:
        events = events.filter(at__lt=day_start(wanted.until + timedelta(days=1)))
    if wanted.words:
        events = events.annotate(told=RawSQL(TOLD, [])).filter(  # noqa: S611 - a constant
            told__contains=wanted.words.upper()
        )
    return events


def day_start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _called(words: str) -> list[int]:
    called = User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return list(called.order_by("pk").values_list("pk", flat=True)[:MOST_PEOPLE])


EXPORT_COLUMNS: Final = (
    "number",
    "at",
    "person_number",
    "person",
    "verb",
    "what",
    "object_type",
    "object_kind",
    "object_id",
    "object",
    "reason",
    "data",
)
# Objects are named so many rows at a time.
NAMED_AT_ONCE: Final = 1000


def trail_rows(events: "QuerySet[AuditEvent]") -> Iterator[dict[str, Any]]:
    """Each event as a row of an export, the newest first, in constant memory."""
    ordered = events.order_by("-at", "-pk").iterator(chunk_size=NAMED_AT_ONCE)
    while piece := list(islice(ordered, NAMED_AT_ONCE)):
        names = names_of(piece)
        for event in piece:
            named = names.get((event.object_type, event.object_id))
            yield {
                "number": event.pk,
                "at": timezone.localtime(event.at),
                "person_number": event.actor_id,
                "person": event.actor_label,
                "verb": event.verb,
                "what": verb_label(event.verb),
                "object_type": event.object_type,
                "object_kind": noun_label(event.object_type),
                "object_id": event.object_id,
                "object": named.text if named else "",
                "reason": event.reason,
                "data": event.data,
            }
