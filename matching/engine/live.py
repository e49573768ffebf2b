"""A generation of the index with what has been added to it since, in the memory of one process."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine import kernels
from matching.engine.candidates import columns, empty_vocabulary, nothing, postings, weighing
from matching.engine.index import Generation, Pool, Side, found, gap_of, lookups_of
from matching.engine.kernels import Columns, Lookups
from matching.engine.types import Floats, Ints, Longs, Policy, Ragged

#: Added columns or needs of a side from which a new generation pays.
MOST_ADDED: Final = 2000


class IndexFull(Exception):
    """There is no room left: build a new generation."""


class IndexReplaced(Exception):
    """Another generation is the current one: open the index again."""


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """Items of one firm as they are now: ids, records, words, concepts and their strength."""

    ids: NDArray[Any]
    items: NDArray[Any]
    words: Ragged
    concepts: Ragged
    strength: Ragged

    def take(self, places: list[int]) -> Stated:
        rows = np.array(places, np.int64)
        ragged = (part.take(rows) for part in (self.words, self.concepts, self.strength))
        return Stated(self.ids[rows], self.items[rows], *ragged)

    def differing(
        self, pool: LivePool, firm: int, is_there: Callable[[int], bool]
    ) -> tuple[list[int], Stated]:
        """(rows of the items that are there and say the same as before, the other items)."""
        row_of = {pool.arrays.ids[row]: row for row in pool.rows_of(firm)}
        stays: list[int] = []
        news: list[int] = []
        for place, identity in enumerate(self.ids):
            row = row_of.get(identity)
            if row is not None and is_there(row) and pool.is_same(row, self, place):
                stays.append(row)
            else:
                news.append(place)
        return stays, self.take(news)


class LivePool:
    """Offerings or needs; a changed item keeps its row, its words go to the end."""

    def __init__(self, arrays: Pool) -> None:
        self.arrays = arrays
        self._rows: dict[int, list[int]] = {}  # of firms that changed
        self._added: dict[Any, int] = {}

    def row_of(self, identity: Any) -> int | None:
        """None for an item that was never there."""
        if identity in self._added:
            return self._added[identity]
        return found(self.arrays.ids, self.arrays.by_id, identity)

    def rows_of(self, firm: int) -> list[int]:
        """All rows the firm has ever had."""
        if firm in self._rows:
            return self._rows[firm]
        start = self.arrays.firm_start
        if firm >= len(start) - 1:
            return []
        return [int(row) for row in self.arrays.of_firm[start[firm] : start[firm + 1]]]

    def has_room(self, words: Ragged, concepts: Ragged) -> bool:
        items, said, named = self.arrays.used.tolist()
        return (
            items + len(words) <= len(self.arrays.items)
            and said + len(words.values) <= len(self.arrays.words)
            and named + len(concepts.values) <= len(self.arrays.concepts)
        )

    def is_same(self, row: int, stated: Stated, place: int) -> bool:
        """Whether an item says what it said before."""
        arrays, item = self.arrays, stated.items[place]
        before = arrays.items[row].copy()
        begin, end = int(before["concepts_begin"]), int(before["concepts_end"])
        for name in ("concepts_begin", "concepts_end", "has_closed"):
            before[name] = item[name]
        said = (
            (arrays.words[arrays.begin[row] : arrays.end[row]], stated.words),
            (arrays.concepts[begin:end], stated.concepts),
            (arrays.strength[begin:end], stated.strength),
        )
        return before.tobytes() == item.tobytes() and all(
            np.array_equal(old, new.row(place)) for old, new in said
        )

    def put(self, firm: int, stated: Stated) -> Ints:
        """Write the items of a firm and return their rows; there has to be room."""
        arrays, rows = self.arrays, self.rows_of(firm)
        row_of = {arrays.ids[row]: row for row in rows}
        written = []
        for place, identity in enumerate(stated.ids):
            row = row_of.get(identity)
            if row is None:
                row = int(arrays.used[0])
                arrays.used[0] += 1
                arrays.ids[row] = identity
                self._added[identity] = row
                rows = [*rows, row]
            has_closed = arrays.items["has_closed"][row]
            arrays.items[row] = stated.items[place]
            arrays.items["has_closed"][row] = has_closed
            arrays.begin[row], arrays.end[row] = _append(
                arrays.words, arrays.used, 1, stated.words.row(place)
            )
            own = stated.concepts.row(place)
            begin, end = _append(arrays.concepts, arrays.used, 2, own)
            arrays.strength[begin:end] = stated.strength.row(place)
            arrays.items["concepts_begin"][row], arrays.items["concepts_end"][row] = begin, end
            written.append(row)
        self._rows[firm] = rows
        return np.array(written, np.int32)


class LiveSide:
    """The needs of one country against the offerings of the other."""

    def __init__(self, arrays: Side, everything: Generation, policy: Policy) -> None:
        self.arrays = arrays
        self.scale = arrays.weights
        self.weighing = weighing(policy, self.scale.offerings)
        self.more = nothing()
        self.lookups = _no_lookups()
        self.changed_needs: dict[int, None] = {}
        self._all = everything
        self._base = int(arrays.columns[0])
        self._by_id = np.argsort(arrays.order[: self._base])
        self._places: list[int] = []  # of added columns among the others
        self._known = empty_vocabulary(), empty_vocabulary()  # of `more`, of `lookups`

    @property
    def columns(self) -> Columns:
        return Columns(self.arrays.row, self.arrays.order, self.arrays.focus, self.arrays.credit)

    @property
    def added(self) -> int:
        return max(len(self._places), len(self.changed_needs))

    def has_room(self, count: int) -> bool:
        room = len(self.arrays.row) - int(self.arrays.columns[0])
        return count <= min(room, 1 << gap_of(self._base), MOST_ADDED) - self.added

    def look_of(self, rows: list[int]) -> tuple[Longs, Longs, Floats]:
        """Where the words of offerings begin and end, and their focus."""
        here = np.array(rows, np.int64)
        offerings = self._all.offerings
        focus = self.arrays.focus[self._all.column_of[here]]
        return offerings.begin[here], offerings.end[here], focus

    def drop_offerings(self, rows: list[int]) -> tuple[Longs, Longs, Floats]:
        """Take offerings out; as `look_of`."""
        here = [row for row in rows if self._all.column_of[row] >= 0]
        look = self.look_of(here)
        self.arrays.row[self._all.column_of[here]] = -1
        self._all.column_of[here] = -1
        return look

    def add_offerings(self, rows: Ints) -> tuple[Longs, Longs, Floats]:
        """Put offerings in, in the order of their ids; as `look_of`."""
        offerings, arrays = self._all.offerings, self.arrays
        begin, end = offerings.begin[rows], offerings.end[rows]
        features = self.scale.features
        size = kernels.lengths(offerings.words, begin, end, *features, self.weighing.channel)
        unknown = np.zeros(len(rows), np.uint32)  # until all that was added is in order
        added = columns(self.scale, rows, unknown, size)
        first = int(arrays.columns[0])
        here = slice(first, first + len(rows))
        arrays.columns[0] += len(rows)
        arrays.offering[here], arrays.row[here] = rows, rows
        arrays.focus[here], arrays.credit[here] = added.focus, added.credit
        self._all.column_of[rows] = np.arange(first, first + len(rows))
        self._places += [
            bisect_left(self._by_id, offerings.ids[row], key=self._id_of) for row in rows
        ]
        self._order()
        self._list_offerings()
        return begin, end, added.focus

    def change_needs(self, gone: list[int], rows: Ints) -> None:
        """`gone` do not say any longer what the lists tell; `rows` are as the pool has them."""
        self._all.is_stale[gone] = True
        self._all.least[gone] = np.inf
        for row in gone:
            self.changed_needs.pop(row, None)
        self._all.is_stale[rows] = True
        self._all.least[rows] = 0
        self.changed_needs |= dict.fromkeys(rows.tolist())
        self._list_needs()

    def reached(self, begin: Longs, end: Longs, focus: Floats, sums: Floats) -> Ints:
        """Needs among whose candidates one of the offerings may be."""
        return kernels.reached(
            begin,
            end,
            focus,
            self._all.offerings.words,
            self.arrays.lookups,
            self._all.is_stale,
            self.lookups,
            self._all.least,
            sums,
        )

    def _id_of(self, column: int) -> Any:
        return self._all.offerings.ids[self.arrays.offering[column]]

    def _order(self) -> None:
        """Added columns stand between two of the others, by id."""
        gap = gap_of(self._base)
        identified = sorted(
            (place, self._id_of(self._base + k), k) for k, place in enumerate(self._places)
        )
        for place, group in groupby(identified, key=lambda each: each[0]):
            for number, (_, _, k) in enumerate(group, 1):
                self.arrays.order[self._base + k] = (place << gap) + number

    def _list_offerings(self) -> None:
        row = self.arrays.row[self._base : int(self.arrays.columns[0])]
        offerings = self._all.offerings
        begin = np.where(row >= 0, offerings.begin[row], 0)
        end = np.where(row >= 0, offerings.end[row], 0)
        self.more, _ = postings(offerings.words, begin, end, self._base, self._known[0])

    def _list_needs(self) -> None:
        needs = self._all.needs
        rows = np.fromiter(self.changed_needs, np.int32, len(self.changed_needs))
        start, slots, shares = kernels.looked_up(
            needs.begin[rows], needs.end[rows], needs.words, self.scale.features, self.weighing
        )
        self.lookups = (
            lookups_of(rows, start, slots, shares, self._known[1]) if len(rows) else _no_lookups()
        )


def _append(values: NDArray[Any], used: Longs, which: int, added: NDArray[Any]) -> tuple[int, int]:
    begin = int(used[which])
    end = begin + len(added)
    values[begin:end] = added
    used[which] = end
    return begin, end


def _no_lookups() -> Lookups:
    empty = nothing()
    return Lookups(empty.known, empty.start, np.zeros(0, np.int32), np.zeros(0, np.float32))
