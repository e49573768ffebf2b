"""Who is introduced to whom, when everybody can only handle so much: an exact assignment.

The model is a min-cost flow. One unit is one introduction; it flows from a Korean firm (its
capacity) to a Japanese firm (its capacity) through the seats of the need in between, whichever of
the two needs. Two firms with several pairs meet through a node that lets one unit pass. So the
optimum is whole-numbered, and it is found, not approximated. The floor is a bonus on the first unit
of every firm that outweighs all scores together: first as many firms as possible get one
introduction, then the sum of the scores is as great as possible.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from matching.engine.types import KR, Bools, Candidates, Ints, Longs, Problem, begins_run

_SCALE: Final = 10_000  # scores as whole numbers


def allocate(problem: Problem, candidates: Candidates) -> NDArray[np.int64]:
    """The chosen rows of `candidates`, ascending.

    Holds: at most `capacity` pairs a firm, `min(seats, top_k)` a need, one a pair of firms; the
    number of firms with a pair is the greatest possible, and among those choices the sum of
    scores is (to 1 / 10,000 a pair). When exploring: simply the `top_k` best of each need.
    """
    if problem.is_exploring:
        return best_of_each_need(candidates, problem.policy.top_k)
    capacity = np.maximum(problem.firms.capacity, 0)
    seats = np.minimum(np.maximum(problem.needs.seats, 0), problem.policy.top_k)
    rows = np.arange(len(candidates))
    buyer, seller = _firms(problem, candidates, rows)
    rows = rows[(capacity[buyer] > 0) & (capacity[seller] > 0) & (seats[candidates.need] > 0)]
    rows = in_the_better_direction(problem, candidates, rows)
    if not len(rows):
        return rows
    return rows[_chosen(problem, candidates, rows, capacity, seats)]


def best_of_each_need(candidates: Candidates, count: int) -> NDArray[np.int64]:
    """Rows of the first `count` candidates of each need; they are in order already."""
    need = candidates.need
    first = begins_run(need)
    begin = np.maximum.accumulate(np.where(first, np.arange(len(need)), 0))
    return np.flatnonzero(np.arange(len(need)) - begin < count)


def in_the_better_direction(
    problem: Problem, candidates: Candidates, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of two firms that could each sell to the other, the rows of the direction with the best one.

    Equal scores: the smaller ids of need and offering decide. Ascending.
    """
    korean, japanese, buyer_is_korean = _sides(problem, candidates, rows)
    pair = korean.astype(np.int64) * len(problem.firms) + japanese
    need_order = _ranks(problem.needs.ids)[candidates.need[rows]]
    offering_order = _ranks(problem.offerings.ids)[candidates.offering[rows]]
    order = np.lexsort((offering_order, need_order, -candidates.score[rows], pair))
    first = begins_run(pair[order])
    direction = buyer_is_korean[order]
    is_kept = direction == direction[first][np.cumsum(first) - 1]
    return np.sort(rows[order[is_kept]])


def _ranks(ids: NDArray[np.generic]) -> Longs:
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    return rank


def _firms(problem: Problem, candidates: Candidates, rows: NDArray[np.int64]) -> tuple[Ints, Ints]:
    buyer = problem.needs.firm[candidates.need[rows]]
    return buyer, problem.offerings.firm[candidates.offering[rows]]


def _sides(
    problem: Problem, candidates: Candidates, rows: NDArray[np.int64]
) -> tuple[Ints, Ints, Bools]:
    """(Korean firm, Japanese firm, whether the Korean one buys) of each row."""
    buyer, seller = _firms(problem, candidates, rows)
    buyer_is_korean = problem.firms.country[buyer] == KR
    korean = np.where(buyer_is_korean, buyer, seller)
    return korean, np.where(buyer_is_korean, seller, buyer), buyer_is_korean


def _chosen(
    problem: Problem,
    candidates: Candidates,
    rows: NDArray[np.int64],
    capacity: Ints,
    seats: Ints,
) -> Bools:
    """Solve the flow over `rows`; True where the pair is chosen."""
    korean, japanese, buyer_is_korean = _sides(problem, candidates, rows)
    need = candidates.need[rows]
    needs, need_node = np.unique(need, return_inverse=True)
    firms, firm_node = np.unique(np.concatenate((korean, japanese)), return_inverse=True)
    korean_node, japanese_node = np.split(firm_node + 2, 2)
    need_node = need_node + 2 + len(firms)
    meeting = korean_node.astype(np.int64) * (len(firms) + 2) + japanese_node
    _, which, times = np.unique(meeting, return_inverse=True, return_counts=True)
    meeting_node = which + 2 + len(firms) + len(needs)
    is_only = times[which] == 1  # two firms with one pair need no node between them
    source, sink = 0, 1
    price = np.round(candidates.score[rows].astype(np.float64) * _SCALE).astype(np.int64)
    bonus = _SCALE * (1 + int(min(len(rows), capacity[firms].sum())))

    flow = min_cost_flow.SimpleMinCostFlow()

    def connect(tail: Any, head: Any, room: Any, cost: Any) -> Ints:
        tail, head, room, cost = np.broadcast_arrays(tail, head, room, cost)
        return flow.add_arcs_with_capacity_and_unit_cost(
            tail.astype(np.int32),
            head.astype(np.int32),
            room.astype(np.int64),
            cost.astype(np.int64),
        )

    is_korean = problem.firms.country[firms] == KR
    node = np.arange(len(firms)) + 2
    tail, head = np.where(is_korean, source, node), np.where(is_korean, node, sink)
    connect(tail, head, 1, -bonus)
    connect(tail, head, capacity[firms] - 1, 0)
    owner = np.searchsorted(firms, problem.needs.firm[needs]) + 2
    own = np.arange(len(needs)) + 2 + len(firms)
    of_korean = problem.firms.country[problem.needs.firm[needs]] == KR
    connect(np.where(of_korean, owner, own), np.where(of_korean, own, owner), seats[needs], 0)
    seller_node = np.where(buyer_is_korean, japanese_node, korean_node)
    met_node = np.where(is_only, seller_node, meeting_node)
    pair_arcs = connect(
        np.where(buyer_is_korean, need_node, met_node),
        np.where(buyer_is_korean, met_node, need_node),
        1,
        -price,
    )
    _, once = np.unique(np.where(is_only, -1, which), return_index=True)
    once = once[~is_only[once]]
    connect(
        np.where(buyer_is_korean, meeting_node, seller_node)[once],
        np.where(buyer_is_korean, seller_node, meeting_node)[once],
        1,
        0,
    )
    supply = int(capacity[firms][is_korean].sum())
    connect(source, sink, supply, 0)  # what is better not introduced
    flow.set_node_supply(source, supply)
    flow.set_node_supply(sink, -supply)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"The assignment could not be solved: {status}")
    return flow.flows(pair_arcs) > 0
