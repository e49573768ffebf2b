"""A reviewer leaves: what they had in hand is everybody's again."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from common import audit
from matching.choices import MatchState
from matching.models import Match
from matching.services.claims import release_claims


@transaction.atomic
def hand_back(*, user: User, now: datetime) -> int:
    """Release the matches the person looks at and those assigned to them; return how many."""
    release_claims(reviewer=user)
    assigned = Match.objects.filter(assigned_to=user, state=MatchState.PROPOSED)
    released = assigned.update(assigned_to=None)
    if released:
        audit.record("staff.work_handed_back", user, actor=None, now=now, matches=released)
    return released
