"""The review queue: which matches, in which order."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from companies.models import Company
from matching.choices import MatchState
from matching.models import Match

QUEUE_SIZE: Final = 50
FOLDERS: Final[dict[str, Promise]] = {
    "queue": gettext_lazy("Queue"),
    "held": gettext_lazy("On hold"),
    "decided": gettext_lazy("Decided by me"),
}


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """What part of the queue a reviewer looks at; blanks mean everything."""

    folder: str = "queue"
    sector: str = ""
    direction: str = ""
    min_score: int = 0
    q: str = ""


def review_matches(wanted: ReviewFilter, *, user: Any, today: date) -> QuerySet[Match]:
    """The matches of the folder, most valuable first, narrowed by the filters."""
    if wanted.folder == "held":
        matches = Match.objects.held(today)
    elif wanted.folder == "decided":
        matches = Match.objects.filter(
            decided_by=user, state__in=[MatchState.APPROVED, MatchState.REJECTED]
        )
    else:
        matches = Match.objects.queue(today)
    if wanted.sector:
        # One semi-join each way: a firm in two sectors must not show its match twice.
        firms = Company.objects.filter(sectors__code=wanted.sector).values("pk")
        matches = matches.filter(Q(need__company__in=firms) | Q(offering__company__in=firms))
    if wanted.direction:
        matches = matches.filter(direction=wanted.direction)
    if wanted.min_score:
        matches = matches.filter(score__gte=wanted.min_score / 100)
    if wanted.q:
        matches = matches.naming(wanted.q)
    order = ("-decided_at", "pk") if wanted.folder == "decided" else ("-priority", "pk")
    return matches.select_related("need__company", "offering__company").order_by(*order)


def next_match(matches: QuerySet[Match], after: Match) -> Match | None:
    """The match that stands after `after` in the queue, else the first there is."""
    below = Q(priority__lt=after.priority) | Q(priority=after.priority, pk__gt=after.pk)
    rest = matches.exclude(pk=after.pk)
    return rest.filter(below).first() or rest.first()
