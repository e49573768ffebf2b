"""Who is introduced to whom, when everybody can only handle so much.

First as many firms as possible get one introduction, then the sum of the scores is the greatest
possible: exactly in small markets, within a gap that is computed with it in large ones.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.allocation import exact
from matching.engine.allocation.auction import BONUS, auction
from matching.engine.allocation.certificate import most
from matching.engine.allocation.coverage import complete
from matching.engine.allocation.market import Market, build, served
from matching.engine.types import Bools, Candidates, Problem, begins_run

#: Edges up to which the best choice itself is computed; a quarter of a second.
EXACT_UP_TO: Final = 50_000

#: The greatest gap of a choice that is not the best itself.
TOLERANCE: Final = 0.005

_FIRST_STEP: Final = 0.03  # of prices, in scores
_ATTEMPTS: Final = 4


def allocate(
    problem: Problem, candidates: Candidates, *, exact_up_to: int = EXACT_UP_TO
) -> tuple[NDArray[np.int64], float]:
    """The chosen rows of `candidates`, ascending, and the gap.

    Holds: at most `capacity` pairs a firm, `min(seats, top_k)` a need, one a pair of firms; the
    number of firms with a pair is the greatest possible; no choice of which that holds has a sum
    of scores S such that that of this one is below (1 - gap) S. The gap is 0 for the optimum
    itself (to 1 / 10,000 a pair) and else at most `TOLERANCE`. When exploring, simply the `top_k`
    best of each need. `candidates` must hold the rows of a need side by side, best first.
    """
    if problem.is_exploring:
        return best_of_each_need(candidates, problem.policy.top_k), 0.0
    market, rows = build(problem, candidates)
    if not len(rows):
        return rows, 0.0
    chosen, gap = choose(market, exact_up_to)
    return np.sort(rows[chosen]), gap


def choose(market: Market, exact_up_to: int) -> tuple[Bools, float]:
    """The chosen edges and the gap; see `allocate`."""
    step = _FIRST_STEP
    for _ in range(_ATTEMPTS if len(market.edges) > exact_up_to else 0):
        chosen, gap = approximate(market, step)
        if gap <= TOLERANCE:
            return chosen, gap
        step *= max(0.8 * TOLERANCE / gap, 0.1)  # the gap is about in proportion to the step
    return exact.best(market), 0.0


def approximate(market: Market, step: float) -> tuple[Bools, float]:
    """The choice of an auction with this step, completed to serve most firms, and its gap."""
    auctioned, price = auction(market, step)
    chosen = complete(market, auctioned)
    # The last bids were about half a step too high.
    less = np.where(price > 0, np.maximum(price - step / 2, 0), price)
    firms = sum(int(side.sum()) for side in served(market, chosen))
    limit = min(most(market, price), most(market, less)) - BONUS * firms
    total = float(market.edges["score"][chosen].sum(dtype=np.float64))
    return chosen, max(1 - total / limit, 0.0) if limit > 0 else 0.0


def best_of_each_need(candidates: Candidates, count: int) -> NDArray[np.int64]:
    """Rows of the first `count` candidates of each need; they are in order already."""
    need = candidates.need
    first = begins_run(need)
    begin = np.maximum.accumulate(np.where(first, np.arange(len(need)), 0))
    return np.flatnonzero(np.arange(len(need)) - begin < count)
