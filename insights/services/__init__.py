"""What staff and jobs do here."""

from insights.services.approaches import record_approach, settle_approach
from insights.services.gaps import compute_gaps, request_gaps, sweep_gaps
from insights.services.journeys import count_journeys

<<<<<<< HEAD
__all__ = [
    "compute_gaps",
    "record_approach",
    "request_gaps",
    "settle_approach",
    "sweep_gaps",
]
=======
__all__ = ["compute_gaps", "count_journeys", "request_gaps", "sweep_gaps"]
>>>>>>> f05b046 (Figures one can trust: funnel, satisfaction, fairness, mail and reviewers' work, each with its definition, its rows and its file)
