"""What the addresses of the insight pages are asked with."""

from typing import Any

from django.utils import timezone

from insights import services
from insights.models import GoodsGap


def goods_arguments() -> dict[str, list[Any]]:
    """A counted market, and the first goods on its map; call it when needs are there."""
    now = timezone.now()
    report = services.request_gaps(actor=None, now=now)
    services.compute_gaps(report_id=report.pk, clock=lambda: now)
    first = GoodsGap.objects.filter(report=report, level="concept").first()
    assert first is not None
    goods = [first.direction, first.level, first.code]
    return {
        "insights:gap": goods,
        "insights:gap_file": goods,
        "insights:gap_offerings": goods,
    }
