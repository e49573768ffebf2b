"""The index that single changes are matched against: built once, on disk, shared by processes.

A generation is a folder of arrays, made from a snapshot; its statistics (how rare features are,
how much offerings say) hold for all that is matched against it. The arrays have room at their
end. Processes map them into memory, so that they share what none of them has changed, and each
keeps up with the changes that any of them has written down (see `incremental.py`).
"""

from __future__ import annotations

import os
import shutil
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine import kernels
from matching.engine.candidates import Retrieved, Scale, bounds, retrieve, weighing
from matching.engine.kernels import ENTRY, Columns, Lookups, Postings, Statistics
from matching.engine.match import Prepared, blocks_of, passes, score_pairs
from matching.engine.records import ITEM
from matching.engine.storing import load, save
from matching.engine.text import Lexicon
from matching.engine.types import (
    Bools,
    Candidates,
    Floats,
    Ints,
    Longs,
    Masks,
    Policy,
    Problem,
    Words,
)

FORMAT: Final = 3  # raise it when the arrays change
_POINTER: Final = "current"
_LEAST_ROOM: Final = 256  # items that may be added to a small generation
_ROOM: Final = 0.04  # and to a large one, as a share of it
_SPARE: Final = 16  # candidates of a need that are kept beside those looked at
_WORDS_OF_ITEM: Final = 600  # room for the words of each; concepts get a tenth


@dataclass(slots=True, eq=False)
class Pool:
    """Offerings or needs of both countries. Items are rows; a changed item keeps its row.

    `used`: how many items, words and concepts there are; the arrays go on. Item i says
    `words[begin[i]:end[i]]`; its concepts are where its record says, with their `strength`. Firm
    f came with the items `of_firm[firm_start[f]:firm_start[f + 1]]`; `by_id` are the first items'
    rows in the order of their ids.
    """

    used: Longs
    ids: NDArray[Any]
    items: NDArray[Any]
    begin: Longs
    end: Longs
    words: Words
    concepts: Ints
    strength: NDArray[Any]
    of_firm: Longs
    firm_start: Longs
    by_id: Longs


@dataclass(slots=True, eq=False)
class Side:
    """The needs of one country against the offerings of the other.

    `offering`: the rows that are columns, by topic and id; `row` the same, but -1 where gone;
    both go on behind `columns` columns. `scale`: see `Scale`.
    """

    columns: Longs
    offering: Ints
    row: Ints
    order: Words
    focus: Floats
    credit: Floats
    known: Masks
    start: Longs
    packed: Words
    rarity: Floats
    scale: NDArray[np.float64]
    need_known: Masks
    need_start: Longs
    need: Ints
    need_share: Ints

    @property
    def postings(self) -> Postings:
        return Postings(self.known, self.start, self.packed)

    @property
    def lookups(self) -> Lookups:
        return Lookups(self.need_known, self.need_start, self.need, self.need_share)

    @property
    def weights(self) -> Scale:
        small, typical, offerings = self.scale.tolist()
        return Scale(Statistics(self.known, self.rarity), int(offerings), small, typical)


@dataclass(slots=True, eq=False)
class Lists:
    """The candidates of each need, by falling overlap, then id, and some to spare.

    Need n has `entries[n, :held[n]]`, and among them all whose overlap is above `floor[n]`: 0 where
    there are no others, infinite for a need that does not take part.
    """

    entries: NDArray[Any]  # (needs, size) ENTRY
    held: Ints
    floor: Floats

    @classmethod
    def empty(cls, needs: int, size: int) -> Lists:
        return cls(
            entries=np.zeros((needs, size), ENTRY),
            held=np.zeros(needs, np.int32),
            floor=np.full(needs, np.inf, np.float32),
        )

    def put(self, rows: Ints, found: Retrieved, entries: NDArray[Any]) -> None:
        """Make the lists of needs anew from all that may be in them (`entries`: see below)."""
        size = self.entries.shape[1]
        held = np.diff(found.start).astype(np.int32)
        lists = np.zeros((len(rows), size), ENTRY)
        lists[np.arange(size) < held[:, None]] = entries
        self.entries[rows] = lists
        self.held[rows] = held
        self.floor[rows] = np.where(held < size, np.float32(0), lists["overlap"][:, -1])

    def drop(self, rows: list[int] | Ints) -> None:
        self.held[rows] = 0
        self.floor[rows] = np.inf


def entries_of(
    overlap: Floats, scored: Candidates, criteria: Floats, policy: Policy
) -> NDArray[Any]:
    """(m,) ENTRY."""
    entries = np.empty(len(scored), ENTRY)
    entries["offering"], entries["overlap"] = scored.offering, overlap
    entries["score"] = np.where(passes(scored, criteria, policy), scored.score, np.float32(-1))
    entries["confidence"] = scored.confidence
    return entries


@dataclass(slots=True, eq=False)
class Generation:
    """All arrays. `terms`: what the lists depend on beside the market.

    `column_of`: the column of each offering, -1 for none. `is_stale`: needs of which
    `Side.lookups` no longer tells the truth.
    """

    terms: NDArray[np.bytes_]
    only_with_prospects: Bools
    lexicon: NDArray[np.bytes_]
    offerings: Pool
    needs: Pool
    firm_ids: NDArray[Any]
    firm_order: Longs
    firm_count: Longs
    firm_country: NDArray[np.uint8]
    is_blocking: Bools
    blocked: Longs
    closed: Longs
    column_of: Ints
    lists: Lists
    is_stale: Bools
    korean: Side
    japanese: Side


def build(prepared: Prepared, root: Path) -> None:
    """Write a new generation from a prepared snapshot and make it the current one.

    Processes that use the one before go on with it until they open the index again. Changes
    since the snapshot was taken are not in it: match their firms again.
    """
    folder = Path(mkdtemp(prefix="generation-", dir=root))
    save(folder, _generation(prepared))
    pointer = folder / _POINTER
    pointer.write_text(folder.name)
    os.replace(pointer, root / _POINTER)
    for other in root.glob("generation-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)  # mapped files live on until they are let go


def current(root: Path) -> Path:
    """The folder of the current generation. Raises FileNotFoundError when there is none."""
    return root / (root / _POINTER).read_text()


def read(folder: Path, lexicon: Lexicon, policy: Policy) -> Generation:
    """Raises ValueError when lexicon, policy or format are not what it was built with."""
    generation = load(Generation, folder)
    for pool in (generation.offerings, generation.needs):
        pool.items = pool.items.view(ITEM)  # a file does not say that its records are aligned
    if generation.terms.item() != _terms(policy):
        raise ValueError("The index was built for another policy or format; build it again.")
    if generation.lexicon.item() != lexicon.fingerprint.encode():
        raise ValueError("The index was built with another lexicon; build it again.")
    return generation


def _terms(policy: Policy) -> bytes:
    weights = sorted(policy.weights.items())
    return f"{FORMAT} {replace(policy, weights={})} {weights}".encode()


def _generation(prepared: Prepared) -> Generation:
    problem, facts, closeness = prepared.problem, prepared.facts, prepared.closeness
    policy, count = problem.policy, len(problem.firms)
    room = _room(count)
    is_blocking = np.zeros(count, np.bool_)
    is_blocking[problem.blocked] = True
    size = policy.candidates + _SPARE
    lists = Lists.empty(len(problem.needs) + _room(len(problem.needs)), size)
    for index, first, last in blocks_of(prepared, 0, len(prepared)):
        found = retrieve(index, facts, first, last, size)
        scored = score_pairs(prepared, found.pairs)
        lists.put(index.need_rows[first:last], found, entries_of(found.overlap, *scored, policy))
    column_of = np.full(len(problem.offerings), -1, np.int32)
    for index in prepared.indexes:
        column_of[index.offering_rows] = np.arange(len(index.offering_rows))
    korean, japanese = (_side(problem, index) for index in prepared.indexes)
    return Generation(
        terms=np.array(_terms(policy)),
        only_with_prospects=np.array([problem.only_with_prospects]),
        lexicon=np.array(problem.lexicon.fingerprint.encode()),
        offerings=_pool(problem, "offerings", facts.offerings, closeness.shown, closeness.firmness),
        needs=_pool(problem, "needs", facts.needs, closeness.asked, closeness.weight),
        firm_ids=_longer(problem.firms.ids, room),
        firm_order=np.argsort(problem.firms.ids, kind="stable"),
        firm_count=np.array([count]),
        firm_country=_longer(problem.firms.country, room),
        is_blocking=_longer(is_blocking, room),
        blocked=facts.blocked,
        closed=facts.closed,
        column_of=_longer(column_of, _room(len(problem.offerings)), -1),
        lists=lists,
        is_stale=_longer(np.zeros(len(problem.needs), np.bool_), _room(len(problem.needs))),
        korean=korean,
        japanese=japanese,
    )


def _side(problem: Problem, index: Any) -> Side:
    columns: Columns = index.columns
    count, room = len(columns.row), _room(len(problem.offerings))
    gap = np.uint32(gap_of(count))
    words, scale = index.need_words, index.scale
    begin, end = bounds(words, index.need_rows)
    weights = weighing(problem.policy, scale.offerings)
    start, slots, shares = kernels.looked_up(begin, end, words.values, scale.features, weights)
    lookups = _lookups(index.need_rows, start, slots, shares)
    return Side(
        columns=np.array([count]),
        offering=_longer(columns.row, room, -1),
        row=_longer(columns.row, room, -1),
        order=_longer((columns.order + np.uint32(1)) << gap, room),
        focus=_longer(columns.focus, room),
        credit=_longer(columns.credit, room),
        known=index.postings.known,
        start=index.postings.start,
        packed=index.postings.packed,
        rarity=scale.features.rarity,
        scale=np.array([scale.small, scale.typical, scale.offerings], np.float64),
        need_known=lookups.known,
        need_start=lookups.start,
        need=lookups.need,
        need_share=lookups.share,
    )


def _lookups(rows: Ints, start: Longs, slots: Words, shares: Ints) -> Lookups:
    """Turn the features that the needs `rows` are looked up by into lists of needs."""
    known, frequency = kernels.vocabulary(slots, start[:-1], start[1:])
    ends = np.concatenate(([0], np.cumsum(frequency, dtype=np.int64)))
    need, share = kernels.turned(rows, start, slots, shares, known, ends)
    return Lookups(known, ends, need, share)


def found(ids: NDArray[Any], order: Longs, identity: Any) -> int | None:
    """The row of an id among the rows `order`, which are by id."""
    place = bisect_left(range(len(order)), identity, key=lambda k: ids[order[k]])
    if place == len(order) or ids[order[place]] != identity:
        return None
    return int(order[place])


def gap_of(columns: int) -> int:
    """Bits between two neighbours in `Side.order`, where added offerings find their place."""
    return 31 - columns.bit_length()


def _pool(problem: Problem, kind: str, items: Any, concepts: Any, strength: Any) -> Pool:
    columns = getattr(problem, kind)
    words, room = columns.features.words, _room(len(columns))
    of_firm = np.argsort(columns.firm, kind="stable")
    return Pool(
        used=np.array([len(columns), len(words.values), len(concepts.values)]),
        ids=_longer(columns.ids, room),
        items=_longer(items, room),
        begin=_longer(words.start[:-1], room),
        end=_longer(words.start[1:], room),
        words=_longer(words.values, room * _WORDS_OF_ITEM),
        concepts=_longer(concepts.values, room * _WORDS_OF_ITEM // 10),
        strength=_longer(strength, room * _WORDS_OF_ITEM // 10),
        of_firm=of_firm,
        by_id=np.argsort(columns.ids, kind="stable"),
        firm_start=np.searchsorted(columns.firm[of_firm], np.arange(len(problem.firms) + 1)),
    )


def _room(count: int) -> int:
    return max(_LEAST_ROOM, int(_ROOM * count))


def _longer(array: NDArray[Any], room: int, value: Any = 0) -> NDArray[Any]:
    longer = np.zeros(len(array) + room, array.dtype)
    longer[: len(array)] = array
    if value:
        longer[len(array) :] = value
    return longer
