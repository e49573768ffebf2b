"""What the scripted history holds: runs, reviews after each, and what becomes of a match."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matching.choices import AnswerKind, OutcomeStage

SILENT: Final = ""
LADDER: Final = (
    OutcomeStage.MET,
    OutcomeStage.NDA,
    OutcomeStage.SAMPLE,
    OutcomeStage.QUOTE,
    OutcomeStage.TRIAL_ORDER,
    OutcomeStage.REPEAT_ORDER,
)
# Which remark goes with a step; the others come without words.
REMARK_OF: Final = {OutcomeStage.MET: 0, OutcomeStage.SAMPLE: 1, OutcomeStage.TRIAL_ORDER: 2}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an approved match, seen from its first firm (a showcase firm, if any).

    `own` and `theirs`: an AnswerKind or SILENT. `steps`: how far up the ladder of outcomes.
    `is_closed`: the other firm closes its item before anybody has answered.
    """

    own: str = SILENT
    theirs: str = SILENT
    steps: int = 0
    is_closed: bool = False


YES: Final = AnswerKind.INTERESTED
WON: Final = Fate(YES, YES, steps=5)
MET: Final = Fate(YES, YES, steps=2)
LOST: Final = Fate(YES, YES, steps=-1)
INTRODUCED: Final = Fate(YES, YES)
THEY_DECLINE: Final = Fate(YES, AnswerKind.DECLINED)
WE_DECLINE: Final = Fate(AnswerKind.DECLINED, SILENT)
NOT_NOW: Final = Fate(SILENT, AnswerKind.NOT_NOW)
WE_WAIT: Final = Fate(YES, SILENT)
THEY_WAIT: Final = Fate(SILENT, YES)
UNANSWERED: Final = Fate()
CLOSED: Final = Fate(is_closed=True)

# Everybody else, by weight.
USUAL: Final = {
    WON: 10,
    MET: 12,
    LOST: 5,
    INTRODUCED: 12,
    THEY_DECLINE: 10,
    WE_DECLINE: 8,
    NOT_NOW: 8,
    WE_WAIT: 12,
    THEY_WAIT: 10,
    UNANSWERED: 12,
    CLOSED: 1,
}


@dataclass(frozen=True, slots=True)
class Round:
    """One run and the reviews after it. `days`: before the end of the story; the numbers of
    matches are shares of the firms of one country."""

    days: float
    showcase_fates: Sequence[Fate]
    approved: float
    rejected: float
    held: int = 0


# The showcase firms see everything: what is settled from the older runs, what is open from the
# younger ones. Silence on the third run's matches ends after the last run, which would otherwise
# propose them anew.
ROUNDS: Final = (
    Round(days=100, showcase_fates=(WON, THEY_DECLINE), approved=0.16, rejected=0.08),
    Round(days=62, showcase_fates=(MET, WE_DECLINE), approved=0.16, rejected=0.08, held=1),
    Round(
        days=24.6,
        showcase_fates=(UNANSWERED, NOT_NOW, INTRODUCED),
        approved=0.16,
        rejected=0.08,
        held=1,
    ),
    Round(
        days=9,
        showcase_fates=(WE_WAIT, THEY_WAIT, CLOSED, INTRODUCED),
        approved=0.16,
        rejected=0.08,
        held=2,
    ),
    Round(days=4, showcase_fates=(THEY_WAIT, UNANSWERED), approved=0.12, rejected=0.05, held=2),
)
