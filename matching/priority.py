"""In which order proposals wait: priority = score x confidence x urgency x freshness.

The same formula stands here in Python, which says what holds, and as SQL, which writes it for
250,000 rows; a test compares the two row by row.

- urgency in [1, 2.5] = 1
  + up to 0.5 as the day comes near by which the buyer needs it, in steps of 30 days from 180 on
  + 0.25 when the buyer has a single source today
  + 0.25 when the buyer names a risk to its supply
  + 0.125 for each 5 days the proposal has waited, 0.5 at most
- freshness of a firm in [0.25, 1] = 1 - 0.75 x the share of its introductions of this month that
  is taken; that of a match is the product of both firms'.

A match whose firm was asked something, and has answered or let the time pass, stands above all
others: REPLY_BONUS is added.
"""

from datetime import date
from typing import Final

DEADLINE_WEIGHT: Final = 0.5
DEADLINE_STEP_DAYS: Final = 30
DEADLINE_STEPS: Final = 6
SINGLE_SOURCE_WEIGHT: Final = 0.25
RISK_WEIGHT: Final = 0.25
AGE_WEIGHT: Final = 0.125
AGE_STEP_DAYS: Final = 5
AGE_STEPS: Final = 4
TIREDNESS: Final = 0.75
REPLY_BONUS: Final = 10.0


def priority(*, value: float, urgency: float, buyer: float, seller: float) -> float:
    """`value` is score x confidence; `buyer` and `seller` are the freshness of the firms."""
    return value * urgency * buyer * seller


def urgency(
    *,
    needed_by: date | None,
    is_single_sourced: bool,
    has_risk: bool,
    proposed_on: date,
    today: date,
) -> float:
    waited = min(max((today - proposed_on).days, 0) // AGE_STEP_DAYS, AGE_STEPS)
    return (
        1.0
        + _deadline(needed_by, today)
        + (SINGLE_SOURCE_WEIGHT if is_single_sourced else 0.0)
        + (RISK_WEIGHT if has_risk else 0.0)
        + AGE_WEIGHT * waited
    )


def freshness(*, taken: int, limit: int) -> float:
    """1 for a firm with nothing under way, 0.25 for one whose month is full."""
    share = min(taken / limit, 1.0) if limit else 1.0
    return 1.0 - TIREDNESS * share


def _deadline(needed_by: date | None, today: date) -> float:
    if needed_by is None:
        return 0.0
    steps = min(max((needed_by - today).days, 0) // DEADLINE_STEP_DAYS, DEADLINE_STEPS)
    return DEADLINE_WEIGHT * (1.0 - steps / float(DEADLINE_STEPS))


# --- The same in SQL: over `need`, `buyer`, `seller`, the day %(today)s, the zone %(zone)s and the
# --- relation `load (firm, taken)` joined as buyer_load and seller_load.

URGENCY_SQL: Final = f"""(
    1::float8
    + CASE WHEN need.needed_by IS NULL THEN 0::float8 ELSE {DEADLINE_WEIGHT}::float8 * (1::float8
        - least(greatest(need.needed_by - %(today)s::date, 0) / {DEADLINE_STEP_DAYS},
                {DEADLINE_STEPS}) / {DEADLINE_STEPS}::float8) END
    + CASE WHEN need.is_single_sourced THEN {SINGLE_SOURCE_WEIGHT}::float8 ELSE 0::float8 END
    + CASE WHEN need.risk_reason <> '' THEN {RISK_WEIGHT}::float8 ELSE 0::float8 END
)"""
AGE_SQL: Final = f"""({AGE_WEIGHT}::float8 * least(greatest(
    %(today)s::date - (match.created_at AT TIME ZONE %(zone)s)::date, 0
) / {AGE_STEP_DAYS}, {AGE_STEPS}))"""
REPLY_SQL: Final = f"""(CASE WHEN EXISTS (
    SELECT FROM matching_staffquestion question
    WHERE question.match_id = match.id AND question.round = match.round
      AND question.state IN ('answered', 'silent')
) THEN {REPLY_BONUS}::float8 ELSE 0::float8 END)"""
LOAD_SQL: Final = "unnest(%(loaded_firms)s::uuid[], %(loads)s::int[])"


def freshness_sql(firm: str) -> str:
    """The freshness of the firm in the relation `firm` (buyer or seller)."""
    limit = f"{firm}.introductions_per_month"
    return f"""(1::float8 - {TIREDNESS}::float8 * CASE WHEN {limit} = 0 THEN 1::float8
        ELSE least(coalesce({firm}_load.taken, 0)::float8 / {limit}, 1::float8) END)"""
