"""What staff and jobs do here."""

from insights.services.approaches import record_approach, settle_approach
from insights.services.gaps import compute_gaps, request_gaps, sweep_gaps
from insights.services.journeys import count_journeys

__all__ = [
    "compute_gaps",
    "count_journeys",
    "record_approach",
    "request_gaps",
    "settle_approach",
    "sweep_gaps",
]
