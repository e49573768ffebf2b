"""The log of the tokens' uses as administrators look through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.queries.trail import MOST_PEOPLE, day_start
from api.models import TokenUse

READ_AT_ONCE: Final = 1000
#: Outcome → lowest and highest status of the answer.
OUTCOMES: Final[dict[str, tuple[int, int]]] = {
    "answered": (100, 399),
    "refused": (400, 499),
    "failed": (500, 599),
}
EXPORT_COLUMNS: Final = (
    "number",
    "at",
    "token",
    "token_name",
    "person_number",
    "person",
    "method",
    "route",
    "object_id",
    "status",
    "address",
)


@dataclass(frozen=True, slots=True)
class UsesFilter:
    """What a reader looks for; empty: everything. Days are days in Seoul and Tokyo."""

    token: UUID | None = None
    who: str = ""
    person: int | None = None
    method: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


def search_uses(wanted: UsesFilter) -> "QuerySet[TokenUse]":
    uses = TokenUse.objects.select_related("token", "user")
    if wanted.token:
        uses = uses.filter(token=wanted.token)
    if wanted.person is not None:
        uses = uses.filter(user=wanted.person)
    if wanted.who:
        called = User.objects.filter(Q(name__icontains=wanted.who) | Q(email__icontains=wanted.who))
        keys = called.order_by("pk").values_list("pk", flat=True)[:MOST_PEOPLE]
        uses = uses.filter(user__in=list(keys))
    if wanted.method:
        uses = uses.filter(method=wanted.method)
    if wanted.outcome:
        lowest, highest = OUTCOMES[wanted.outcome]
        uses = uses.filter(status__gte=lowest, status__lte=highest)
    if wanted.since:
        uses = uses.filter(at__gte=day_start(wanted.since))
    if wanted.until:
        uses = uses.filter(at__lt=day_start(wanted.until + timedelta(days=1)))
    return uses


def use_rows(uses: "QuerySet[TokenUse]") -> Iterator[dict[str, Any]]:
    """Each use as a row of an export, the newest first, in constant memory."""
    for use in uses.order_by("-at", "-pk").iterator(chunk_size=READ_AT_ONCE):
        yield {
            "number": use.pk,
            "at": timezone.localtime(use.at),
            "token": str(use.token_id),
            "token_name": str(use.token),
            "person_number": use.user_id,
            "person": use.user.display_name,
            "method": use.method,
            "route": use.route,
            "object_id": use.object_id,
            "status": use.status,
            "address": use.address,
        }
