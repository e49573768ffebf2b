"""Which offerings each need gets to see: look-up by rare features, rules, and the best few."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel, part
from matching.engine.kernels.choosing import GAPS, choose, scratch_for, sort
from matching.engine.kernels.postings import number_of

LEAST_OVERLAP = np.float32(0.005)  # a pair that shares less is about something else
STEPS = 256


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
def gather(postings, scratch, kept, sums, touched, count):
    """Add the need's features, by their numbers, to all columns that say them.

    Returns how many columns are touched.
    """
    if len(postings.packed) == 0:
        return count
    # The lists stand anywhere in memory: asked for one after the other, they arrive together.
    seen = np.uint32(0)
    for k in range(kept):
        number = scratch.number[k]
        if number >= 0:
            scratch.first[k], scratch.last[k] = postings.start[number], postings.start[number + 1]
        else:
            scratch.first[k], scratch.last[k] = 0, 0
    for k in range(kept):
        seen ^= postings.packed[scratch.first[k]]
    scratch.frequency[0] = seen
    for k in range(kept):
        share = scratch.share[k]
        for place in range(scratch.first[k], scratch.last[k]):
            packed = postings.packed[place]
            column = np.uint64(packed >> np.uint32(4))
            level = np.float32(packed & np.uint32(15))
            before = sums[column]
            touched[count] = column
            count += before == 0
            sums[column] = before + share * level
    return count


@part
def renumber(postings, scratch, kept):
    """The numbers of the need's features in another vocabulary."""
    for k in range(kept):
        scratch.number[k] = number_of(postings.known, scratch.slot[k])


@part
def weigh(sums, touched, count, focus, worth, steps):
    """Write the overlaps of the touched columns, and how many there are in each step."""
    steps[:] = 0
    for k in range(count):
        column = np.uint64(touched[k])
        value = np.float32(sums[column] * focus[column])
        worth[k] = value
        steps[step_of(value)] += 1


@part
def below(steps, step, wanted):
    """The step down to which, from under `step`, there are `wanted` columns; 0: all."""
    while step > 0 and wanted > 0:
        step -= 1
        wanted -= steps[step]
    return step


@part
def step_of(value):
    """0 to 255, rising with an overlap by sixteen a power of two from 2**-14 to 2."""
    return min(max((np.float32(value).view(np.int32) >> 19) - (113 << 4), 0), STEPS - 1)


@part
def sort_with(keys, columns, count):
    """The first `count` keys in falling order, and their columns with them."""
    for gap in GAPS:
        for place in range(gap, count):
            key, column, here = keys[place], columns[place], place
            while here >= gap and keys[here - gap] < key:
                keys[here], columns[here] = keys[here - gap], columns[here - gap]
                here -= gap
            keys[here], columns[here] = key, column


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

    `rows`: needs; need i says `words[begin[i]:end[i]]`. `base` and `more` list disjoint columns;
    the features of `base` have the numbers they have in `statistics`, or it is empty.
    Returns (start (n + 1,), offering row, share, least (n,)): need i has the pairs
    [start[i], start[i + 1]); `least` is the overlap from which one more would get in.
    """
    count = len(rows)
    start = np.zeros(count + 1, np.int64)
    found = np.empty(count * size, np.int32)
    share = np.empty(count * size, np.float32)
    least = np.full(count, LEAST_OVERLAP, np.float32)
    longest = 1
    for i in range(count):
        longest = max(longest, end[i] - begin[i])
    scratch = scratch_for(longest)
    sums = np.zeros(len(columns.row), np.float32)
    touched = np.empty(len(columns.row) + 1, np.int32)
    worth = np.empty(len(columns.row), np.float32)
    steps = np.zeros(STEPS, np.int32)
    keys, which = np.empty(len(columns.row), np.uint64), np.empty(len(columns.row), np.int32)
    for i in range(count):
        need, row = needs[rows[i]], rows[i]
        kept = choose(words, begin[i], end[i], statistics, weighing, scratch)
        reached = gather(base, scratch, kept, sums, touched, 0)
        if len(more.packed):
            renumber(more, scratch, kept)
            reached = gather(more, scratch, kept, sums, touched, reached)
        weigh(sums, touched, reached, columns.focus, worth, steps)
        held, step = 0, STEPS
        while held < size and step > 0:
            # Few pairs are ineligible: those that promise most are mostly enough.
            upper, step = step, below(steps, step, 8 + (size - held) * 3 // 2)
            picked = held
            for k in range(reached):
                if step <= step_of(worth[k]) < upper and worth[k] >= LEAST_OVERLAP:
                    keys[picked], which[picked] = np.uint64(k), columns.row[np.uint64(touched[k])]
                    picked += 1
            # As with lists: ask for all records before any is judged.
            seen = np.uint32(0)
            for k in range(held, picked):
                seen ^= offerings[max(which[k], 0)].cooperation
            scratch.frequency[0] = seen
            for k in range(held, picked):
                place, offering = keys[k], which[k]
                if offering < 0:
                    continue
                if may_meet(need, offerings[offering], row, offering, rules):
                    column = np.uint64(touched[place])
                    bits = np.uint64(np.float32(worth[place]).view(np.uint32))
                    last = np.uint64(0xFFFFFFFF - columns.order[column])
                    keys[held], which[held] = bits << np.uint64(32) | last, column
                    held += 1
        sort_with(keys, which, held)
        if held >= size:
            held = size
            least[i] = np.uint32(keys[held - 1] >> np.uint64(32)).view(np.float32)
        for k in range(held):
            column = which[k]
            found[start[i] + k] = columns.row[column]
            covered = sums[column] * columns.credit[column]
            share[start[i] + k] = min(covered, np.float32(1))
        start[i + 1] = start[i] + held
        for k in range(reached):
            sums[np.uint64(touched[k])] = 0
    return start, found[: start[count]], share[: start[count]], least


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
