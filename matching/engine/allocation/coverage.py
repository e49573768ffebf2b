"""The floor: as many firms as possible get an introduction, whatever else was chosen.

The firms of one side that can be served together are what a maximum flow serves when each firm's
first introduction counts one. A choice does so when no augmenting path is left: one that leads
from a firm without an introduction, over edges taken and given up in turn, to room at a firm of
the other side or to a firm of its own side that has two. Such a path leaves nobody else without,
on either side, so the two sides can be completed one after the other, and the most firms of both
are the most Korean plus the most Japanese ones (Mendelsohn, Dulmage 1958).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.engine.allocation.market import Market, served, sorted_by
from matching.engine.compiling import kernel, part
from matching.engine.types import Bools, Ints, Longs


def complete(market: Market, chosen: Bools) -> Bools:
    """`chosen`, changed as little as a shortest path each allows, so that most firms are served.

    `chosen` must keep all limits; so does the result.
    """
    edges = market.edges
    korean = market.firm[edges["group"]]
    japanese = edges["partner"]
    with_korean, with_japanese = served(market, chosen)
    if with_korean[korean].all() and with_japanese[japanese].all():
        return chosen
    # Introductions pass two gates: the need of whoever buys, and on the other side, since two
    # firms meet once, one that all edges of these firms share.
    firms, which = np.unique(market.pair, return_inverse=True)
    meeting = which + len(market.seats)
    buys = market.own_need[edges["group"]] >= 0
    need = market.need
    korean_gate = np.where(buys, need, meeting)
    japanese_gate = np.where(buys, meeting, need)
    gate_room = np.concatenate((market.seats, np.ones(len(firms), np.int32)))
    chosen = chosen.copy()
    for own, own_gate, other_gate, other, own_room, other_room in (
        (korean, korean_gate, japanese_gate, japanese, market.capacity, market.room),
        (japanese, japanese_gate, korean_gate, korean, market.room, market.capacity),
    ):
        gates = len(gate_room)
        _augment(
            chosen,
            *(np.ascontiguousarray(column, np.int64) for column in (own, own_gate)),
            *(np.ascontiguousarray(column, np.int64) for column in (other_gate, other)),
            *_listed(own, len(own_room)),
            *_listed(own_gate, gates),
            *_listed(other_gate, gates),
            *_listed(other, len(other_room)),
            gate_room,
            other_room,
        )
    return chosen


def _listed(key: NDArray[np.integer], size: int) -> tuple[Longs, Longs]:
    """(start (size + 1,), edges): the edges with key i are edges[start[i]:start[i + 1]]."""
    key = np.ascontiguousarray(key, np.int32)
    order = sorted_by(key, size, np.arange(len(key)))
    return np.searchsorted(key[order], np.arange(size + 1)), order


@part
def _visit(
    node: int,
    origin: int,
    edge: int,
    seen: Bools,
    came_from: Longs,
    by: Longs,
    queue: Longs,
    size: int,
) -> int:
    """Queue a node that was not seen yet; returns how many are queued."""
    if seen[node]:
        return size
    seen[node] = True
    came_from[node] = origin
    by[node] = edge
    queue[size] = node
    return size + 1


@kernel
def _augment(
    chosen: Bools,
    own: Longs,
    own_gate: Longs,
    other_gate: Longs,
    other: Longs,
    own_start: Longs,
    of_own: Longs,
    own_gate_start: Longs,
    of_own_gate: Longs,
    other_gate_start: Longs,
    of_other_gate: Longs,
    other_start: Longs,
    of_other: Longs,
    gate_room: Ints,
    other_room: Ints,
) -> None:
    """Change `chosen` (E,) along augmenting paths until none is left for the own side's firms.

    Nodes: own firms, other firms, gates. A node is reached when one more introduction can be
    brought to it, by edges taken on the way out and given up on the way back.
    """
    firms, others, gates = len(own_start) - 1, len(other_start) - 1, len(gate_room)
    load = np.zeros(firms + others, np.int64)
    used = np.zeros(gates, np.int64)
    is_own_gate = np.zeros(gates, np.bool_)
    for edge in range(len(chosen)):
        is_own_gate[own_gate[edge]] = True
        if chosen[edge]:
            load[own[edge]] += 1
            load[firms + other[edge]] += 1
            used[own_gate[edge]] += 1
            used[other_gate[edge]] += 1
    nodes = firms + others + gates
    gate_at = firms + others
    seen = np.zeros(nodes, np.bool_)
    came_from, by, queue = (
        np.zeros(nodes, np.int64),
        np.zeros(nodes, np.int64),
        np.zeros(nodes, np.int64),
    )
    for source in range(firms):
        if load[source] or seen[source]:
            continue
        size = _visit(source, -1, -1, seen, came_from, by, queue, 0)
        goal = -1
        head = 0
        while head < size:
            node = queue[head]
            head += 1
            if node < firms:
                if load[node] > 1:
                    goal = node
                    break
                for edge in of_own[own_start[node] : own_start[node + 1]]:
                    gate = own_gate[edge]
                    if used[gate] < gate_room[gate]:
                        size = _visit(gate_at + gate, node, -1, seen, came_from, by, queue, size)
            elif node < gate_at:
                firm = node - firms
                if load[node] < other_room[firm]:
                    goal = node
                    break
                for edge in of_other[other_start[firm] : other_start[firm + 1]]:
                    if chosen[edge]:
                        size = _visit(
                            gate_at + other_gate[edge], node, -1, seen, came_from, by, queue, size
                        )
            elif is_own_gate[node - gate_at]:
                gate = node - gate_at
                for edge in of_own_gate[own_gate_start[gate] : own_gate_start[gate + 1]]:
                    if chosen[edge]:
                        size = _visit(own[edge], node, -1, seen, came_from, by, queue, size)
                    else:
                        size = _visit(
                            gate_at + other_gate[edge], node, edge, seen, came_from, by, queue, size
                        )
            else:
                gate = node - gate_at
                for edge in of_other_gate[other_gate_start[gate] : other_gate_start[gate + 1]]:
                    if used[gate] < gate_room[gate]:
                        size = _visit(
                            firms + other[edge], node, -1, seen, came_from, by, queue, size
                        )
                    if chosen[edge]:
                        size = _visit(
                            gate_at + own_gate[edge], node, edge, seen, came_from, by, queue, size
                        )
        if goal < 0:
            continue  # what was seen leads nowhere, now or later
        while goal != source:
            edge = by[goal]
            if edge >= 0:
                change = -1 if chosen[edge] else 1
                chosen[edge] = not chosen[edge]
                load[own[edge]] += change
                load[firms + other[edge]] += change
                used[own_gate[edge]] += change
                used[other_gate[edge]] += change
            goal = came_from[goal]
        for node in queue[:size]:
            seen[node] = False
