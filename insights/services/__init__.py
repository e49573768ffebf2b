"""What staff and jobs do here."""

from insights.services.approaches import record_approach, settle_approach
from insights.services.gaps import compute_gaps, request_gaps, sweep_gaps
from insights.services.journeys import count_journeys
from insights.services.trade import check_trade_file, forget_trade_files, use_trade_file

__all__ = [
    "check_trade_file",
    "compute_gaps",
    "count_journeys",
    "forget_trade_files",
    "record_approach",
    "request_gaps",
    "settle_approach",
    "sweep_gaps",
    "use_trade_file",
]
