"""Which offerings are worth a closer look for which need: eligibility and retrieval.

Retrieval is one sparse product a block of needs. A need's vector holds, for each of its features,
the share of the need that the feature carries; an offering's holds how firmly it says it; so the
product is the share of the need that the offering covers, in [0, 1]. Of each need only the rarest
features are used, as many as touch about `posting_budget` offerings: the work grows with the
number of needs, not with the number of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.features import HASH_BITS, Channel, channels, levels, slots
from matching.engine.types import (
    COMPATIBLE,
    COOPERATIONS,
    Bools,
    Features,
    Floats,
    Ints,
    Longs,
    Needs,
    Offerings,
    Policy,
    Problem,
    Words,
)

#: What a feature family is worth; found on the development headings and planted matches.
CHANNEL_WEIGHTS: Final = {
    Channel.CONCEPT: 1.5,
    Channel.PAIR: 0.9,
    Channel.TRIPLE: 0.6,
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
_IDF_BASE: Final = 0.6  # even a word in every offering says a little
_LEAST_FEATURES: Final = 3  # of a need, however common they are
_LONGEST_PENALTY: Final = 0.5  # a catalogue of everything covers any need; it counts half at worst
_VALUE_BITS, _OFFERING_BITS = 30, 22


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Candidate pairs with their retrieval value; rows of `Problem.needs` and `.offerings`."""

    need: Ints
    offering: Ints
    overlap: Floats  # share of all the need's features; orders the candidates
    wording: Floats  # share of its words alone

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
        self._accepts = accepted_cooperations(problem.needs.cooperation)
        self._has_required = problem.needs.required_certifications.any(axis=1)
        both_ways = np.concatenate((problem.blocked, problem.blocked[:, ::-1]))
        self._blocked = np.unique(both_ways[:, 0] * self._firms + both_ways[:, 1])
        self._is_blocking = np.zeros(self._firms, np.bool_)
        self._is_blocking[both_ways[:, 0]] = True
        self._closed = np.unique(
            problem.closed[:, 0] * len(problem.offerings) + problem.closed[:, 1]
        )
        self._has_closed = np.zeros(len(problem.needs), np.bool_)
        self._has_closed[problem.closed[:, 0]] = True

    def mask(self, need: NDArray[np.integer], offering: NDArray[np.integer]) -> Bools:
        """True where the pair may meet. Which items and firms take part is decided before."""
        buyer, seller = self._needs.firm[need], self._offerings.firm[offering]
        good = self._country[buyer] != self._country[seller]
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
    def _narrow(good: Bools, concerned: Bools, need, offering, rule) -> None:  # type: ignore[no-untyped-def]
        """Apply `rule` only where it can matter."""
        where = np.flatnonzero(good & concerned)
        if len(where):
            good[where] = rule(need[where], offering[where])

    def _has_certifications(self, need: Ints, offering: Ints) -> Bools:
        lacking = (
            self._needs.required_certifications[need] & ~self._offerings.certifications[offering]
        )
        return ~(lacking.any(axis=1) & self._offerings.are_certifications_known[offering])

    def _is_quick_enough(self, need: Ints, offering: Ints) -> Bools:
        return ~(self._offerings.lead_days[offering] > self._needs.max_lead_days[need])

    def _has_the_volume(self, need: Ints, offering: Ints) -> Bools:
        comparable = self._needs.dimension[need] == self._offerings.dimension[offering]
        return ~(comparable & (self._offerings.volume[offering] < self._needs.volume[need]))

    def _may_meet(self, need: Ints, offering: Ints) -> Bools:
        pair = (
            self._needs.firm[need].astype(np.int64) * self._firms + self._offerings.firm[offering]
        )
        return ~_is_among(pair, self._blocked)

    def _is_not_closed(self, need: Ints, offering: Ints) -> Bools:
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

    def __init__(
        self,
        problem: Problem,
        need_rows: Ints,
        offering_rows: Ints,
    ) -> None:
        self.need_rows = need_rows
        self.offering_rows = offering_rows
        self._policy: Policy = problem.policy
        needs = problem.needs.features.take(need_rows)
        offerings = problem.offerings.features.take(offering_rows)
        frequency = np.bincount(slots(offerings.words.values), minlength=1 << HASH_BITS)
        idf = np.log((len(offerings) + 1.0) / (frequency + 0.5)) + _IDF_BASE
        self._idf: Floats = np.maximum(idf, 0.05).astype(np.float32)
        self._column: Ints = (np.cumsum(frequency > 0) - 1).astype(np.int32)
        self._width = int(self._column[-1]) + 1
        self.needs = self._need_matrix(needs, frequency)
        self.offerings = self._offering_matrix(offerings)

    def overlaps(self, first: int, last: int) -> tuple[Longs, Ints, NDArray[np.complex64]]:
        """(row, offering column, shares covered) of all pairs of rows [first, last) that touch."""
        product = self.needs[first:last] @ self.offerings
        row = np.repeat(np.arange(last - first), np.diff(product.indptr))
        return row, product.indices, product.data

    def _weight(self, words: Words) -> Floats:
        weight = np.zeros(16, np.float32)
        for channel, value in CHANNEL_WEIGHTS.items():
            weight[channel] = value
        return weight[channels(words)] * self._idf[slots(words)]

    def _need_matrix(self, needs: Features, frequency: Longs) -> sparse.csr_array:
        words, row = needs.words.values, needs.words.row_of_value
        carried = (self._weight(words) * levels(words)) ** 2
        is_word = np.isin(channels(words), WORD_CHANNELS)
        share = carried / np.maximum(np.bincount(row, carried, len(needs)), 1e-9)[row]
        spoken = np.where(is_word, carried, 0)
        wording = spoken / np.maximum(np.bincount(row, spoken, len(needs)), 1e-9)[row]
        slot = slots(words)
        met = np.flatnonzero(frequency[slot] > 0)
        # The rarest first; among equals the one that carries more.
        order = met[np.lexsort((slot[met], -share[met], frequency[slot[met]], row[met]))]
        touched = np.cumsum(frequency[slot[order]])
        begins = np.searchsorted(row[order], np.arange(len(needs)))
        before = np.concatenate(([0], touched))[begins]
        place = np.arange(len(order)) - begins[row[order]]
        kept = order[
            (touched - before[row[order]] <= self._policy.posting_budget)
            | (place < _LEAST_FEATURES)
        ]
        return sparse.csr_array(
            (
                (share[kept] + 1j * wording[kept]).astype(np.complex64),
                (row[kept], self._column[slot[kept]]),
            ),
            shape=(len(needs), self._width),
        )

    def _offering_matrix(self, offerings: Features) -> sparse.csr_array:
        words, row = offerings.words.values, offerings.words.row_of_value
        level = levels(words)
        size = np.sqrt(np.bincount(row, (self._weight(words) * level) ** 2, len(offerings)))
        typical = np.median(size) if len(size) else 1.0
        focus = np.sqrt(typical / np.maximum(size, 1e-9)).clip(_LONGEST_PENALTY, 1.0)
        return sparse.csr_array(
            ((level * focus[row]).astype(np.complex64), (self._column[slots(words)], row)),
            shape=(self._width, len(offerings)),
        )


def retrieve(index: Index, eligibility: Eligibility, first: int, last: int, count: int) -> Pairs:
    """The `count` eligible offerings that cover each need of rows [first, last) best.

    By need, then by falling overlap; equals by the offering's id.
    """
    row, column, shares = index.overlaps(first, last)
    need = index.need_rows[first + row]
    offering = index.offering_rows[column]
    good = np.flatnonzero(eligibility.mask(need, offering))
    kept = good[best_of_each(row[good], shares.real[good], column[good], count)]
    overlap, wording = (
        np.minimum(part[kept], np.float32(1)) for part in (shares.real, shares.imag)
    )
    return Pairs(need[kept], offering[kept], overlap, wording)


def best_of_each(row: Longs, value: Floats, column: Ints, count: int) -> Longs:
    """Positions of the `count` greatest values of each row, by row, falling value, column.

    One sort of packed integers; values must lie in [0, 2), rows below 4096.
    """
    falling = np.uint64((1 << _VALUE_BITS) - 1) - value.astype(np.float32).view(np.uint32)
    packed = (
        row.astype(np.uint64) << np.uint64(_VALUE_BITS + _OFFERING_BITS)
        | falling << np.uint64(_OFFERING_BITS)
        | column.astype(np.uint64)
    )
    order = np.argsort(packed, kind="stable")
    begins = np.searchsorted(row[order], np.arange(row.max(initial=-1) + 1))
    place = np.arange(len(order)) - begins[row[order]]
    return order[place < count]


def _is_among(values: Longs, ordered: Longs) -> Bools:
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[place] == values
