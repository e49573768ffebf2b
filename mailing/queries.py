"""What the staff pages show of the outbox."""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Q, Value, When

from mailing.choices import Frequency, MessageState
from mailing.models import MailPreference, Message, MessageQuerySet

# What needs a person stands first.
NEEDS_ATTENTION = (MessageState.UNCERTAIN, MessageState.FAILED)
HIDDEN_LINK = "/…"


def staff_log(*, state: str = "", category: str = "", address: str = "") -> MessageQuerySet:
    """The mails that fit the filters: uncertain ones first, then failed ones, then the newest."""
    wanted = Q()
    if state:
        wanted &= Q(state=state)
    if category:
        wanted &= Q(category=category)
    if address:
        wanted &= Q(to__icontains=address)
    urgency = Case(
        *(When(state=state, then=Value(rank)) for rank, state in enumerate(NEEDS_ATTENTION)),
        default=Value(len(NEEDS_ATTENTION)),
        output_field=IntegerField(),
    )
    return (
        Message.objects.filter(wanted).defer("text", "html").order_by(urgency, "-created_at", "pk")
    )


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
