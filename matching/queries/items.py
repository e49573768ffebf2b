"""What matches say about the items of a firm."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q

from companies.matched import MatchCounts
from matching.choices import MatchState
from matching.models import Match


def matches_of_items(item_ids: Collection[UUID]) -> dict[UUID, MatchCounts]:
    """{need or offering id: its matches that the firm has been told of}. Two queries."""
    told = Match.objects.filter(published_at__isnull=False, is_prospect=False)
    found = {}
    for side in ("need_id", "offering_id"):
        counted = (
            told.filter(**{f"{side}__in": list(item_ids)})
            .order_by()
            .values_list(side)
            .annotate(
                waiting=Count("pk", filter=Q(state=MatchState.APPROVED)),
                introduced=Count("pk", filter=Q(state=MatchState.INTRODUCED)),
            )
        )
        for item_id, waiting, introduced in counted:
            found[item_id] = MatchCounts(waiting, introduced)
    return found
