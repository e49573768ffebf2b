"""Finding many strings in one long text in one pass.

A trie whose edges lie in one open-addressed hash table: (node, character) -> node. From every
position of the text the trie is walked as far as it goes, which is two steps for most positions;
nothing is allocated per find and the interpreter is let go, so threads can share the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matching.engine.types import Ints, Longs

_EMPTY: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_ROOTS: Final = 0x10000
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: Fibonacci hashing


class Finds(NamedTuple):
    """String number `label` stands at characters [start, stop); by start, then by stop."""

    label: Ints
    start: Ints
    stop: Ints


class Trie:
    """The compiled strings; numbers are their positions. Of equal strings the first is kept."""

    def __init__(self, strings: Sequence[str]) -> None:
        code = np.frombuffer("".join(strings).encode("utf-32-le"), np.uint32)
        lengths = np.fromiter((len(string) for string in strings), np.int64, len(strings))
        start = np.concatenate(([0], np.cumsum(lengths)))
        bits = max(int(2 * len(code)).bit_length(), 4)
        self._shift = np.uint64(64 - bits)
        self._edges: NDArray[np.uint64] = np.full(1 << bits, _EMPTY)
        self._children: Ints = np.zeros(1 << bits, np.int32)
        self._ends: Ints = np.full(len(code) + 1, -1, np.int32)
        self._root: Ints = np.zeros(_ROOTS, np.int32)
        _build(code, start, self._shift, self._edges, self._children, self._ends, self._root)

    def find(self, code: NDArray[np.uint16]) -> Finds:
        """Every occurrence of every string in characters of the basic plane; 0 is in none."""
        return Finds(*_find(code, self._shift, self._edges, self._children, self._ends, self._root))


@njit(cache=True, nogil=True)
def _slot(edge: Any, shift: Any, edges: Any) -> Any:
    """Where `edge` is or would go."""
    slot = np.int64((edge * _SPREAD) >> shift)
    while edges[slot] != edge and edges[slot] != _EMPTY:
        slot = (slot + 1) & (len(edges) - 1)
    return slot


@njit(cache=True, nogil=True)
def _build(
    code: Any, start: Longs, shift: Any, edges: Any, children: Ints, ends: Ints, root: Ints
) -> None:
    nodes = 1
    for label in range(len(start) - 1):
        node = 0
        for place in range(start[label], start[label + 1]):
            edge = np.uint64(node) << np.uint64(32) | np.uint64(code[place])
            slot = _slot(edge, shift, edges)
            if edges[slot] == _EMPTY:
                edges[slot] = edge
                children[slot] = nodes
                if node == 0 and code[place] < _ROOTS:
                    root[code[place]] = nodes
                nodes += 1
            node = children[slot]
        if node and ends[node] < 0:
            ends[node] = label


@njit(cache=True, nogil=True)
def _find(
    code: Any, shift: Any, edges: Any, children: Ints, ends: Ints, root: Ints
) -> tuple[Ints, Ints, Ints]:
    found = np.empty((3, len(code) // 4 + 64), np.int32)
    count = 0
    for start in range(len(code)):
        node = root[code[start]]
        stop = start + 1
        while node:
            if ends[node] >= 0:
                if count == found.shape[1]:
                    more = np.empty((3, 2 * count), np.int32)
                    more[:, :count] = found
                    found = more
                found[0, count], found[1, count], found[2, count] = ends[node], start, stop
                count += 1
            if stop == len(code):
                break
            edge = np.uint64(node) << np.uint64(32) | np.uint64(code[stop])
            slot = _slot(edge, shift, edges)
            node = children[slot] if edges[slot] == edge else 0
            stop += 1
    return found[0, :count].copy(), found[1, :count].copy(), found[2, :count].copy()
