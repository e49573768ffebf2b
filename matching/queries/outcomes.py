"""The ladder of outcomes as both sides told it."""

from dataclasses import dataclass
from datetime import datetime

from matching.choices import OutcomeStage, Side
from matching.models import Match


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: when each side said so. Confirmed once both did."""

    stage: OutcomeStage
    buyer_at: datetime | None
    seller_at: datetime | None
    own_at: datetime | None
    their_at: datetime | None

    @property
    def is_confirmed(self) -> bool:
        return self.buyer_at is not None and self.seller_at is not None


def outcome_ladder(match: Match, side: Side) -> list[Rung]:
    """Every step of the ladder in its order, told or not, as `side` looks at it."""
    told = {(outcome.side, outcome.stage): outcome.at for outcome in match.outcomes.all()}
    return [
        Rung(
            stage=stage,
            buyer_at=told.get((Side.BUYER, stage)),
            seller_at=told.get((Side.SELLER, stage)),
            own_at=told.get((side, stage)),
            their_at=told.get((side.other, stage)),
        )
        for stage in OutcomeStage
    ]
