"""What staff and jobs do here."""

from insights.services.gaps import compute_gaps, request_gaps, sweep_gaps

__all__ = ["compute_gaps", "request_gaps", "sweep_gaps"]
