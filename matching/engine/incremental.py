"""One changed firm, matched at once, both ways: what a full run would give for it.

A change replaces firms with all of their items. The index keeps every need's candidates, and some
to spare. An offering that changes is taken out of the lists it stood in and put into those it
belongs in now; a list that has run out of spare ones is made anew, as are the lists of the firms'
own needs, by the same kernels as in a full run. So the lists are always those of a full run over
the changed market that is weighed by the generation's statistics.
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
from matching.engine.candidates import Pairs, Retrieved, Scale
from matching.engine.changes import Change, Recorded
from matching.engine.concepts import asked_concepts, pools, shown_concepts
from matching.engine.criteria import weight_vector
from matching.engine.index import Generation, entries_of
from matching.engine.live import (
    IndexFull,
    IndexReplaced,
    LivePool,
    LiveSide,
    Reached,
    Said,
    Stated,
)
from matching.engine.match import kept_of
from matching.engine.records import need_records, offering_records, pair_keys
from matching.engine.storing import assembled, leaves, packed, unpacked
from matching.engine.text import Lexicon
from matching.engine.types import (
    JP,
    KR,
    Candidates,
    Firms,
    Floats,
    Ints,
    Policy,
)

_THREADS: Final = 2
_FEW: Final = 40  # needs that are not worth a second thread


@dataclass(frozen=True, slots=True, eq=False)
class Rematch:
    """The firms' pairs that a run hands to the allocation: ids, and what they are worth."""

    need_ids: NDArray[Any]
    offering_ids: NDArray[Any]
    score: Floats
    confidence: Floats


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
        self._is_changed = np.zeros(len(offerings.items), np.bool_)
        self._is_own = np.zeros(len(offerings.items), np.bool_)
        self._is_asked = np.zeros(len(needs.items), np.bool_)
        self._seen = 0
        self._pool = ThreadPoolExecutor(_THREADS)
        with self._turn():
            self._catch_up()

    @property
    def scales(self) -> tuple[Scale, Scale]:
        """The statistics that all is weighed by, as `match.prepare` takes them."""
        return self._sides[KR].scale, self._sides[JP].scale

    def rematch(self, change: Change) -> Rematch:
        """Take the change in, for all processes, and find the firms' pairs in all lists.

        Raises IndexFull when there is no room for it, IndexReplaced when another generation is
        the current one; nothing has changed then.
        """
        with self._turn():
            self._catch_up()
            self._check_room(change)
            touched = self._take_in(change)
            self._write_down(change)
        lists, policy = self._all.lists, self._policy
        self._is_asked[touched.own_needs] = self._is_own[touched.own_offerings] = True
        need, offering, score, confidence = kernels.chosen(
            touched.needs,
            lists.entries,
            lists.held,
            self._is_asked,
            self._is_own,
            policy.candidates,
            kept_of(policy),
        )
        self._is_asked[touched.own_needs] = self._is_own[touched.own_offerings] = False
        ids = self._all.needs.ids[need], self._all.offerings.ids[offering]
        return Rematch(*ids, score, confidence)

    def _take_in(self, change: Change) -> _Touched:
        """Put what the change states in place of what was, and keep the lists true."""
        firms = self._firm_rows(change.firms)
        anew = self._forbid_firms(change)
        offered = self._records(change.offerings, offering_records, shown_concepts, change, firms)
        wanted = self._records(change.needs, need_records, asked_concepts, change, firms)
        moves: dict[int, list[tuple[Said, Said, Said]]] = {KR: [], JP: []}
        own: list[int] = []
        for place, firm in enumerate(firms.tolist()):
            country = int(self._all.firm_country[firm])
            other = KR if country == JP else JP
            stays, news = offered.of(place).differing(self._offerings, firm, self._is_offered)
            moves[other].append(self._move(self._sides[other], firm, stays, news))
            stays, news = wanted.of(place).differing(self._needs, firm, self._is_wanted)
            before = [row for row in self._needs.rows_of(firm) if row not in stays]
            now = self._needs.put(firm, news)
            lost = [row for row in before if row not in now]
            if lost or len(now):
                self._sides[country].change_needs(lost, now)
            anew += now.tolist()
            own += stays + now.tolist()
        anew += self._forbid_items(change)
        rows = np.unique(np.array(anew, np.int32))
        rows = rows[self._all.lists.floor[rows] < np.inf]
        country_of = self._all.needs.items["country"][rows]
        touched = [
            self._renew(self._sides[country], rows[country_of == country], moves[country])
            for country in self._sides
        ]
        offerings = [said.row for parts in moves.values() for part in parts for said in part[1:]]
        return _Touched(
            needs=np.union1d(np.concatenate(touched), own).astype(np.int32),
            own_needs=np.array(own, np.int32),
            own_offerings=np.concatenate(offerings),
        )

    def _move(
        self, side: LiveSide, firm: int, stays: list[int], news: Stated
    ) -> tuple[Said, Said, Said]:
        """Offerings of a firm: those that are gone or changed, the new or changed, the others."""
        before = side.said([row for row in self._offerings.rows_of(firm) if row not in stays])
        side.drop_offerings(before.row)
        now = side.add_offerings(self._offerings.put(firm, news))
        return before, now, side.said(stays)

    def _renew(self, side: LiveSide, anew: Ints, moves: list[tuple[Said, Said, Said]]) -> Ints:
        """Make the lists `anew`, and mend all others that the offerings touch.

        Returns the needs whose lists they are.
        """
        lists = self._all.lists
        lists.drop(anew)  # so that nothing reaches them
        if not moves:
            self._make_anew(side, anew)
            return anew
        before, now, others = (Said.join(list(parts)) for parts in zip(*moves, strict=True))
        reached = side.reached(Said.join([before, now, others]))
        rows = np.unique(reached.need)
        place = reached.which - len(before.row)
        is_new = (place >= 0) & (place < len(now.row))
        new = Reached(reached.need[is_new], place[is_new], reached.covered[is_new])
        pairs, overlap = self._open_to(now, new)
        self._is_changed[before.row] = True
        answers = kernels.revise(
            rows,
            np.searchsorted(pairs.need, np.append(rows, np.iinfo(np.int32).max)),
            self._entries(pairs, overlap),
            self._is_changed,
            self._all.column_of,
            side.arrays.order,
            lists.entries,
            lists.held,
            lists.floor,
            self._policy.candidates,
        )
        self._is_changed[before.row] = False
        self._make_anew(side, np.concatenate((anew, rows[~answers])))
        return np.concatenate((anew, rows))

    def _open_to(self, now: Said, new: Reached) -> tuple[Pairs, Floats]:
        """What comes into lists, by need, and the overlaps."""
        overlap = new.covered * now.focus[new.which]
        offering = now.row[new.which]
        needs, offerings = self._all.needs.items, self._all.offerings.items
        may = kernels.eligible(needs, offerings, self._rules, new.need, offering)
        here = np.flatnonzero(may & (overlap > self._all.lists.floor[new.need]))
        here = here[np.argsort(new.need[here], kind="stable")]
        share = np.minimum(new.covered * now.credit[new.which], np.float32(1))
        return Pairs(new.need[here], offering[here], share[here]), overlap[here]

    def _make_anew(self, side: LiveSide, rows: Ints) -> None:
        if not len(rows):
            return
        is_little = len(rows) <= _FEW
        parts = np.array_split(rows, 1 if is_little else _THREADS)
        found = (map if is_little else self._pool.map)(lambda part: self._found(side, part), parts)
        for part, (retrieved, entries) in zip(parts, found, strict=True):
            self._all.lists.put(part, retrieved, entries)

    def _found(self, side: LiveSide, rows: Ints) -> tuple[Retrieved, NDArray[Any]]:
        """All that may be in the lists of the given needs."""
        needs, offerings = self._all.needs, self._all.offerings
        start, offering, share, overlap = kernels.retrieve(
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
            self._rules,
            side.weighing,
            self._all.lists.entries.shape[1],
        )
        pairs = Pairs(np.repeat(rows, np.diff(start)), offering, share)
        return Retrieved(pairs, start, overlap), self._entries(pairs, overlap)

    def _entries(self, pairs: Pairs, overlap: Floats) -> NDArray[Any]:
        criteria, score, confidence = kernels.score_pairs(
            self._all.needs.items,
            self._all.offerings.items,
            self._concepts,
            self._weights,
            np.float32(self._policy.min_product),
            pairs.need,
            pairs.offering,
            pairs.share,
        )
        scored = Candidates(pairs.need, pairs.offering, pairs.share, score, confidence)
        return entries_of(overlap, scored, criteria, self._policy)

    @property
    def _rules(self) -> kernels.Rules:
        is_limited = bool(self._all.only_with_prospects[0])
        return kernels.Rules(self._all.blocked, self._all.closed, is_limited)

    def _is_offered(self, row: int) -> bool:
        return bool(self._all.column_of[row] >= 0)

    def _is_wanted(self, row: int) -> bool:
        return bool(self._all.lists.floor[row] < np.inf)

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
    ) -> Recorded:
        takes_part = items.is_open & change.firms.is_eligible[items.firm]
        records = recorded(items, change.firms)
        records["firm"] = firms[items.firm]
        records["is_blocking"] = self._all.is_blocking[records["firm"]]
        concepts, strength = named(self._lexicon, items.features)
        return Recorded(items, takes_part, records, concepts, strength)

    def _forbid_firms(self, change: Change) -> list[int]:
        """Blocks between firms; the needs that new ones concern."""
        rows = [[self._firm_row(identity) for identity in pair] for pair in change.blocked]
        known = [pair for pair in rows if None not in pair]
        if not known:
            return []
        pairs = np.array(known, np.int64)
        pairs = pairs[~np.isin(pair_keys(pairs), self._all.blocked)]
        keys = pair_keys(np.concatenate((pairs, pairs[:, ::-1])))
        self._all.blocked = np.union1d(self._all.blocked, keys)
        self._all.is_blocking[pairs] = True
        concerned = [row for firm in pairs.ravel().tolist() for row in self._needs.rows_of(firm)]
        self._all.needs.items["is_blocking"][concerned] = 1
        return concerned

    def _forbid_items(self, change: Change) -> list[int]:
        """Pairs that were decided; the needs that new ones concern."""
        rows = [(self._needs.row_of(n), self._offerings.row_of(o)) for n, o in change.closed]
        known = [pair for pair in rows if None not in pair]
        if not known:
            return []
        pairs = np.array(known, np.int64)
        pairs = pairs[~np.isin(pair_keys(pairs), self._all.closed)]
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
            self._take_in(assembled(Change, unpacked(file.read_bytes())))
            self._seen += 1

    def _write_down(self, change: Change) -> None:
        unfinished = self._folder / "unfinished"
        unfinished.write_bytes(packed(dict(leaves(change))))
        os.replace(unfinished, self._file(self._seen + 1))
        self._seen += 1

    def _file(self, number: int) -> Path:
        return self._folder / f"change-{number:06}"


@dataclass(frozen=True, slots=True, eq=False)
class _Touched:
    """Rows of the needs whose lists a change is in, and of the firms' own items."""

    needs: Ints
    own_needs: Ints
    own_offerings: Ints
