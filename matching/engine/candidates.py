"""Which offerings are worth a closer look for which need: eligibility and retrieval.

Retrieval is a sparse product: a need holds, for each of its features, the share of the need that
the feature carries; an offering holds how firmly it says it; so the product is the share of the
need that the offering covers, in [0, 1]. Of each need only the rarest features are used, as many
as touch about `posting_budget` offerings: the work grows with the number of needs, not with the
number of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine import kernels
from matching.engine.features import Channel
from matching.engine.kernels import Added, Columns, Postings, Statistics, Weighing
from matching.engine.records import Facts
from matching.engine.types import (
    Bools,
    Features,
    Floats,
    Ints,
    Longs,
    Policy,
    Problem,
    Ragged,
    Words,
)

#: What a feature family is worth; found on the development headings and planted matches.
CHANNEL_WEIGHTS: Final = {
    Channel.CONCEPT: 1.0,
    Channel.PAIR: 0.7,
    Channel.TRIPLE: 0.4,
    Channel.SYLLABLES_2: 0.9,
    Channel.SYLLABLES_3: 0.4,
    Channel.SOUNDS: 0.8,
    Channel.SKELETON: 0.5,
    Channel.WORD: 0.9,
    Channel.HS2: 0.2,
    Channel.HS4: 0.7,
    Channel.HS6: 0.9,
    Channel.HS4_CONCEPT: 0.7,
}
Rows = NDArray[np.integer[Any]]

_IDF_BASE: Final = 0.6  # even a word in every offering says a little
_LEAST_IDF: Final = 0.05
_FOCUS: Final = 0.7  # power of an offering's size by which its overlaps count less
_LEAST_FOCUS: Final = 0.05  # in the order of candidates
_CREDIT: Final = (0.2, 2.0)  # what an overlap with a long and with a short offering counts for
_FULL_MARKET: Final = 40_000  # offerings for which the budget is meant; fewer can afford more
_GROWTH: Final = 0.2  # power by which more of them are given more


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Candidate pairs; rows of `Problem.needs` and `.offerings`; those of a need together."""

    need: Ints
    offering: Ints
    share: Floats  # of all that the need says, what the offering covers

    def __len__(self) -> int:
        return len(self.need)


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """`pairs` of needs: need i has [start[i], start[i + 1]), by falling overlap, then id.

    `overlap`: of each pair, by which it is in its place.
    """

    pairs: Pairs
    start: Longs
    overlap: Floats


def matchable_needs(problem: Problem) -> Ints:
    """Rows of the needs that take part: the order of the blocks.

    By country, then by their foremost concept, so that needs that follow one another look into
    the same lists and at the same offerings; then by id.
    """
    needs, firms = problem.needs, problem.firms
    rows = np.flatnonzero(needs.is_open & firms.is_eligible[needs.firm])
    topic = _topics(needs.features.concepts)[rows]
    order = np.lexsort((needs.ids[rows], topic, firms.country[needs.firm[rows]]))
    return rows[order].astype(np.int32)


def by_topic(features: Features, ids: NDArray[Any]) -> Longs:
    """The order of rows in which what is alike stands together: work on them goes fastest so."""
    return np.lexsort((ids, _topics(features.concepts)))


def _topics(concepts: Ragged) -> Words:
    """The firmest concept of each row, of equals that of the least key; the last for none."""
    level = concepts.values & np.uint32(15)
    firmest = (np.uint32(15) - level) << np.uint32(28) | concepts.values >> np.uint32(4)
    topic = np.full(len(concepts), np.iinfo(np.uint32).max, np.uint32)
    named = concepts.lengths > 0
    if len(firmest):
        topic[named] = np.minimum.reduceat(firmest, concepts.start[:-1][named])
    return topic


def matchable_offerings(problem: Problem, country: int) -> Ints:
    """Rows of the offerings of `country` that take part, by their foremost concept and id."""
    offerings, firms = problem.offerings, problem.firms
    takes_part = offerings.is_open & firms.is_eligible[offerings.firm]
    rows = np.flatnonzero(takes_part & (firms.country[offerings.firm] == country))
    topic = _topics(offerings.features.concepts)[rows]
    return rows[np.lexsort((offerings.ids[rows], topic))].astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """What weighs features and offerings against each other: the statistics of one market side.

    `features`: how many offerings say each. `small`, `typical`: how much the offering at the 5th
    percentile and the middle one say.
    """

    features: Statistics
    offerings: int
    small: float
    typical: float


class Index:
    """The needs of one country against the offerings of the other.

    Frequencies and sizes are those of these offerings, or of an earlier state given by `scale`.
    """

    def __init__(
        self, problem: Problem, need_rows: Ints, offering_rows: Ints, scale: Scale | None = None
    ) -> None:

        self.need_rows = need_rows
        self.offering_rows = offering_rows
        self.need_words = problem.needs.features.words
        said = problem.offerings.features.words
        begin, end = bounds(said, offering_rows)
        if scale:
            features = scale.features
            self.postings, self.added = no_postings(), added(said.values, begin, end, 0)
        else:
            self.postings, frequency = postings(said.values, begin, end)
            features = _statistics(self.postings.known, frequency, len(begin))
            self.added = nothing_added()
        self.weighing: Weighing = weighing(problem.policy, scale.offerings if scale else len(begin))
        size = kernels.lengths(said.values, begin, end, *features, self.weighing.channel)
        self.scale = scale or Scale(
            features,
            len(begin),
            float(np.quantile(size, 0.05)) if len(size) else 1.0,
            float(np.median(size)) if len(size) else 1.0,
        )
        by_id = np.argsort(problem.offerings.ids[offering_rows], kind="stable")
        order = np.empty(len(by_id), np.uint32)
        order[by_id] = np.arange(len(by_id), dtype=np.uint32)
        self.columns: Columns = columns(self.scale, offering_rows, order, size)


def postings(words: Words, begin: Longs, end: Longs) -> tuple[Postings, NDArray[np.int32]]:
    """The lists of the items `words[begin[i]:end[i]]`; their lengths."""
    known, frequency = kernels.vocabulary(words, begin, end)
    start = np.concatenate(([0], np.cumsum(frequency, dtype=np.int64)))
    packed = kernels.fill(words, begin, end, known, start)
    return kernels.Postings(known, start, packed), frequency


def added(words: Words, begin: Longs, end: Longs, first: int) -> Added:
    """The same lists for few items; they count from `first`."""
    said, item = gathered(words, begin, end)
    packed = (item + first).astype(np.uint32) << np.uint32(4) | said & np.uint32(15)
    slot = said >> np.uint32(4) & np.uint32(0xFFFFFF)
    order = np.argsort(slot, kind="stable")
    return kernels.Added(slot[order], packed[order])


def gathered(words: Words, begin: Longs, end: Longs) -> tuple[Words, Longs]:
    """All of `words[begin[i]:end[i]]`, one item after the other, and the item that says each."""
    lengths = end - begin
    ends = np.cumsum(lengths)
    where = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - ends + lengths, lengths)
    return words[where], np.repeat(np.arange(len(begin)), lengths)


def columns(scale: Scale, rows: Ints, order: Words, size: NDArray[np.float64]) -> Columns:
    """Offerings as columns; `order` rises with the id, `size` is how much each says."""

    size = np.maximum(size, 1e-9)
    focus = ((scale.small / size) ** _FOCUS).clip(_LEAST_FOCUS, 1)
    credit = (scale.typical / size).clip(*_CREDIT)
    return kernels.Columns(
        rows,
        order,
        focus.astype(np.float32),
        credit.astype(np.float32),
    )


def weighing(policy: Policy, offerings: int) -> Weighing:
    """The weights of the feature families, and the budget for a market side of `offerings`."""

    channel = np.zeros(16, np.float32)
    for name, weight in CHANNEL_WEIGHTS.items():
        channel[name] = weight
    crowd = max(offerings, 1) / _FULL_MARKET
    budget = policy.posting_budget * (crowd**_GROWTH if crowd > 1 else 1 / crowd)
    return kernels.Weighing(channel, budget)


def retrieve(index: Index, facts: Facts, first: int, last: int, count: int) -> Retrieved:
    """The `count` eligible offerings that cover each need of rows [first, last) best."""

    rows = index.need_rows[first:last]
    begin, end = bounds(index.need_words, rows)
    start, offering, share, overlap = kernels.retrieve(
        rows,
        begin,
        end,
        index.need_words.values,
        facts.needs,
        facts.offerings,
        index.scale.features,
        index.postings,
        index.added,
        index.columns,
        kernels.Rules(facts.blocked, facts.closed, facts.only_with_prospects),
        index.weighing,
        count,
    )
    need = np.repeat(rows, np.diff(start))
    return Retrieved(Pairs(need, offering, share), start, overlap)


def eligible(facts: Facts, need: Rows, offering: Rows) -> Bools:
    """True where the pair may meet. Which items and firms take part is decided before."""

    rules = kernels.Rules(facts.blocked, facts.closed, facts.only_with_prospects)
    rows = (np.ascontiguousarray(part, np.int32) for part in (need, offering))
    return kernels.eligible(facts.needs, facts.offerings, rules, *rows)


def _statistics(known: Any, frequency: Ints, offerings: int) -> Statistics:
    frequency = np.append(frequency, np.int32(0))
    idf = np.log((offerings + 1.0) / (frequency + 0.5)) + _IDF_BASE
    rarity = np.stack([frequency, np.maximum(idf, _LEAST_IDF)], axis=1).astype(np.float32)
    return kernels.Statistics(known, rarity)


def no_postings() -> Postings:
    known = np.zeros((0, 2), np.uint64)
    return kernels.Postings(known, np.zeros(1, np.int64), np.zeros(0, np.uint32))


def nothing_added() -> Added:
    return kernels.Added(np.zeros(0, np.uint32), np.zeros(0, np.uint32))


def bounds(words: Ragged, rows: Ints) -> tuple[Longs, Longs]:
    """Where the words of the given rows begin and end."""
    return words.start[:-1][rows], words.start[1:][rows]
