"""One changed firm, matched at once, both ways: what a full run would give for it.

A change replaces firms with all of their items. The needs whose candidates it may touch are the
firms' own, and those of the other country for which one of the firms' offerings, as it was or as
it is now, reaches the overlap of the last candidate. Their lists are made anew, by the same
kernels as in a full run; all other lists stay as they are. So the lists together are those of a
full run over the changed market that is weighed by the generation's statistics.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine import index as indexing
from matching.engine import kernels
from matching.engine.candidates import Scale
from matching.engine.concepts import asked_concepts, pools, shown_concepts
from matching.engine.criteria import weight_vector
from matching.engine.index import Generation
from matching.engine.live import IndexFull, IndexReplaced, LivePool, LiveSide, Stated
from matching.engine.match import best
from matching.engine.records import need_records, offering_records, pair_keys
from matching.engine.storing import assembled, leaves, packed, unpacked
from matching.engine.text import Lexicon
from matching.engine.types import (
    JP,
    KR,
    Bools,
    Candidates,
    Firms,
    Floats,
    Ints,
    Items,
    Longs,
    Needs,
    Offerings,
    Policy,
    Ragged,
)

_THREADS: Final = 2
_FEW: Final = 40  # needs that are not worth a second thread
_RENEWED, _LEAST = "renewed", "least"  # beside the change, in its file


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Firms as they are now, with all of their items; what is not stated is gone.

    Items point to rows of `firms`. Items that are not open, or of firms that are not eligible,
    are gone as well. A firm keeps its country, and an item its firm. `blocked` (m, 2) ids of
    firms, `closed` (m, 2) ids of needs and offerings: pairs that must not meet from now on, as
    in `Problem`; a need or an offering of each closed pair belongs to the firms.
    """

    firms: Firms
    offerings: Offerings
    needs: Needs
    blocked: NDArray[Any]
    closed: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Rematch:
    """The new lists of the needs `renewed` (ids); a need without candidates has none left.

    Row i of `candidates` is about `need_ids[i]` and `offering_ids[i]`; its rows are the index's.
    """

    renewed: NDArray[Any]
    need_ids: NDArray[Any]
    offering_ids: NDArray[Any]
    candidates: Candidates


class LiveIndex:
    """A generation with all changes since, as one process sees it. For one thread at a time.

    Raises FileNotFoundError without a generation, ValueError when it was built otherwise.
    """

    def __init__(self, root: Path, lexicon: Lexicon, policy: Policy) -> None:
        self._root = root
        self._folder = indexing.current(root)
        self._lexicon = lexicon
        self._policy = policy
        self._weights = weight_vector(policy.weights)
        everything = indexing.read(self._folder, lexicon, policy)
        self._all: Generation = everything
        self._offerings = LivePool(everything.offerings)
        self._needs = LivePool(everything.needs)
        self._sides = {
            KR: LiveSide(everything.korean, everything, policy),
            JP: LiveSide(everything.japanese, everything, policy),
        }
        needs, offerings = everything.needs, everything.offerings
        self._concepts = pools(
            lexicon, needs.concepts, needs.strength, offerings.concepts, offerings.strength
        )
        self._added_firms: dict[Any, int] = {}
        self._sums = np.zeros((len(needs.items), 2), np.float32)
        self._seen = 0
        self._pool = ThreadPoolExecutor(_THREADS)
        with self._turn():
            self._catch_up()

    @property
    def scales(self) -> tuple[Scale, Scale]:
        """The statistics that all is weighed by, as `match.prepare` takes them."""
        return self._sides[KR].scale, self._sides[JP].scale

    def rematch(self, change: Change) -> Rematch:
        """Take the change in, for all processes, and make the lists anew that it touches.

        All lists in which the firms stand are among them, also where nothing has changed.
        Raises IndexFull when there is no room for it, IndexReplaced when another generation is
        the current one; nothing has changed then.
        """
        with self._turn():
            self._catch_up()
            self._check_room(change)
            touched, gone = self._take_in(change)
            shares = [
                (side, share)
                for side, rows in zip(self._sides.values(), touched, strict=True)
                for share in np.array_split(rows, _THREADS if len(rows) > _FEW else 1)
            ]
            parts = list(self._pool.map(lambda share: self._made_anew(*share), shares))
            self._write_down(change, np.concatenate(touched))
        found = Candidates.join(parts)
        needs, offerings = self._all.needs, self._all.offerings
        renewed = np.concatenate([gone, *touched])
        return Rematch(
            needs.ids[renewed], needs.ids[found.need], offerings.ids[found.offering], found
        )

    def _made_anew(self, side: LiveSide, rows: Ints) -> Candidates:
        """The lists of the given needs, and their thresholds with them."""
        needs, offerings = self._all.needs, self._all.offerings
        start, offering, share, least = kernels.retrieve(
            rows,
            needs.begin[rows],
            needs.end[rows],
            needs.words,
            needs.items,
            offerings.items,
            side.scale.features,
            side.arrays.postings,
            side.more,
            side.columns,
            kernels.Rules(self._all.blocked, self._all.closed, bool(self._all.terms[2])),
            side.weighing,
            self._policy.candidates,
        )
        self._all.least[rows] = least
        need = np.repeat(rows, np.diff(start))
        values, score, confidence = kernels.score_pairs(
            needs.items,
            offerings.items,
            self._concepts,
            self._weights,
            np.float32(self._policy.min_product),
            need,
            offering,
            share,
        )
        scored = Candidates(need, offering, score, confidence, values)
        return scored.take(best(scored, start, self._policy))

    def _take_in(self, change: Change) -> tuple[list[Ints], Ints]:
        """Put what the change states in place of what was.

        Returns the rows of the needs that it touches, for each side, and of those that are gone.
        """
        firms = self._firm_rows(change.firms)
        own = self._forbid_firms(change)
        offered = self._records(change.offerings, offering_records, shown_concepts, change, firms)
        wanted = self._records(change.needs, need_records, asked_concepts, change, firms)
        reach: dict[int, list[tuple[Longs, Longs, Floats]]] = {KR: [], JP: []}
        gone: list[int] = []
        for place, firm in enumerate(firms.tolist()):
            country = int(self._all.firm_country[firm])
            side = self._sides[KR if country == JP else JP]
            stays, news = offered.of(place).differing(self._offerings, firm, self._is_offered)
            lost = [row for row in self._offerings.rows_of(firm) if row not in stays]
            looks = [side.look_of(stays)]
            if lost or len(news.ids):
                looks.append(side.drop_offerings(lost))
                looks.append(side.add_offerings(self._offerings.put(firm, news)))
            reach[KR if country == JP else JP] += looks
            stays, news = wanted.of(place).differing(self._needs, firm, self._is_wanted)
            before = [row for row in self._needs.rows_of(firm) if row not in stays]
            now = self._needs.put(firm, news)
            lost = [row for row in before if row not in now]
            if lost or len(now):
                self._sides[country].change_needs(lost, now)
            gone += lost
            own += stays + now.tolist()
        own += self._forbid_items(change)
        kept = np.unique(np.array(own, np.int32))
        kept = kept[self._all.least[kept] < np.inf]
        of = self._all.needs.items["country"][kept]
        touched = [
            np.union1d(kept[of == country], self._reached(country, reach[country])).astype(np.int32)
            for country in self._sides
        ]
        return touched, np.array(gone, np.int32)

    def _is_offered(self, row: int) -> bool:
        return bool(self._all.column_of[row] >= 0)

    def _is_wanted(self, row: int) -> bool:
        return bool(self._all.least[row] < np.inf)

    def _reached(self, country: int, parts: list[tuple[Longs, Longs, Floats]]) -> Ints:
        if not parts:
            return np.zeros(0, np.int32)
        begin, end, focus = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return self._sides[country].reached(begin, end, focus, self._sums)

    def _firm_rows(self, firms: Firms) -> Ints:
        """The rows of the firms; those that are not known yet get one."""
        rows = []
        for place, identity in enumerate(firms.ids):
            row = self._firm_row(identity)
            if row is None:
                row = int(self._all.firm_count[0])
                self._all.firm_count[0] += 1
                self._all.firm_ids[row] = identity
                self._all.firm_country[row] = firms.country[place]
                self._added_firms[identity] = row
            rows.append(row)
        return np.array(rows, np.int32)

    def _firm_row(self, identity: Any) -> int | None:
        if identity in self._added_firms:
            return self._added_firms[identity]
        return indexing.found(self._all.firm_ids, self._all.firm_order, identity)

    def _records(
        self, items: Any, recorded: Any, named: Any, change: Change, firms: Ints
    ) -> _Columns:
        takes_part = items.is_open & change.firms.is_eligible[items.firm]
        records = recorded(items, change.firms)
        records["firm"] = firms[items.firm]
        records["is_blocking"] = self._all.is_blocking[records["firm"]]
        concepts, strength = named(self._lexicon, items.features)
        return _Columns(items, takes_part, records, concepts, strength)

    def _forbid_firms(self, change: Change) -> list[int]:
        """Blocks between firms; the needs they concern."""
        rows = [[self._firm_row(identity) for identity in pair] for pair in change.blocked]
        known = [pair for pair in rows if None not in pair]
        if not known:
            return []
        pairs = np.array(known, np.int64)
        keys = pair_keys(np.concatenate((pairs, pairs[:, ::-1])))
        self._all.blocked = np.union1d(self._all.blocked, keys)
        self._all.is_blocking[pairs] = True
        concerned = [row for firm in pairs.ravel().tolist() for row in self._needs.rows_of(firm)]
        self._all.needs.items["is_blocking"][concerned] = 1
        return concerned

    def _forbid_items(self, change: Change) -> list[int]:
        """Pairs that were decided; the needs they concern."""
        rows = [(self._needs.row_of(n), self._offerings.row_of(o)) for n, o in change.closed]
        known = [pair for pair in rows if None not in pair]
        if not known:
            return []
        pairs = np.array(known, np.int64)
        self._all.closed = np.union1d(self._all.closed, pair_keys(pairs))
        self._all.needs.items["has_closed"][pairs[:, 0]] = 1
        return [int(row) for row in pairs[:, 0]]

    def _check_room(self, change: Change) -> None:
        """Raises IndexFull when the change does not fit."""
        firms = len(self._all.firm_ids) - int(self._all.firm_count[0])
        has_room = firms >= len(change.firms) and all(
            side.has_room(max(len(change.offerings), len(change.needs)))
            for side in self._sides.values()
        )
        pools = (
            (self._offerings, change.offerings, shown_concepts),
            (self._needs, change.needs, asked_concepts),
        )
        for pool, items, named in pools:
            concepts, _ = named(self._lexicon, items.features)
            has_room &= pool.has_room(items.features.words, concepts)
        if not has_room:
            raise IndexFull("The index has no room left; build a new generation.")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time. Raises IndexReplaced when the generation is an old one."""
        if indexing.current(self._root) != self._folder:
            raise IndexReplaced("Another generation is the current one; open the index again.")
        with (self._folder / "turn").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _catch_up(self) -> None:
        """Take in what other processes have written down."""
        while (file := self._file(self._seen + 1)).exists():
            arrays = unpacked(file.read_bytes())
            self._take_in(assembled(Change, arrays))
            self._all.least[arrays[_RENEWED]] = arrays[_LEAST]
            self._seen += 1

    def _write_down(self, change: Change, renewed: Ints) -> None:
        arrays = dict(leaves(change))
        arrays |= {_RENEWED: renewed, _LEAST: self._all.least[renewed]}
        unfinished = self._folder / "unfinished"
        unfinished.write_bytes(packed(arrays))
        os.replace(unfinished, self._file(self._seen + 1))
        self._seen += 1

    def _file(self, number: int) -> Path:
        return self._folder / f"change-{number:06}"


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """The items of a change with their records and concepts."""

    items: Items
    takes_part: Bools
    records: NDArray[Any]
    concepts: Ragged
    strength: NDArray[Any]

    def of(self, firm: int) -> Stated:
        """What takes part of one firm, by id."""
        rows = np.flatnonzero((self.items.firm == firm) & self.takes_part)
        rows = rows[np.argsort(self.items.ids[rows], kind="stable")]
        return Stated(
            self.items.ids[rows],
            self.records[rows],
            self.items.features.words.take(rows),
            self.concepts.take(rows),
            Ragged(self.concepts.start, self.strength).take(rows),
        )
