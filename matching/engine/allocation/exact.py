"""The best choice there is, as a min-cost flow.

One unit is one introduction; it flows from a Korean firm (its capacity) to a Japanese firm (its
capacity) through the seats of the need in between, whichever of the two needs. Two firms with
several pairs meet through a node that lets one unit pass. Flows are whole numbers, so the optimum
is found and not approximated. The floor is a bonus on the first unit of every firm that outweighs
all scores together.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from matching.engine.allocation.market import Market
from matching.engine.types import Bools, Ints

_SCALE: Final = 10_000  # scores as whole numbers


def best(market: Market) -> Bools:
    """The chosen edges: most firms served, then the greatest sum of scores (±1 / 10,000 each)."""
    # Only a run needs the solver: what serves pages does without its memory.
    from ortools.graph.python import min_cost_flow

    edges, need = market.edges, market.need
    buys = market.own_need[edges["group"]] >= 0
    source, sink, first = 0, 1, 2
    left = np.arange(len(market.capacity)) + first
    right = np.arange(len(market.room)) + first + len(left)
    needs = np.arange(len(market.seats)) + first + len(left) + len(right)
    _, which, times = np.unique(market.pair, return_inverse=True, return_counts=True)
    meeting = which + first + len(left) + len(right) + len(needs)
    meets = times[which] > 1  # two firms with one pair need no node between them
    supply = int(market.capacity.sum())
    bonus = _SCALE * (1 + min(len(edges), supply))

    flow = min_cost_flow.SimpleMinCostFlow()

    def connect(tail: Any, head: Any, room: Any, cost: Any) -> Ints:
        tail, head, room, cost = np.broadcast_arrays(tail, head, room, cost)
        return flow.add_arcs_with_capacity_and_unit_cost(
            tail.astype(np.int32),
            head.astype(np.int32),
            room.astype(np.int64),
            cost.astype(np.int64),
        )

    for tail, head, room in ((source, left, market.capacity), (right, sink, market.room)):
        connect(tail, head, np.minimum(room, 1), -bonus)
        connect(tail, head, np.maximum(room - 1, 0), 0)
    own = np.flatnonzero(market.own_need >= 0)
    connect(left[market.firm[own]], needs[market.own_need[own]], market.seats[: len(own)], 0)
    theirs = np.repeat(right, np.diff(market.need_start))
    connect(needs[len(own) :], theirs, market.seats[len(own) :], 0)
    korean, japanese = left[market.firm[edges["group"]]], right[edges["partner"]]
    pair_arcs = connect(
        np.where(buys, needs[need], np.where(meets, meeting, korean)),
        np.where(buys, np.where(meets, meeting, japanese), needs[need]),
        1,
        -np.round(edges["score"].astype(np.float64) * _SCALE),
    )
    _, once = np.unique(np.where(meets, which, -1), return_index=True)
    once = once[meets[once]]
    connect(np.where(buys, meeting, korean)[once], np.where(buys, japanese, meeting)[once], 1, 0)
    connect(source, sink, supply, 0)  # what is better not introduced
    flow.set_node_supply(source, supply)
    flow.set_node_supply(sink, -supply)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"The assignment could not be solved: {status}")
    return flow.flows(pair_arcs) > 0
