"""A generation of the index with what has been added to it since, in the memory of one process."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine import kernels
from matching.engine.candidates import added, columns, gathered, nothing_added, weighing
from matching.engine.index import Generation, Pool, Side, found, gap_of
from matching.engine.kernels import Columns
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


class Said(NamedTuple):
    """Offerings as they were or are: their rows, where their words begin and end, and their focus
    and credit."""

    row: Ints
    begin: Longs
    end: Longs
    focus: Floats
    credit: Floats

    @classmethod
    def join(cls, parts: list[Said]) -> Said:
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


class Reached(NamedTuple):
    """Lists that offerings may be in: rows of needs, places of offerings, what each covers."""

    need: Ints
    which: Ints
    covered: Floats


class LiveSide:
    """The needs of one country against the offerings of the other."""

    def __init__(self, arrays: Side, everything: Generation, policy: Policy) -> None:
        self.arrays = arrays
        self.scale = arrays.weights
        self.weighing = weighing(policy, self.scale.offerings)
        self.more = nothing_added()
        self._lookups = _no_lookups()
        self._changed_needs: set[int] = set()
        self._all = everything
        self._base = int(arrays.columns[0])
        self._by_id = np.argsort(arrays.order[: self._base])
        self._between: dict[int, list[tuple[Any, int]]] = {}  # (id, column) added at a place
        self._nobody = np.zeros(len(everything.is_stale), np.bool_)
        self._sums = np.zeros(len(everything.is_stale), np.int32)

    @property
    def columns(self) -> Columns:
        return Columns(self.arrays.row, self.arrays.order, self.arrays.focus, self.arrays.credit)

    def has_room(self, count: int) -> bool:
        columns = int(self.arrays.columns[0])
        added = max(columns - self._base, len(self._changed_needs))
        room = len(self.arrays.row) - columns
        return count <= min(room, (1 << gap_of(self._base)) - 1 - added, MOST_ADDED - added)

    def said(self, rows: list[int]) -> Said:
        """What offerings say; those that are no column say nothing."""
        here = np.array([row for row in rows if self._all.column_of[row] >= 0], np.int32)
        column, offerings = self._all.column_of[here], self._all.offerings
        focus, credit = self.arrays.focus[column], self.arrays.credit[column]
        return Said(here, offerings.begin[here], offerings.end[here], focus, credit)

    def drop_offerings(self, rows: Ints) -> None:
        self.arrays.row[self._all.column_of[rows]] = -1
        self._all.column_of[rows] = -1

    def add_offerings(self, rows: Ints) -> Said:
        """Put offerings in, in the order of their ids."""
        offerings, arrays = self._all.offerings, self.arrays
        begin, end = offerings.begin[rows], offerings.end[rows]
        features = self.scale.features
        size = kernels.lengths(offerings.words, begin, end, *features, self.weighing.channel)
        unknown = np.zeros(len(rows), np.uint32)  # until they stand among all that was added
        new = columns(self.scale, rows, unknown, size)
        first = int(arrays.columns[0])
        here = slice(first, first + len(rows))
        arrays.columns[0] += len(rows)
        arrays.offering[here], arrays.row[here] = rows, rows
        arrays.focus[here], arrays.credit[here] = new.focus, new.credit
        self._all.column_of[rows] = np.arange(first, first + len(rows))
        for column in range(first, first + len(rows)):
            self._order(column)
        lists = added(offerings.words, begin, end, first)
        place = np.searchsorted(self.more.slot, lists.slot)
        self.more = kernels.Added(*map(_inserted, self.more, (place, place), lists))
        return Said(rows, begin, end, new.focus, new.credit)

    def change_needs(self, gone: list[int], rows: Ints) -> None:
        """`gone` do not say any longer what the lists tell; `rows` are as the pool has them."""
        self._all.lists.drop([*gone, *rows.tolist()])
        self._all.lists.floor[rows] = 0
        self._all.is_stale[gone] = True
        self._all.is_stale[rows] = True
        changed = [row for row in (*gone, *rows.tolist()) if row in self._changed_needs]
        if changed:
            stays = ~np.isin(self._lookups.need, changed)
            self._lookups = kernels.AddedLookups(*(part[stays] for part in self._lookups))
        self._changed_needs.update(rows.tolist())
        needs = self._all.needs
        start, words, shares = kernels.looked_up(
            needs.begin[rows], needs.end[rows], needs.words, self.scale.features, self.weighing
        )
        _, item = gathered(words, start[:-1], start[1:])
        slot = words >> np.uint32(4)
        order = np.argsort(slot, kind="stable")
        place = np.searchsorted(self._lookups.slot, slot[order])
        lists = (slot[order], rows[item[order]], shares[order])
        self._lookups = kernels.AddedLookups(*map(_inserted, self._lookups, (place,) * 3, lists))

    def reached(self, said: Said) -> Reached:
        """The lists that are open to offerings that say this."""
        return Reached(
            *kernels.reached(
                said.begin,
                said.end,
                said.focus,
                self._all.offerings.words,
                self.arrays.lookups,
                self._lookups,
                self._all.is_stale,
                self._nobody,
                self._all.lists.floor,
                self._sums,
            )
        )

    def _order(self, column: int) -> None:
        """Added columns stand between two of the first ones, by id."""
        identity = self._id_of(column)
        place = bisect_left(self._by_id, identity, key=self._id_of)
        others = self._between.setdefault(place, [])
        insort(others, (identity, column))
        for number, (_, each) in enumerate(others, 1):
            self.arrays.order[each] = (place << gap_of(self._base)) + number

    def _id_of(self, column: int) -> Any:
        return self._all.offerings.ids[self.arrays.offering[column]]


def _inserted(values: NDArray[Any], place: Longs, added: NDArray[Any]) -> NDArray[Any]:
    return np.insert(values, place, added)


def _no_lookups() -> kernels.AddedLookups:
    empty = np.zeros(0, np.int32)
    return kernels.AddedLookups(np.zeros(0, np.uint32), empty, empty)


def _append(values: NDArray[Any], used: Longs, which: int, added: NDArray[Any]) -> tuple[int, int]:
    begin = int(used[which])
    end = begin + len(added)
    values[begin:end] = added
    used[which] = end
    return begin, end
