"""Which items may not go, because of their matches."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from companies.built_on import among
from matching.choices import MatchState
from matching.models import Match, Review


def items_of_told_matches(field: str, ids: Collection[UUID], is_final: bool) -> set[UUID]:
    """Items with a match that staff have decided on or that a firm was told of; `field`: "need"
    or "offering". With `is_final` nobody decides on the others until the transaction ends."""
    matches = Match.objects.filter(**{f"{field}__in": among(ids)}).order_by("pk")
    if is_final:
        matches = matches.select_for_update(of=("self",))
    rows = list(matches.values_list("pk", f"{field}_id", "state", "published_at"))
    decided = set(
        Review.objects.filter(match__in=[row[0] for row in rows]).values_list("match_id", flat=True)
    )
    on_desk = (MatchState.PROPOSED, MatchState.WITHDRAWN)
    return {
        item
        for pk, item, state, published_at in rows
        if state not in on_desk or published_at is not None or pk in decided
    }


def open_proposals_of(ids: Collection[UUID]) -> int:
    """How many proposals on the staff's desk have one of these items."""
    of_items = Q(need__in=among(ids)) | Q(offering__in=among(ids))
    return Match.objects.filter(of_items, state=MatchState.PROPOSED).count()
