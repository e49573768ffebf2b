"""The consent register: who agreed to what, when and how, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.facets import found_by
from accounts.models import Consent, User
from accounts.queries import PROMOTIONAL_CONSENT_LASTS
from accounts.queries.trail import day_start

COLUMNS: Final = (
    "number",
    "person_number",
    "person",
    "address",
    "kind",
    "wording_version",
    "language",
    "given_at",
    "way",
    "ip_address",
    "ended_at",
    "ended_by",
)
CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What is looked for; empty: everything. `on`: what stood at the end of that day."""

    who: str = ""
    person: int | None = None
    kind: str = ""
    version: str = ""
    language: str = ""
    way: str = ""
    standing: str = ""
    on: date | None = None


def search_register(wanted: RegisterFilter, *, now: datetime) -> "QuerySet[Consent]":
    rows = Consent.objects.select_related("user")
    columns = {
        "kind": wanted.kind,
        "wording_version": wanted.version,
        "language": wanted.language,
        "way": wanted.way,
        "user": wanted.person,
    }
    rows = rows.filter(**{name: value for name, value in columns.items() if value})
    if wanted.standing == "yes":
        rows = rows.filter(standing_at(now))
    elif wanted.standing == "no":
        rows = rows.exclude(standing_at(now))
    if wanted.on:
        # The end of the day, as Seoul and Tokyo have it, or this moment while the day lasts.
        rows = rows.filter(standing_at(min(day_start(wanted.on + timedelta(days=1)), now)))
    if wanted.who:
        rows = rows.filter(user__in=User.objects.filter(found_by(wanted.who)).values("pk"))
    return rows


def standing_at(moment: datetime) -> Q:
    """Given before `moment`, not withdrawn by then, and, to promotional mail, not two years old."""
    lasted = ~Q(kind=ConsentKind.PROMOTIONAL) | Q(given_at__gt=moment - PROMOTIONAL_CONSENT_LASTS)
    open_then = Q(withdrawn_at=None) | Q(withdrawn_at__gt=moment)
    return Q(given_at__lte=moment) & open_then & lasted


def wording_versions() -> list[str]:
    """Every version somebody agreed to, the newest first."""
    versions = Consent.objects.order_by().values_list("wording_version", flat=True).distinct()
    return sorted(versions, reverse=True)


def register_rows(consents: "QuerySet[Consent]") -> Iterator[dict[str, Any]]:
    """Each consent as a row of an export, the newest first, in constant memory."""
    for consent in consents.order_by("-given_at", "-pk").iterator(chunk_size=CHUNK):
        ended = consent.withdrawn_at
        yield {
            "number": consent.pk,
            "person_number": consent.user_id,
            "person": consent.user.display_name,
            "address": consent.user.email,
            "kind": consent.kind,
            "wording_version": consent.wording_version,
            "language": consent.language,
            "given_at": timezone.localtime(consent.given_at),
            "way": consent.way,
            "ip_address": consent.ip_address,
            "ended_at": timezone.localtime(ended) if ended else None,
            "ended_by": consent.ended_by,
        }
