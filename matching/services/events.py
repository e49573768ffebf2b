"""The history of a match, written with every state change."""

from datetime import datetime
from typing import Any

from django.db import models

from common import audit
from common.jobs import kick
from common.transitions import move
from matching.choices import MATCH_TRANSITIONS, MatchState
from matching.models import Match, MatchEvent

# What takes one of a firm's introductions.
TAKING = (MatchState.APPROVED, MatchState.INTRODUCED)


def move_match(
    match: Match,
    *,
    to: str,
    reason: str,
    actor: Any | None,
    now: datetime,
    guard: models.Q | None = None,
    **changes: Any,
) -> Match:
    """Move `match` by one guarded UPDATE and write its event and audit row; call in a transaction.

    Raises StateChanged like `common.transitions.move`.
    """
    before = match.state
    move(match, to=to, allowed=MATCH_TRANSITIONS, guard=guard, updated_at=now, **changes)
    MatchEvent.objects.create(
        match=match, from_state=before, to_state=to, actor=actor, reason=reason, at=now
    )
    audit.record(f"match.{to}", match, actor=actor, now=now, reason=reason, before=before)
    if (before in TAKING) != (to in TAKING):
        # Both firms have one introduction more or less to give: their proposals change places.
        firms = [str(match.need.company_id), str(match.offering.company_id)]
        kick("matching.refresh_priorities", company_ids=firms)
    return match
