"""The ladder of outcomes as both sides told it."""

from dataclasses import dataclass
from datetime import datetime

from matching.choices import OutcomeStage, Side
from matching.models import Match, Outcome


@dataclass(frozen=True, slots=True)
class Rung:
    """One step and what each side said of it. Confirmed once both did."""

    stage: OutcomeStage
    buyer_at: datetime | None
    seller_at: datetime | None
    own_at: datetime | None
    their_at: datetime | None
    own: Outcome | None = None
    theirs: Outcome | None = None

    @property
    def is_confirmed(self) -> bool:
        return self.buyer_at is not None and self.seller_at is not None

    @property
    def is_to_confirm(self) -> bool:
        """The other side said so, we have not; "nothing came of it" is each side's own."""
        return self.own is None and self.theirs is not None and self.stage != OutcomeStage.NONE


def outcome_ladder(match: Match, side: Side) -> list[Rung]:
    """Every step of the ladder in its order, told or not, as `side` looks at it."""
    told = {(outcome.side, outcome.stage): outcome for outcome in match.outcomes.all()}

    def at(of: Side, stage: OutcomeStage) -> datetime | None:
        outcome = told.get((of, stage))
        return outcome.at if outcome else None

    return [
        Rung(
            stage=stage,
            buyer_at=at(Side.BUYER, stage),
            seller_at=at(Side.SELLER, stage),
            own_at=at(side, stage),
            their_at=at(side.other, stage),
            own=told.get((side, stage)),
            theirs=told.get((side.other, stage)),
        )
        for stage in OutcomeStage
    ]
