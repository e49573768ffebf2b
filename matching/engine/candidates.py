"""Which offerings are worth a closer look for which need: eligibility and retrieval.

Retrieval is one sparse product a block of needs. A need's vector holds, for each of its features,
the share of the need that the feature carries; an offering's holds how firmly it says it; so the
product is the share of the need that the offering covers, in [0, 1]. Of each need only the rarest
features are used, as many as touch about `posting_budget` offerings: the work grows with the
number of needs, not with the number of pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.features import HASH_BITS, Channel, channels, levels, slots
from matching.engine.types import (
    COMPATIBLE,
    COOPERATIONS,
    Bools,
    Floats,
    Ints,
    Longs,
    Needs,
    Offerings,
    Problem,
    Ragged,
    Words,
    begins_run,
)

#: What a feature family is worth; found on the development headings and planted matches.
CHANNEL_WEIGHTS: Final = {
    Channel.CONCEPT: 1.2,
    Channel.PAIR: 0.7,
    Channel.TRIPLE: 0.4,
    Channel.SYLLABLES_2: 0.9,
    Channel.SYLLABLES_3: 0.4,
    Channel.SOUNDS: 0.6,
    Channel.SKELETON: 0.5,
    Channel.WORD: 0.9,
    Channel.HS2: 0.2,
    Channel.HS4: 0.7,
    Channel.HS6: 0.9,
    Channel.HS4_CONCEPT: 0.7,
}
#: Families that come from the text itself, whatever concepts are in it.
WORD_CHANNELS: Final = (
    Channel.SYLLABLES_2,
    Channel.SYLLABLES_3,
    Channel.SOUNDS,
    Channel.SKELETON,
    Channel.WORD,
)
Rows = NDArray[np.integer[Any]]

_IDF_BASE: Final = 0.6  # even a word in every offering says a little
_LEAST_FEATURES: Final = 3  # of a need, however common they are
_LEAST_FOCUS: Final = 0.1  # in the order of candidates
_LEAST_CREDIT: Final = (
    0.6  # a catalogue of everything has any word; they count for so much at worst
)
_FULL_MARKET: Final = 40_000  # offerings from which the budget is kept; fewer can afford more
_LEAST_OVERLAP: Final = 0.005  # a pair that shares less is about something else
_RESERVE: Final = 4
_MANY: Final = 1_000_000  # features from which a table of all hashes beats sorting them
_VALUE_BITS, _COLUMN_BITS = 30, 22


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Candidate pairs; rows of `Problem.needs` and `.offerings`."""

    need: Ints
    offering: Ints
    wording: Floats  # share of the need's words that the offering has

    def __len__(self) -> int:
        return len(self.need)


def matchable_needs(problem: Problem) -> Ints:
    """Rows of the needs that take part, by country and then by id: the order of the blocks."""
    needs, firms = problem.needs, problem.firms
    rows = np.flatnonzero(needs.is_open & firms.is_eligible[needs.firm])
    order = np.lexsort((needs.ids[rows], firms.country[needs.firm[rows]]))
    return rows[order].astype(np.int32)


def matchable_offerings(problem: Problem, country: int) -> Ints:
    """Rows of the offerings of `country` that take part, by id."""
    offerings, firms = problem.offerings, problem.firms
    takes_part = offerings.is_open & firms.is_eligible[offerings.firm]
    rows = np.flatnonzero(takes_part & (firms.country[offerings.firm] == country))
    return rows[np.argsort(offerings.ids[rows], kind="stable")].astype(np.int32)


class Eligibility:
    """What is never outscored. A pair is out when a requirement is *known* to be missed."""

    def __init__(self, problem: Problem) -> None:
        self._needs: Needs = problem.needs
        self._offerings: Offerings = problem.offerings
        self._country = problem.firms.country
        self._firms = len(problem.firms)
        self._may_be_met: Bools = np.logical_or(
            problem.firms.is_prospect, not problem.only_with_prospects
        )
        self._accepts = accepted_cooperations(problem.needs.cooperation)
        self._has_required: Bools = np.asarray(problem.needs.required_certifications.any(axis=1))
        both_ways = np.concatenate((problem.blocked, problem.blocked[:, ::-1]))
        self._blocked = np.unique(both_ways[:, 0] * self._firms + both_ways[:, 1])
        self._is_blocking = np.zeros(self._firms, np.bool_)
        self._is_blocking[both_ways[:, 0]] = True
        self._closed = np.unique(
            problem.closed[:, 0] * len(problem.offerings) + problem.closed[:, 1]
        )
        self._has_closed = np.zeros(len(problem.needs), np.bool_)
        self._has_closed[problem.closed[:, 0]] = True

    def mask(self, need: Rows, offering: Rows) -> Bools:
        """True where the pair may meet. Which items and firms take part is decided before."""
        buyer, seller = self._needs.firm[need], self._offerings.firm[offering]
        good: Bools = self._country[buyer] != self._country[seller]
        good &= self._may_be_met[buyer] | self._may_be_met[seller]
        theirs = self._offerings.cooperation[offering]
        good &= (self._accepts[need] & theirs) != 0
        self._narrow(good, self._has_required[need], need, offering, self._has_certifications)
        limited = ~np.isnan(self._needs.max_lead_days[need])
        self._narrow(good, limited, need, offering, self._is_quick_enough)
        whole = self._needs.is_volume_required[need]
        self._narrow(good, whole, need, offering, self._has_the_volume)
        self._narrow(good, self._is_blocking[buyer], need, offering, self._may_meet)
        self._narrow(good, self._has_closed[need], need, offering, self._is_not_closed)
        return good

    @staticmethod
    def _narrow(
        good: Bools,
        concerned: Bools,
        need: Rows,
        offering: Rows,
        rule: Callable[[Rows, Rows], Bools],
    ) -> None:
        """Apply `rule` only where it can matter."""
        where = np.flatnonzero(good & concerned)
        if len(where):
            good[where] = rule(need[where], offering[where])

    def _has_certifications(self, need: Rows, offering: Rows) -> Bools:
        lacking = (
            self._needs.required_certifications[need] & ~self._offerings.certifications[offering]
        )
        return ~(lacking.any(axis=1) & self._offerings.are_certifications_known[offering])

    def _is_quick_enough(self, need: Rows, offering: Rows) -> Bools:
        return ~(self._offerings.lead_days[offering] > self._needs.max_lead_days[need])

    def _has_the_volume(self, need: Rows, offering: Rows) -> Bools:
        comparable = self._needs.dimension[need] == self._offerings.dimension[offering]
        return ~(comparable & (self._offerings.volume[offering] < self._needs.volume[need]))

    def _may_meet(self, need: Rows, offering: Rows) -> Bools:
        pair = (
            self._needs.firm[need].astype(np.int64) * self._firms + self._offerings.firm[offering]
        )
        return ~_is_among(pair, self._blocked)

    def _is_not_closed(self, need: Rows, offering: Rows) -> Bools:
        pair = need.astype(np.int64) * len(self._offerings) + offering
        return ~_is_among(pair, self._closed)


def accepted_cooperations(cooperation: Words) -> Words:
    """Masks of the types that go with each mask; an unstated type (0) goes with all."""
    accepted = cooperation.copy()
    for first, second in COMPATIBLE:
        a, b = np.uint32(COOPERATIONS.index(first)), np.uint32(COOPERATIONS.index(second))
        one = np.uint32(1)
        accepted |= ((cooperation >> a) & one) << b | ((cooperation >> b) & one) << a
    return np.where(cooperation == 0, np.uint32(0xFFFFFFFF), accepted)


class Index:
    """Needs against the offerings of the other country, ready for blockwise retrieval.

    `needs`: (n, features), cut to the budget; `offerings`: (features, m). The needs' numbers are
    complex so that one product gives two sums: the real part is the share of all features, the
    imaginary part the share of the words alone.
    """

    def __init__(self, problem: Problem, need_rows: Ints, offering_rows: Ints) -> None:
        self.need_rows = need_rows
        self.offering_rows = offering_rows
        needs = problem.needs.features.take(need_rows).words
        offerings = problem.offerings.features.take(offering_rows).words
        wanted, said, numbers = _numbered(slots(needs.values), slots(offerings.values))
        frequency = np.bincount(said, minlength=numbers)
        idf = np.log((len(offerings) + 1.0) / (np.arange(len(offerings) + 1) + 0.5)) + _IDF_BASE
        idf = np.maximum(idf, 0.05).astype(np.float32)
        budget = problem.policy.posting_budget * max(1.0, _FULL_MARKET / max(len(offerings), 1))
        kept = _rarest(needs, frequency[wanted], budget)
        used = np.unique(wanted[kept])
        column = np.full(numbers, -1, np.int32)  # -1: no need is looked up by it
        column[used] = np.arange(len(used))
        weight = _channel_weights(needs.values) * idf[frequency[wanted]]
        self.needs = _need_matrix(needs, weight, kept, column[wanted[kept]], len(used))
        weight = _channel_weights(offerings.values) * idf[frequency[said]]
        size = _sizes(offerings, weight)
        focus = np.sqrt(np.quantile(size, 0.05) / size).clip(_LEAST_FOCUS, 1) if len(size) else size
        credit = np.sqrt(np.median(size) / size).clip(_LEAST_CREDIT, 1) if len(size) else size
        #: (offerings,): what takes the focus out of a share of words and puts the credit in.
        self.credit: Floats = (credit / focus).astype(np.float32)
        self.offerings = _offering_matrix(offerings, focus, column[said], len(used))

    def overlaps(self, first: int, last: int) -> tuple[Longs, Ints, NDArray[np.complex64]]:
        """(row, offering column, shares covered) of all pairs of rows [first, last) that touch."""
        product = self.needs[first:last] @ self.offerings
        row = np.repeat(np.arange(last - first), np.diff(product.indptr))
        return row, product.indices, product.data


def _numbered(wanted: Ints, said: Ints) -> tuple[Ints, Ints, int]:
    """The features' hashes as table indices below the third value; few hashes get few indices."""
    if len(wanted) + len(said) > _MANY:
        return wanted, said, 1 << HASH_BITS
    found, number = np.unique(np.concatenate((wanted, said)), return_inverse=True)
    first, second = np.split(number.astype(np.int32), [len(wanted)])
    return first, second, len(found)


def _channel_weights(words: Words) -> Floats:
    weight = np.zeros(16, np.float32)
    for channel, value in CHANNEL_WEIGHTS.items():
        weight[channel] = value
    return weight[channels(words)]


def _need_matrix(
    needs: Ragged, weight: Floats, kept: Longs, column: Ints, width: int
) -> sparse.csr_array:
    """Shares of all of a need's features; those not `kept` count in the whole only."""
    words, row = needs.values, needs.row_of_value
    carried = (weight * levels(words)) ** 2
    spoken = np.where(np.isin(channels(words), WORD_CHANNELS), carried, 0)
    whole = np.maximum(np.bincount(row, carried, len(needs)), 1e-9)
    spoken_whole = np.maximum(np.bincount(row, spoken, len(needs)), 1e-9)
    row = row[kept]
    shares = carried[kept] / whole[row] + 1j * (spoken[kept] / spoken_whole[row])
    start = np.searchsorted(row, np.arange(len(needs) + 1))
    return sparse.csr_array((shares.astype(np.complex64), column, start), (len(needs), width))


def _sizes(offerings: Ragged, weight: Floats) -> NDArray[np.float64]:
    """How much each offering says: the length of its vector, never 0."""
    said = (weight * levels(offerings.values)) ** 2
    return np.sqrt(np.bincount(offerings.row_of_value, said, len(offerings))) + 1e-9


def _offering_matrix(
    offerings: Ragged, focus: NDArray[np.float64], column: Ints, width: int
) -> sparse.csr_array:
    """How firmly an offering says each feature, less the more it says altogether."""
    row, level = offerings.row_of_value, levels(offerings.values)
    used = np.flatnonzero(column >= 0)
    value = (level[used] * focus[row[used]]).astype(np.complex64)
    return sparse.csr_array((value, (column[used], row[used])), (width, len(offerings)))


def retrieve(index: Index, eligibility: Eligibility, first: int, last: int, count: int) -> Pairs:
    """The `count` eligible offerings that cover each need of rows [first, last) best.

    By need, then by falling overlap; equals by the offering's id. At most 4096 rows at once.
    """
    row, column, shares = index.overlaps(first, last)
    worth = np.flatnonzero(shares.real >= _LEAST_OVERLAP)
    row, column, shares = row[worth], column[worth], shares[worth]
    need, offering = index.need_rows[first + row], index.offering_rows[column]
    # Few pairs are ineligible, so it is enough to look at a reserve, and at all pairs only of
    # those needs for which the reserve was not enough.
    reserve = best_of_each(row, shares.real, column, _RESERVE * count)
    good = reserve[eligibility.mask(need[reserve], offering[reserve])]
    found = np.bincount(row[good], minlength=last - first)
    looked_at = np.bincount(row[reserve], minlength=last - first)
    short = (found < count) & (looked_at < np.bincount(row, minlength=last - first))
    if short.any():
        rest = np.flatnonzero(short[row])
        rest = rest[eligibility.mask(need[rest], offering[rest])]
        good = np.concatenate((good[~short[row[good]]], rest))
    kept = good[best_of_each(row[good], shares.real[good], column[good], count)]
    wording = np.minimum(shares.imag[kept] * index.credit[column[kept]], np.float32(1))
    return Pairs(need[kept], offering[kept], wording)


def best_of_each(row: Longs, value: Floats, column: Ints, count: int) -> Longs:
    """Positions of the `count` greatest values of each row, by row, falling value, column.

    One sort of packed integers; values must lie in [0, 2), rows below 4096, columns below 2**22.
    """
    falling = np.uint64((1 << _VALUE_BITS) - 1) - value.astype(np.float32).view(np.uint32)
    packed = (
        row.astype(np.uint64) << np.uint64(_VALUE_BITS + _COLUMN_BITS)
        | falling << np.uint64(_COLUMN_BITS)
        | column.astype(np.uint64)
    )
    order = np.argsort(packed)  # all are distinct: a row meets a column once
    return order[_place_in_row(row[order]) < count]


def _rarest(words: Ragged, frequency: Longs, budget: float) -> Longs:
    """Positions of the features a need is looked up by: those that offerings have, rarest first,
    until about `budget` offerings are touched, but at least three."""
    row = words.row_of_value
    place = np.arange(len(row)) - words.start[row]
    met = np.flatnonzero(frequency)
    packed = (
        row[met].astype(np.uint64) << np.uint64(40)
        | np.minimum(frequency[met], (1 << 24) - 1).astype(np.uint64) << np.uint64(16)
        | np.minimum(place[met], (1 << 16) - 1).astype(np.uint64)
    )
    packed = np.sort(packed)
    row = (packed >> np.uint64(40)).astype(np.int64)
    position = words.start[row] + (packed & np.uint64(0xFFFF)).astype(np.int64)
    touched = np.cumsum(frequency[position], dtype=np.int64)
    place = _place_in_row(row)
    before = (touched - frequency[position])[np.arange(len(row)) - place]
    return position[(touched - before <= budget) | (place < _LEAST_FEATURES)]


def _place_in_row(row: Longs) -> Longs:
    """0, 1, 2 … within each run of equal rows."""
    first = begins_run(row)
    here = np.arange(len(row))
    return here - np.maximum.accumulate(np.where(first, here, 0))


def _is_among(values: Longs, ordered: Longs) -> Bools:
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[place] == values
