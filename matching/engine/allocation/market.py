"""A problem and its candidates as one network, in an order that ids alone decide.

Korean firms stand on the left, Japanese firms on the right; an edge is a pair of a need and an
offering of theirs, whichever of the two buys. Of the pairs of one need with one firm only the
best is kept: every choice can use it instead of the others.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel
from matching.engine.types import KR, Bools, Candidates, Ints, Longs, Problem, begins_run

EDGE: Final = np.dtype(
    [
        ("score", np.float32),
        ("partner", np.int32),  # the Japanese firm
        ("gate", np.int32),  # what it passes on that side: firm j, or J + need when j buys
        ("group", np.int32),
    ]
)


class Market(NamedTuple):
    """K Korean firms, J Japanese firms, N needs (Korean owners' first), G groups, E edges.

    A group is one way for a Korean firm to use its introductions: each of its needs, and, as its
    last group, all it sells. Groups of a firm lie side by side, and so do edges of a group,
    sorted by partner and need. Limits are at least 0; a firm's is at most its number of edges.
    """

    capacity: Ints  # K, introductions of a Korean firm
    room: Ints  # J, introductions of a Japanese firm
    seats: Ints  # N, introductions of a need
    need_start: Longs  # J + 1: the needs of Japanese firm j are [need_start[j], need_start[j + 1])
    group_start: Longs  # K + 1
    edge_start: Longs  # G + 1
    firm: Ints  # G, the Korean firm
    own_need: Ints  # G, -1 for what a firm sells
    edges: NDArray[np.void]  # E of EDGE

    @property
    def need(self) -> Ints:
        """The need of each edge."""
        edges = self.edges
        own = self.own_need[edges["group"]]
        return np.where(own >= 0, own, edges["gate"] - len(self.room))

    @property
    def pair(self) -> Longs:
        """A number for the two firms of each edge."""
        return (
            self.firm[self.edges["group"]].astype(np.int64) * len(self.room)
            + (self.edges["partner"])
        )


def build(problem: Problem, candidates: Candidates) -> tuple[Market, Longs]:
    """The market, and the row of `candidates` that each edge is.

    `candidates` must hold the rows of a need side by side, best first. Two firms that could each
    sell to the other do it in the direction of their best pair; if equal, the smaller id of the
    need decides.
    """
    firms, needs = problem.firms, problem.needs
    is_korean = firms.country == KR
    firms_by_id = np.argsort(firms.ids, kind="stable")
    place = np.empty(len(firms), np.int32)  # among the firms of its country
    for side in (is_korean, ~is_korean):
        members = firms_by_id[side[firms_by_id]]
        place[members] = np.arange(len(members))
    koreans = int(is_korean.sum())

    needs_by_id = np.argsort(needs.ids, kind="stable")
    owner = place[needs.firm] + np.where(is_korean[needs.firm], 0, koreans)
    order = needs_by_id[np.argsort(owner[needs_by_id], kind="stable")]
    start = np.searchsorted(owner[order], np.arange(len(firms) + 1))
    seats = np.minimum(np.maximum(needs.seats, 0), problem.policy.top_k).astype(np.int32)
    capacity = np.maximum(firms.capacity, 0)[firms_by_id]

    first = np.flatnonzero(begins_run(candidates.need))
    last = np.append(first, len(candidates))[1:]
    need_place = _inverse(order)
    runs = np.argsort(need_place[candidates.need[first]], kind="stable")
    row, left, right, need = _useful(
        first[runs],
        last[runs],
        candidates.need,
        problem.offerings.firm[candidates.offering],
        needs.firm,
        need_place,
        place,
        is_korean,
        firms.capacity,
        seats,
    )
    korean_needs = int(start[koreans])
    edges = sorted_by(right, len(firms) - koreans, np.arange(len(row)))
    edges = sorted_by(left, koreans, edges)
    score = candidates.score[row]
    rank = _inverse(needs_by_id)[order]
    edges = edges[_in_the_better_direction(edges, left, right, need, score, rank, korean_needs)]

    buys = need < korean_needs
    group_start = start[: koreans + 1] + np.arange(koreans + 1)
    group = np.where(buys, need + left, group_start[left + 1] - 1).astype(np.int32)
    edges = sorted_by(group, int(group_start[-1]), edges)
    own_need = np.full(group_start[-1], -1, np.int32)
    own_need[np.arange(korean_needs) + owner[order[:korean_needs]]] = np.arange(korean_needs)
    columns = np.empty(len(edges), EDGE)
    columns["score"] = score[edges]
    columns["partner"] = right[edges]
    columns["gate"] = np.where(buys, right, len(firms) - koreans + need)[edges]
    columns["group"] = group[edges]
    side = np.bincount(left[edges], minlength=koreans)
    other_side = np.bincount(right[edges], minlength=len(firms) - koreans)
    market = Market(
        capacity=np.minimum(capacity[is_korean[firms_by_id]], side).astype(np.int32),
        room=np.minimum(capacity[~is_korean[firms_by_id]], other_side).astype(np.int32),
        seats=seats[order],
        need_start=start[koreans:],
        group_start=group_start,
        edge_start=np.searchsorted(columns["group"], np.arange(group_start[-1] + 1)),
        firm=np.repeat(np.arange(koreans, dtype=np.int32), np.diff(group_start)),
        own_need=own_need,
        edges=columns,
    )
    return market, row[edges]


def served(market: Market, chosen: Bools) -> tuple[Bools, Bools]:
    """Which Korean and which Japanese firms have a chosen edge."""
    edges = market.edges[chosen]
    korean, japanese = (np.zeros(len(side), np.bool_) for side in (market.capacity, market.room))
    korean[market.firm[edges["group"]]] = True
    japanese[edges["partner"]] = True
    return korean, japanese


def _inverse(order: NDArray[np.intp]) -> Longs:
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place


@kernel
def _useful(
    first: Longs,
    last: Longs,
    need: Ints,
    seller: Ints,
    buyer: Ints,
    need_place: Longs,
    place: Ints,
    is_korean: Bools,
    capacity: Ints,
    seats: Ints,
) -> tuple[Longs, Ints, Ints, Ints]:
    """(row, left, right, need) of each best pair of a need and a firm that both have room."""
    rows = np.empty(len(need), np.int64)
    left, right, needs = (
        np.empty(len(need), np.int32),
        np.empty(len(need), np.int32),
        np.empty(len(need), np.int32),
    )
    seen = np.full(len(place), -1, np.int64)
    count = 0
    for run in range(len(first)):
        own = need[first[run]]
        one = buyer[own]
        if capacity[one] <= 0 or seats[own] <= 0:
            continue
        for row in range(first[run], last[run]):
            other = seller[row]
            if capacity[other] <= 0 or seen[other] == run:
                continue
            seen[other] = run
            rows[count] = row
            left[count] = place[one] if is_korean[one] else place[other]
            right[count] = place[other] if is_korean[one] else place[one]
            needs[count] = need_place[own]
            count += 1
    return rows[:count], left[:count], right[:count], needs[:count]


@kernel
def sorted_by(key: Ints, size: int, order: Longs) -> Longs:
    """`order` sorted by `key`, which is in [0, size); equals stay as they are."""
    begin = np.zeros(size + 1, np.int64)
    for row in order:
        begin[key[row] + 1] += 1
    for value in range(size):
        begin[value + 1] += begin[value]
    out = np.empty(len(order), np.int64)
    for row in order:
        out[begin[key[row]]] = row
        begin[key[row]] += 1
    return out


@kernel
def _in_the_better_direction(
    edges: Longs,
    left: Ints,
    right: Ints,
    need: Ints,
    score: NDArray[np.float32],
    rank: Longs,
    korean_needs: int,
) -> Bools:
    """Which of `edges`, sorted by their firms, have the direction of the firms' best one."""
    kept = np.zeros(len(edges), np.bool_)
    begin = 0
    while begin < len(edges):
        end = begin
        best = edges[begin]
        while (
            end < len(edges) and left[edges[end]] == left[best] and right[edges[end]] == right[best]
        ):
            edge = edges[end]
            if score[edge] > score[best] or (
                score[edge] == score[best] and rank[need[edge]] < rank[need[best]]
            ):
                best = edge
            end += 1
        for at in range(begin, end):
            kept[at] = (need[edges[at]] < korean_needs) == (need[best] < korean_needs)
        begin = end
    return kept
