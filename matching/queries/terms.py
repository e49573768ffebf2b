"""What the active policy asks of reviewers: in how many days, and when two of them."""

from dataclasses import dataclass
from datetime import datetime

from common.business_days import business_days_after, business_days_before
from matching.choices import PolicyState
from matching.models import Match, MatchPolicy


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """`review_days`: business days to decide; `four_eyes_above`: two reviewers from this value."""

    review_days: int
    four_eyes_above: float | None

    def due_at(self, match: Match) -> datetime:
        """When the match should have been decided."""
        return business_days_after(match.created_at, self.review_days)

    def late_before(self, now: datetime) -> datetime:
        """What was proposed at this time or earlier is late by `now`."""
        return business_days_before(now, self.review_days)

    def needs_two(self, match: Match) -> bool:
        return self.four_eyes_above is not None and match.value >= self.four_eyes_above


def review_terms() -> ReviewTerms:
    """Of the active policy; its defaults as long as there is none."""
    found = (
        MatchPolicy.objects.filter(state=PolicyState.ACTIVE)
        .values_list("review_days", "four_eyes_above")
        .first()
    )
    return ReviewTerms(*found) if found else ReviewTerms(review_days=3, four_eyes_above=None)
