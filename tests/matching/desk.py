"""One row of everything on the reviewers' desk."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from matching.choices import BulkOutcome, BulkState, Decision
from matching.models import BulkDecision, BulkItem, Match, SavedView
from tests.factories import StaffFactory


def desk_arguments(match: Match) -> dict[str, list[Any]]:
    """URL name → its positional arguments, as `tests.permission_scene.arguments`."""
    now = timezone.now()
    view = SavedView.objects.create(
        name="일본 조달 日本の調達",
        owner=StaffFactory(),
        query={"direction": "kr_to_jp", "late": "on"},
        is_shared=True,
        created_at=now,
    )
    bulk = BulkDecision.objects.create(
        decision=Decision.HELD,
        until=timezone.localdate(now) + timedelta(days=9),
        state=BulkState.DONE,
        created_at=now,
        finished_at=now,
    )
    BulkItem.objects.create(bulk=bulk, match=match, position=1, outcome=BulkOutcome.DONE)
    return {
        "matching:review_bulk_result": [bulk.pk],
        "matching:review_claim": [match.pk],
        "matching:review_release": [match.pk],
        "matching:review_view_act": [view.pk, "default"],
    }
