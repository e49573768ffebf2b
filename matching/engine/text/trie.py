"""Finding many strings in one long text in one pass.

A trie whose edges lie in one open-addressed hash table of 64-bit integers: node (24 bits) |
character (16) | next node (24). From every position of the text the trie is walked as far as it
goes; nothing is allocated per find and the interpreter is let go, so threads can share the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel, part
from matching.engine.types import Bools, Ints, Longs

NEVER, ALWAYS, AFTER_A_FIND = range(3)
_BASIC_PLANE: Final = 0x10000
_MAX_NODES: Final = 1 << 24
_PAIR_BITS: Final = 17  # a table that stays in the processor's nearer memory
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Fibonacci hashing

Edges = NDArray[np.uint64]


class Finds(NamedTuple):
    """String number `label` stands at characters [start, stop); by start, then by stop."""

    label: Ints
    start: Ints
    stop: Ints


class Trie:
    """The compiled strings; numbers are their positions. Of equal strings the first is kept.

    Raises ValueError for more than 16 million characters.
    """

    def __init__(self, strings: Sequence[str]) -> None:
        code = np.frombuffer("".join(strings).encode("utf-32-le"), np.uint32)
        if len(code) >= _MAX_NODES:
            raise ValueError("These are too many strings for one trie.")
        lengths = np.fromiter((len(string) for string in strings), np.int64, len(strings))
        start = np.concatenate(([0], np.cumsum(lengths)))
        self._ends: Ints = np.full(len(code) + 1, -1, np.int32)
        self._root: Ints = np.zeros(_BASIC_PLANE, np.int32)
        self._pairs: Bools = np.zeros(1 << _PAIR_BITS, np.bool_)
        edges = _build(code, start, _table(len(code)), self._ends, self._root, self._pairs)
        # Most strings share their beginnings: the edges fit into a smaller table.
        self._edges: Edges = _placed(edges[edges > 0], _table(int(np.count_nonzero(edges))))

    def find(self, code: NDArray[np.uint16], opens: NDArray[np.uint8]) -> Finds:
        """Every occurrence of every string in characters of the basic plane; 0 is in none.

        `opens` says of each character whether a string may begin there: NEVER, ALWAYS, or where
        an earlier find ends (AFTER_A_FIND).
        """
        return Finds(*_find(code, opens, self._edges, self._ends, self._root, self._pairs))


def _table(edges: int) -> Edges:
    """An empty table with room for as many edges: a power of two, half full at most."""
    return np.zeros(1 << max(2 * edges - 1, 1).bit_length(), np.uint64)


@part
def _slot(node: Any, letter: Any, edges: Edges) -> Any:
    """Where the edge from `node` by `letter` is or would go."""
    name = np.uint64(node) << np.uint64(16) | np.uint64(letter)
    slot = np.int64((name * _SPREAD) >> np.uint64(32)) & (len(edges) - 1)
    while edges[slot] and edges[slot] >> np.uint64(24) != name:
        slot = (slot + 1) & (len(edges) - 1)
    return slot


@part
def _pair(first: Any, second: Any) -> Any:
    """A small number for two characters; two pairs may share it."""
    name = np.uint64(first) << np.uint64(16) | np.uint64(second)
    return np.int64((name * _SPREAD) >> np.uint64(64 - _PAIR_BITS))


@kernel
def _build(
    code: NDArray[np.uint32], start: Longs, edges: Edges, ends: Ints, root: Ints, pairs: Bools
) -> Edges:
    nodes = 1
    for label in range(len(start) - 1):
        first, last = start[label], start[label + 1]
        if first == last or code[first:last].max() >= _BASIC_PLANE:
            continue
        node: Any = 0
        for place in range(first, last):
            slot = _slot(node, code[place], edges)
            if not edges[slot]:
                name = np.uint64(node) << np.uint64(16) | np.uint64(code[place])
                edges[slot] = name << np.uint64(24) | np.uint64(nodes)
                nodes += 1
            node = np.int64(edges[slot] & np.uint64(_MAX_NODES - 1))
            if place == first:
                root[code[place]] = node
        if ends[node] < 0:
            ends[node] = label
        if last - first >= 2:
            pairs[_pair(code[first], code[first + 1])] = True
    return edges


@kernel
def _placed(edges: Edges, table: Edges) -> Edges:
    for edge in edges:
        name = edge >> np.uint64(24)
        table[_slot(name >> np.uint64(16), name & np.uint64(_BASIC_PLANE - 1), table)] = edge
    return table


@kernel
def _find(
    code: NDArray[np.uint16],
    opens: NDArray[np.uint8],
    edges: Edges,
    ends: Ints,
    root: Ints,
    pairs: Bools,
) -> tuple[Ints, Ints, Ints]:
    found = np.empty((3, len(code) // 4 + 64), np.int32)
    closed = np.zeros(len(code) + 1, np.bool_)  # where a find ends
    count = 0
    for start in range(len(code)):
        if opens[start] == NEVER or (opens[start] == AFTER_A_FIND and not closed[start]):
            continue
        node: Any = np.int64(root[code[start]])
        stop = start + 1
        # Two characters tell of most positions that nothing begins there.
        is_start = node and stop < len(code) and pairs[_pair(code[start], code[stop])]
        if not is_start and ends[node] < 0:
            continue
        while node:
            if ends[node] >= 0:
                if count == found.shape[1]:
                    more = np.empty((3, 2 * count), np.int32)
                    more[:, :count] = found
                    found = more
                found[0, count], found[1, count], found[2, count] = ends[node], start, stop
                closed[stop] = True
                count += 1
            if stop == len(code):
                break
            slot = _slot(node, code[stop], edges)
            node = np.int64(edges[slot] & np.uint64(_MAX_NODES - 1))
            stop += 1
    return found[0, :count].copy(), found[1, :count].copy(), found[2, :count].copy()
