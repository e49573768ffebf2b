"""Files of trade statistics as tests write them; the numbers are nobody's."""

from datetime import date, datetime
from typing import Any

from insights import services
from insights.models import TradeUpload
from tests.factories import StaffFactory

GOODS = """jp_flow,partner,goods,year,value_bn_jpy
export,R Korea,Grand Total,2019,90.5
import,R Korea,Grand Total,2019,50
export,R Korea,Grand Total,2023,99
export,R Korea,Grand Total,2024,110
import,R Korea,Grand Total,2023,61
import,R Korea,Grand Total,2024,66
import,R Korea,Grand Total,2025,7
export,R Korea,Organic Chemicals,2023,20
export,R Korea,Organic Chemicals,2024,25
import,R Korea,Organic Chemicals,2019,2
import,R Korea,Organic Chemicals,2023,4
import,R Korea,Organic Chemicals,2024,3
import,R Korea,"Photographic Supplies",2024,1.25
"""
BAD = """jp_flow,partner,goods,year,value_bn_jpy
export,R Korea,Grand Total,2023,99
export,R Korea,Grand Total,2024,n/a
transit,R Korea,Grand Total,2024,5
import,China,Grand Total,2024,5
import,R Korea,,2024,5
import,R Korea,Grand Total,24,5
export,R Korea,GRAND TOTAL,2023,98
"""
SOURCE = "統計 통계"
RETRIEVED = date(2025, 3, 1)


def check(text: str, now: datetime, **given: Any) -> TradeUpload:
    given.setdefault("source", SOURCE)
    given.setdefault("actor", StaffFactory(staff_role="supervisor", name="한지우 佐藤"))
    given.setdefault("retrieved_on", RETRIEVED)
    return services.check_trade_file(
        name="trade.csv", content=text.encode(), source_url="", now=now, **given
    )


def checked_trade(now: datetime) -> TradeUpload:
    """A file with faults that nobody has put to use."""
    return check(BAD, now)


def trade_in_use(now: datetime) -> TradeUpload:
    upload = check(GOODS, now)
    return services.use_trade_file(
        upload=upload, accepts_bad_rows=False, actor=upload.uploaded_by, now=now
    )
