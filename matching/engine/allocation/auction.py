"""A choice within a step of the best: Bertsekas's auction.

Korean firms bid for introductions by Japanese ones. A firm with introductions left takes the edges
of the greatest profit, score less price, and bids for each what makes it as good as the firm's next
best, and a step more. A Japanese firm holds the highest bids there is room for, each need as many
as it has seats; the lowest of them is the price when it is full. Who is outbid bids again. Prices
only rise, so it ends; then nobody can gain more than a step an introduction by changing, and so the
sum is within a step an introduction of the best (Bertsekas and Castañon 1989, transportation
problems with several units at each end).

The floor is in the prices: a firm's first introduction is worth `BONUS` more to it. A Korean firm
bids so much more for it; a Japanese firm begins by paying so much.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.allocation.market import Market
from matching.engine.compiling import kernel, part
from matching.engine.types import Bools, Ints

#: What serving one more firm is worth beside scores in [0, 1]; the certificate holds for any value.
BONUS: Final = 2.0

_SLOT: Final = np.dtype(
    [
        ("bid", np.float64),
        ("edge", np.int32),
        ("gate", np.int32),
        ("bidder", np.int32),
        ("own_need", np.int32),
    ]
)
_NEVER: Final = -1e9


@part
def _two_best(
    edges: NDArray[np.void],
    begin: int,
    end: int,
    price: NDArray[np.float64],
    mark: Ints,
    turn: int,
) -> tuple[int, float, float]:
    """(edge, its profit, the next profit) among edges to partners not marked in this turn."""
    edge, best, second = -1, _NEVER, _NEVER
    for at in range(begin, end):
        profit = edges[at].score - price[edges[at].gate]
        if profit > second and mark[edges[at].partner] != turn:
            if profit > best:
                edge, best, second = at, profit, best
            else:
                second = profit
    return edge, best, second


@part
def _slot_to_take(
    slots: NDArray[np.void], begin: int, count: int, room: int, gate: int, is_gate_full: bool
) -> int:
    """The slot a new bid takes: the lowest bid's where it must go, otherwise the next free one.

    A first introduction that was paid for goes when somebody wants the firm for less.
    """
    if not is_gate_full and count < room and not (count == 1 and slots[begin].bid < 0):
        return begin + count
    lowest = -1
    for at in range(begin, begin + count):
        if is_gate_full and slots[at].gate != gate:
            continue
        if lowest < 0 or slots[at].bid < slots[lowest].bid:
            lowest = at
    return lowest


@part
def _reprice(
    partner: int,
    partners: int,
    slots: NDArray[np.void],
    begin: int,
    count: int,
    room: int,
    needs: tuple[int, int],
    free: Ints,
    price: NDArray[np.float64],
) -> None:
    """Set the prices at a Japanese firm's gates from the bids it holds, one or more."""
    lowest = -_NEVER
    for need in range(needs[0], needs[1]):
        price[partners + need] = -_NEVER
    for at in range(begin, begin + count):
        lowest = min(lowest, slots[at].bid)
        gate = slots[at].gate
        if gate >= partners:
            price[gate] = min(price[gate], slots[at].bid)
    if count < room and (count > 1 or lowest > 0):
        lowest = 0.0
    price[partner] = lowest
    for need in range(needs[0], needs[1]):
        if free[need] > 0:
            price[partners + need] = lowest


@kernel
def auction(market: Market, step: float) -> tuple[Bools, NDArray[np.float64]]:
    """(chosen edges, price of each gate) when nobody bids any more; the choice keeps all limits.

    The gates are the J Japanese firms and then the N needs, of which those of Japanese firms have
    a price, never below their owner's.
    """
    capacity, room, seats = market.capacity, market.room, market.seats
    need_start, group_start, edge_start = market.need_start, market.group_start, market.edge_start
    own_need, edges = market.own_need, market.edges
    firms, partners = len(capacity), len(room)
    price = np.full(partners + len(seats), -BONUS)
    free = seats.copy()
    slot_start = np.zeros(partners + 1, np.int64)  # what each Japanese firm holds
    slot_start[1:] = np.cumsum(room)
    slots = np.empty(slot_start[-1], _SLOT)
    count = np.zeros(partners, np.int64)
    met_start = np.zeros(firms + 1, np.int64)  # whom each Korean firm has
    met_start[1:] = np.cumsum(capacity)
    met = np.empty(met_start[-1], np.int32)
    load = np.zeros(firms, np.int32)
    queue = np.arange(firms)
    is_waiting = np.ones(firms, np.bool_)
    head, waiting, turn = 0, firms, 0
    mark = np.zeros(partners, np.int32)
    wanted = np.empty(max(capacity.max(), 1), np.int32)

    while waiting:
        bidder = queue[head]
        head = (head + 1) % firms
        waiting -= 1
        is_waiting[bidder] = False
        turn += 1
        for at in range(met_start[bidder], met_start[bidder] + load[bidder]):
            mark[met[at]] = turn
        groups = range(group_start[bidder], group_start[bidder + 1])
        new = 0
        second = _NEVER
        while load[bidder] + new < capacity[bidder]:
            edge, best, second = -1, _NEVER, _NEVER
            for group in groups:
                own = own_need[group]
                if own < 0 or free[own] > 0:
                    found, profit, following = _two_best(
                        edges, edge_start[group], edge_start[group + 1], price, mark, turn
                    )
                    if profit > best:
                        edge, best, second = found, profit, max(best, following)
                    else:
                        second = max(second, profit)
            if best <= (0.0 if load[bidder] + new else -BONUS):
                break
            wanted[new] = edge
            new += 1
            mark[edges[edge].partner] = turn
            own = own_need[edges[edge].group]
            if own >= 0:
                free[own] -= 1
        # What it would take instead of one of them: in the same need, or where a seat is free.
        is_last = new == 1 and load[bidder] + new == capacity[bidder]
        instead = 0.0 if load[bidder] + new > 1 else -BONUS
        if is_last:
            instead = max(instead, second)
        elif new:
            for group in groups:
                own = own_need[group]
                if own < 0 or free[own] > 0:
                    _, profit, _ = _two_best(
                        edges, edge_start[group], edge_start[group + 1], price, mark, turn
                    )
                    instead = max(instead, profit)
        for edge in wanted[:new]:
            group, partner, gate = edges[edge].group, edges[edge].partner, edges[edge].gate
            own = own_need[group]
            next_best = instead
            if not is_last and own >= 0 and free[own] == 0:
                _, profit, _ = _two_best(
                    edges, edge_start[group], edge_start[group + 1], price, mark, turn
                )
                next_best = max(next_best, profit)
            asked = price[gate]
            bid = max(edges[edge].score - next_best, asked) + step
            if asked < 0 and room[partner] > 1:
                bid = max(min(bid, 0.0), asked + step)  # for 0 there is room
            begin = slot_start[partner]
            need = gate - partners
            is_gate_full = need >= 0 and free[need] == 0
            slot = _slot_to_take(slots, begin, count[partner], room[partner], gate, is_gate_full)
            if slot < begin + count[partner]:
                other = slots[slot].bidder
                if slots[slot].gate >= partners:
                    free[slots[slot].gate - partners] += 1
                else:
                    free[slots[slot].own_need] += 1
                load[other] -= 1
                end = met_start[other] + load[other]
                for at in range(met_start[other], end):
                    if met[at] == partner:
                        met[at] = met[end]
                        break
                if not is_waiting[other]:
                    is_waiting[other] = True
                    queue[(head + waiting) % firms] = other
                    waiting += 1
            else:
                count[partner] += 1
            slots[slot].bid = bid
            slots[slot].edge = edge
            slots[slot].gate = gate
            slots[slot].bidder = bidder
            slots[slot].own_need = own
            met[met_start[bidder] + load[bidder]] = partner
            load[bidder] += 1
            if need >= 0:
                free[need] -= 1
            _reprice(
                partner,
                partners,
                slots,
                begin,
                count[partner],
                room[partner],
                (need_start[partner], need_start[partner + 1]),
                free,
                price,
            )
    chosen = np.zeros(len(edges), np.bool_)
    for partner in range(partners):
        begin = slot_start[partner]
        for at in range(begin, begin + count[partner]):
            chosen[slots[at].edge] = True
    return chosen, price
