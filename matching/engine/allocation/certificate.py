"""How good any choice can be at most: the dual of the assignment at given prices."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.allocation.auction import BONUS
from matching.engine.allocation.market import Market
from matching.engine.compiling import kernel, part

_NEVER: Final = -1e9
_PASSES: Final = 5


@kernel
def most(market: Market, price: NDArray[np.float64]) -> float:
    """No choice has a greater sum of scores and `BONUS` for each firm served.

    This is the Lagrangian dual function, so it holds at any prices (J + N, a need's at least its
    owner's), and it is close when they are those of an auction. A firm's own part, its best edges
    at these prices within its seats and capacity, is again bounded by prices of its seats.
    """
    room, seats, need_start = market.room, market.seats, market.need_start
    group_start, edge_start = market.group_start, market.edge_start
    capacity, own_need, edges = market.capacity, market.own_need, market.edges
    partners = len(room)
    has_edges = np.zeros(partners, np.bool_)
    for edge in range(len(edges)):
        has_edges[edges[edge].partner] = True
    total = 0.0
    for partner in range(partners):
        base = price[partner]
        if has_edges[partner]:
            total += BONUS + room[partner] * base if base >= 0 else max(BONUS + base, 0.0)
        for need in range(need_start[partner], need_start[partner + 1]):
            total += seats[need] * max(price[partners + need] - base, 0.0)

    seen = np.zeros(partners, np.int64)
    worth = np.zeros(partners)  # of the best edge to a partner, at the seat's price
    label = np.zeros(partners, np.int64)  # its group
    profit = np.zeros(partners)  # without the seat's price
    met = np.zeros(partners, np.int64)
    turn = 0
    for firm in range(len(capacity)):
        begin, end = group_start[firm], group_start[firm + 1]
        if edge_start[begin] == edge_start[end]:
            continue
        groups = end - begin
        longest = 1
        for group in range(begin, end):
            if own_need[group] >= 0:
                longest = max(longest, seats[own_need[group]] + 1)
        seat_price = np.zeros(groups)
        least = -_NEVER
        for _ in range(_PASSES):
            turn += 1
            count = 0
            for group in range(begin, end):
                for edge in range(edge_start[group], edge_start[group + 1]):
                    partner = edges[edge].partner
                    gain = edges[edge].score - price[edges[edge].gate]
                    value = gain - seat_price[group - begin]
                    if seen[partner] != turn:
                        seen[partner] = turn
                        met[count] = partner
                        count += 1
                    elif value <= worth[partner]:
                        continue
                    worth[partner], label[partner], profit[partner] = value, group - begin, gain
            best = np.full(capacity[firm] + 1, _NEVER)
            pool = np.full(capacity[firm] + 1, _NEVER)
            lists = np.full((groups, longest), _NEVER)
            for partner in met[:count]:
                _insert(best, len(best), worth[partner])
                group = label[partner]
                if own_need[begin + group] >= 0:
                    _insert(lists[group], seats[own_need[begin + group]] + 1, profit[partner])
                else:
                    _insert(pool, len(pool), profit[partner])
            value = BONUS if best[0] > 0 else max(BONUS + best[0], 0.0)
            for at in range(capacity[firm]):
                value += max(best[at], 0.0)
            for group in range(groups):
                if own_need[begin + group] >= 0:
                    value += seats[own_need[begin + group]] * seat_price[group]
            if value >= least:
                break
            least = value
            # Prices of seats that make the best choice within them the best of all.
            for group in range(groups):
                if own_need[begin + group] >= 0:
                    for at in range(seats[own_need[begin + group]]):
                        _insert(pool, len(pool), lists[group, at])
            place = max(pool[-1], 0.0)
            for group in range(groups):
                if own_need[begin + group] >= 0:
                    beyond = lists[group, seats[own_need[begin + group]]]
                    seat_price[group] = max(beyond - place, 0.0)
        total += least
    return total


@part
def _insert(values: NDArray[np.float64], size: int, value: float) -> None:
    """Put `value` among the first `size` of `values`, which fall, and let the least go."""
    at = size - 1
    if value <= values[at]:
        return
    while at > 0 and values[at - 1] < value:
        values[at] = values[at - 1]
        at -= 1
    values[at] = value
