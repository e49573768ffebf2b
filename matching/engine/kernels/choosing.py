"""By which of its features a need is looked up: the rarest, as many as its budget allows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import part
from matching.engine.kernels.postings import number_of, slot_of

WHOLE = 1 << 28  # all that a need says, as an integer: such sums are the same in any order
_LEAST_FEATURES = 3  # of a need, however common they are
GAPS = (301, 132, 57, 23, 10, 4, 1)  # of Shell's sort (Ciura 2001)


class Statistics(NamedTuple):
    """How rare features are, which a whole generation of an index keeps.

    `known`: as in Postings; `rarity` (n + 1, 2) float32: by feature number how many offerings say
    it, and its weight for that (idf); the last row is that of features that no offering had.
    """

    known: Any
    rarity: Any


class Weighing(NamedTuple):
    """`channel` float32 (16,): what a feature family is worth."""

    channel: Any
    budget: float


class Scratch(NamedTuple):
    """Room for one need's features: see `choose` and `gather`; `keys` for sorting."""

    frequency: Any
    carried: Any
    number: Any
    first: Any
    last: Any
    slot: Any
    share: Any
    keys: Any


@part
def scratch_for(size):
    return Scratch(
        np.empty(size, np.float32),
        np.empty(size, np.float64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.uint64),
        np.empty(size, np.int32),
        np.empty(size, np.uint64),
    )


@part
def sort(values, count):
    """The first `count` values in rising order."""
    for gap in GAPS:
        for place in range(gap, count):
            value, here = values[place], place
            while here >= gap and values[here - gap] > value:
                values[here] = values[here - gap]
                here -= gap
            values[here] = value


@part
def cut(frequency, count, budget, keys):
    """The greatest (frequency << 32 | place) that the budget allows.

    Features are taken by rising frequency, then place, as many as touch about `budget` offerings,
    but at least three that offerings have. They are counted by powers of two first; only those of
    the power in which the budget ends are sorted.
    """
    touched, met = np.zeros(32, np.float64), np.zeros(32, np.int64)
    for place in range(count):
        power = power_of(frequency[place])
        touched[power] += frequency[place]
        met[power] += frequency[place] > 0
    last, spent, taken = 0, 0.0, 0
    while last < 31 and (spent + touched[last] <= budget or taken + met[last] <= _LEAST_FEATURES):
        spent += touched[last]
        taken += met[last]
        last += 1
    held = 0
    for place in range(count):
        if power_of(frequency[place]) == last:
            keys[held] = np.uint64(frequency[place]) << np.uint64(32) | np.uint64(place)
            held += 1
    sort(keys, held)
    limit = np.uint64(1) << np.uint64(last + 31)  # before the first feature of this power
    for k in range(held):
        spent += np.float64(keys[k] >> np.uint64(32))
        taken += 1
        if spent > budget and taken > _LEAST_FEATURES:
            break
        limit = keys[k]
    return limit


@part
def power_of(frequency):
    """0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7 …"""
    return np.int64(np.float32(frequency).view(np.int32) >> 23) - 126 if frequency > 0 else 0


@part
def choose(words, begin, end, statistics, weighing, scratch):
    """How many features a need is looked up by; they come first in `scratch`.

    `scratch.share`: what one level of 15 of a feature is of `WHOLE`. Features that no offering of
    the statistics has cost nothing and are all kept; their number is -1.
    """
    whole = 1e-9
    count = end - begin
    for place in range(count):
        word = words[begin + place]
        number = number_of(statistics.known, slot_of(word))
        channel = word >> np.uint32(28)
        weight = np.float64(weighing.channel[channel] * statistics.rarity[number, 1])
        weight *= np.float64(word & np.uint32(15)) / 15.0
        whole += weight * weight
        scratch.frequency[place] = statistics.rarity[number, 0]
        scratch.carried[place] = weight * weight
        scratch.number[place] = number
    limit = cut(scratch.frequency, count, weighing.budget, scratch.keys)
    kept = 0
    for place in range(count):
        key = np.uint64(scratch.frequency[place]) << np.uint64(32) | np.uint64(place)
        if key <= limit:
            scratch.slot[kept] = slot_of(words[begin + place])
            scratch.number[kept] = scratch.number[place]
            share = scratch.carried[place] / whole / 15.0 * WHOLE
            scratch.share[kept] = max(np.int32(share + 0.5), np.int32(1))
            kept += 1
    return kept
