"""What the addresses of the insight pages are asked with."""

from typing import Any

from django.utils import timezone

from insights import services
from insights.models import GoodsGap
from insights.queries.market import supplier_of
from tests.factories import CompanyFactory, OfferingFactory, StaffFactory
from tests.insights.statistics import checked_trade, trade_in_use


def goods_arguments() -> dict[str, list[Any]]:
    """A counted market, the first goods on its map, and a firm that was approached because of them;
    call it when needs are there."""
    now = timezone.now()
    report = services.request_gaps(actor=None, now=now)
    services.compute_gaps(report_id=report.pk, clock=lambda: now)
    first = GoodsGap.objects.filter(report=report, level="concept").first()
    assert first is not None
    firm = CompanyFactory(
        unclaimed=True, country=supplier_of(first.direction), name_en="", source_list="KRX"
    )
    OfferingFactory(
        company=firm,
        concepts=[first.concept],
        title_ko="감광 소재",
        title_ja="感光材料",
        title_en="",
        text_en="",
    )
    upload = trade_in_use(now)
    approach = services.record_approach(
        company=firm,
        goods=first,
        way="letter",
        on=timezone.localdate(now),
        note="",
        actor=StaffFactory(name="한지우 佐藤"),
        now=now,
    )
    goods = [first.direction, first.level, first.code]
    return {
        "insights:approach": [approach.pk],
        "insights:approach_new": [*goods, firm.pk],
        "insights:candidates_file": goods,
        "insights:gap": goods,
        "insights:gap_candidates": goods,
        "insights:gap_file": goods,
        "insights:gap_offerings": goods,
        "insights:letter": [*goods, firm.pk],
        "insights:trade_check": [checked_trade(now).pk],
        "insights:trade_file": [upload.pk],
        "insights:trade_goods": [upload.pk, "organicchemicals"],
    }
