"""Which offerings each need gets to see: look-up by rare features, rules, and the best few."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel, part
from matching.engine.kernels.postings import number_of, slot_of

LEAST_OVERLAP = np.float32(0.005)  # a pair that shares less is about something else
_LEAST_FEATURES = 3  # of a need, however common they are
_GAPS = (301, 132, 57, 23, 10, 4, 1)  # of Shell's sort (Ciura 2001)


class Statistics(NamedTuple):
    """How rare features are, which a whole generation of an index keeps.

    `bits`, `rank`: as in Postings; `frequency` int32 and `idf` float32 by feature number, with one
    more value at the end for features that no offering had.
    """

    bits: Any
    rank: Any
    frequency: Any
    idf: Any


class Columns(NamedTuple):
    """The offerings of one country as columns of the product.

    `row` int32: in the offerings, -1 when gone; `order` uint32: rises with the id; `focus`,
    `credit` float32: see docs/engine.md.
    """

    row: Any
    order: Any
    focus: Any
    credit: Any


class Rules(NamedTuple):
    """`blocked`: buyer << 32 | seller, `closed`: need << 32 | offering; both int64, sorted."""

    blocked: Any
    closed: Any
    only_with_prospects: bool


class Weighing(NamedTuple):
    """`channel` float32 (16,): what a feature family is worth; `is_word` bool (16,)."""

    channel: Any
    is_word: Any
    budget: float


@part
def is_among(value, ordered):
    first, last = 0, len(ordered)
    while first < last:
        middle = (first + last) // 2
        if ordered[middle] < value:
            first = middle + 1
        else:
            last = middle
    return first < len(ordered) and ordered[first] == value


@part
def may_meet(need, offering, need_row, offering_row, rules):
    """The rules that are never outscored. An unknown fact is a gap, not a miss."""
    if need.country == offering.country or need.accepts & offering.cooperation == 0:
        return False
    if rules.only_with_prospects and not (need.is_prospect or offering.is_prospect):
        return False
    if need.is_certified_only and offering.are_certifications_known:
        for word in range(len(need.required_certifications)):
            if need.required_certifications[word] & ~offering.certifications[word] != 0:
                return False
    if offering.lead_days > need.max_lead_days:
        return False
    if (
        need.is_volume_required
        and need.dimension == offering.dimension
        and offering.volume < need.volume
    ):
        return False
    if need.is_blocking and is_among(np.int64(need.firm) << 32 | offering.firm, rules.blocked):
        return False
    pair = np.int64(need_row) << 32 | np.int64(offering_row)
    return not (need.has_closed and is_among(pair, rules.closed))


@kernel
def eligible(needs, offerings, rules, need_row, offering_row):
    """For each pair whether it may meet. Which items and firms take part is decided before."""
    result = np.empty(len(need_row), np.bool_)
    for pair in range(len(need_row)):
        n, o = need_row[pair], offering_row[pair]
        result[pair] = may_meet(needs[n], offerings[o], n, o, rules)
    return result


@part
def sort(values, count):
    for gap in _GAPS:
        for place in range(gap, count):
            value, here = values[place], place
            while here >= gap and values[here - gap] > value:
                values[here] = values[here - gap]
                here -= gap
            values[here] = value


@part
def choose(words, begin, end, statistics, weighing, keys, slots, share, spoken):
    """How many features a need is looked up by; their slots and shares of the need are written.

    All that no offering of the statistics has (they cost nothing), then the rarest, as many as
    touch about `budget` offerings, but at least three.
    """
    whole, spoken_whole, count = 1e-9, 1e-9, 0
    for place in range(begin, end):
        word = words[place]
        number = number_of(statistics.bits, statistics.rank, slot_of(word))
        channel = word >> np.uint32(28)
        weight = np.float64(weighing.channel[channel] * statistics.idf[number])
        weight *= np.float64(word & np.uint32(15)) / 15.0
        whole += weight * weight
        if weighing.is_word[channel]:
            spoken_whole += weight * weight
        frequency = np.uint64(statistics.frequency[number])
        keys[count] = frequency << np.uint64(32) | np.uint64(place - begin)
        count += 1
    sort(keys, count)
    touched, met, kept = 0.0, 0, 0
    for k in range(count):
        frequency = np.int64(keys[k] >> np.uint64(32))
        word = words[begin + np.int64(keys[k] & np.uint64(0xFFFFFFFF))]
        touched += frequency
        met += frequency > 0
        if touched > weighing.budget and met > _LEAST_FEATURES:
            break
        slot = slot_of(word)
        number = number_of(statistics.bits, statistics.rank, slot)
        channel = word >> np.uint32(28)
        weight = np.float64(weighing.channel[channel] * statistics.idf[number])
        weight *= np.float64(word & np.uint32(15)) / 15.0
        slots[kept] = slot
        share[kept] = weight * weight / whole
        spoken[kept] = weight * weight / spoken_whole if weighing.is_word[channel] else 0.0
        kept += 1
    return kept


@part
def gather(postings, slot, share, spoken, sums, touched, count):
    """Add a feature of the need to all columns that say it; returns how many are touched."""
    if len(postings.packed) == 0:
        return count
    number = number_of(postings.bits, postings.rank, slot)
    if number < 0:
        return count
    share, spoken = share / np.float32(15), spoken / np.float32(15)
    for place in range(postings.start[number], postings.start[number + 1]):
        packed = postings.packed[place]
        column = np.int64(packed >> np.uint32(4))
        level = np.float32(packed & np.uint32(15))
        touched[count] = column
        count += sums[column, 0] == 0
        sums[column, 0] += share * level
        sums[column, 1] += spoken * level
    return count


@part
def sink(keys, columns, size, place):
    """Put the heap in order again from `place` downwards; the least key is on top."""
    while True:
        child = 2 * place + 1
        if child >= size:
            return
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[place] <= keys[child]:
            return
        keys[place], keys[child] = keys[child], keys[place]
        columns[place], columns[child] = columns[child], columns[place]
        place = child


@part
def rise(keys, columns, place):
    while place and keys[place] < keys[(place - 1) // 2]:
        above = (place - 1) // 2
        keys[place], keys[above] = keys[above], keys[place]
        columns[place], columns[above] = columns[above], columns[place]
        place = above


@part
def falling(keys, columns, size):
    """Empty the heap from its end: the greatest key comes first."""
    for last in range(size - 1, 0, -1):
        keys[0], keys[last] = keys[last], keys[0]
        columns[0], columns[last] = columns[last], columns[0]
        sink(keys, columns, last, 0)


@kernel
def retrieve(
    rows,
    begin,
    end,
    words,
    needs,
    offerings,
    statistics,
    base,
    more,
    columns,
    rules,
    weighing,
    size,
):
    """The `size` eligible offerings that cover each need best, by falling overlap, then order.

    `rows`: needs; need i says `words[begin[i]:end[i]]`; `base` and `more` list disjoint columns.
    Returns (start (n + 1,), offering row, wording, least (n,)): need i has the pairs
    [start[i], start[i + 1]); `least` is the overlap from which one more would get in.
    """
    count = len(rows)
    start = np.zeros(count + 1, np.int64)
    found = np.empty(count * size, np.int32)
    wording = np.empty(count * size, np.float32)
    least = np.full(count, LEAST_OVERLAP, np.float32)
    longest = 1
    for i in range(count):
        longest = max(longest, end[i] - begin[i])
    keys = np.empty(longest, np.uint64)
    slots = np.empty(longest, np.int64)
    share, spoken = np.empty(longest, np.float32), np.empty(longest, np.float32)
    sums = np.zeros((len(columns.row), 2), np.float32)
    touched = np.empty(len(columns.row) + 1, np.int32)
    best, which = np.empty(size, np.uint64), np.empty(size, np.int32)
    for i in range(count):
        kept = choose(words, begin[i], end[i], statistics, weighing, keys, slots, share, spoken)
        reached = 0
        for k in range(kept):
            reached = gather(base, slots[k], share[k], spoken[k], sums, touched, reached)
            reached = gather(more, slots[k], share[k], spoken[k], sums, touched, reached)
        held, need = 0, needs[rows[i]]
        for k in range(reached):
            column = touched[k]
            value = sums[column, 0] * columns.focus[column]
            if value < least[i]:
                continue
            bits = np.uint64(np.float32(value).view(np.uint32))
            key = bits << np.uint64(32) | np.uint64(0xFFFFFFFF - columns.order[column])
            row = columns.row[column]
            if held == size and key <= best[0]:
                continue
            if row < 0 or not may_meet(need, offerings[row], rows[i], row, rules):
                continue
            if held < size:
                best[held], which[held] = key, column
                held += 1
                rise(best, which, held - 1)
            else:
                best[0], which[0] = key, column
                sink(best, which, size, 0)
            if held == size:
                least[i] = np.uint32(best[0] >> np.uint64(32)).view(np.float32)
        falling(best, which, held)
        for k in range(held):
            column = which[k]
            found[start[i] + k] = columns.row[column]
            spoken_of = sums[column, 1] * columns.credit[column]
            wording[start[i] + k] = min(spoken_of, np.float32(1))
        start[i + 1] = start[i] + held
        for k in range(reached):
            sums[touched[k]] = 0
    return start, found[: start[count]], wording[: start[count]], least


@kernel
def best_of_each(start, score, confidence, relevant, least, count):
    """Positions of the `count` best pairs of each need, and how many each has.

    Need i has the pairs [start[i], start[i + 1]). By falling score, then confidence (to 20 bits),
    then position; only where score, confidence and relevance reach `least` (3,).
    """
    needs = len(start) - 1
    result = np.empty(min(start[needs], needs * count), np.int64)
    size = np.zeros(needs, np.int64)
    longest = 1
    for i in range(needs):
        longest = max(longest, start[i + 1] - start[i])
    keys = np.empty(longest, np.uint64)
    total = 0
    for i in range(needs):
        kept = 0
        for pair in range(start[i], start[i + 1]):
            if (
                score[pair] >= least[0]
                and confidence[pair] >= least[1]
                and (relevant[pair] >= least[2])
            ):
                worth = np.uint64((1 << 30) - 1) - np.uint64(
                    np.float32(score[pair]).view(np.uint32)
                )
                sure = np.uint64((1 << 30) - 1) - np.uint64(
                    np.float32(confidence[pair]).view(np.uint32)
                )
                keys[kept] = (
                    worth << np.uint64(34)
                    | sure >> np.uint64(10) << np.uint64(14)
                    | np.uint64(pair - start[i])
                )
                kept += 1
        sort(keys, kept)
        size[i] = min(kept, count)
        for k in range(size[i]):
            result[total] = start[i] + np.int64(keys[k] & np.uint64((1 << 14) - 1))
            total += 1
    return result[:total], size
