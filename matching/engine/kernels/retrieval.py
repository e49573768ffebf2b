"""Which offerings each need gets to see: look-up by rare features, rules, and the best few."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel, part
from matching.engine.kernels.choosing import WHOLE, choose, scratch_for, sort
from matching.engine.kernels.postings import place_of

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
def fits(need, offering, only_with_prospects):
    """The rules that are never outscored, but for the lists. An unknown fact is a gap, not a miss.

    Branches are on the need alone, which is the same for many pairs: the processor foresees them.
    """
    may = (need.country != offering.country) & (need.accepts & offering.cooperation != 0)
    may &= not (offering.lead_days > need.max_lead_days)
    if only_with_prospects:
        may &= (need.is_prospect | offering.is_prospect) != 0
    if need.is_certified_only:
        lacking = np.uint64(0)
        for word in range(len(need.required_certifications)):
            lacking |= need.required_certifications[word] & ~offering.certifications[word]
        may &= (offering.are_certifications_known == 0) | (lacking == 0)
    if need.is_volume_required:
        may &= (need.dimension != offering.dimension) | (not (offering.volume < need.volume))
    return may


@part
def is_listed(need, offering, need_row, offering_row, blocked, closed):
    """Whether the two firms, or this pair, must not meet."""
    if need.is_blocking and is_among(np.int64(need.firm) << 32 | offering.firm, blocked):
        return True
    pair = np.int64(need_row) << 32 | np.int64(offering_row)
    return need.has_closed and is_among(pair, closed)


@kernel
def eligible(needs, offerings, rules, need_row, offering_row):
    """For each pair whether it may meet. Which items and firms take part is decided before."""
    result = np.empty(len(need_row), np.bool_)
    for pair in range(len(need_row)):
        n, o = need_row[pair], offering_row[pair]
        need, offering = needs[n], offerings[o]
        result[pair] = fits(need, offering, rules.only_with_prospects) and not is_listed(
            need, offering, n, o, rules.blocked, rules.closed
        )
    return result


@part
def locate(postings, scratch, kept):
    """Where the lists of the need's features stand, by their numbers."""
    for k in range(kept):
        number = scratch.number[k]
        if number >= 0:
            scratch.first[k], scratch.last[k] = postings.start[number], postings.start[number + 1]
        else:
            scratch.first[k], scratch.last[k] = 0, 0


@part
def search(added, scratch, kept):
    """As `locate`, in short lists."""
    for k in range(kept):
        slot = scratch.slot[k]
        scratch.first[k] = place_of(added.slot, slot)
        scratch.last[k] = place_of(added.slot, slot + np.uint64(1))


@part
def gather(packed, scratch, kept, sums, touched, count):
    """Add the need's features to all columns that say them; returns how many are touched."""
    # The lists stand anywhere in memory: asked for one after the other, they arrive together.
    seen = np.uint32(0)
    for k in range(kept):
        if scratch.first[k] < scratch.last[k]:
            seen ^= packed[scratch.first[k]]
    scratch.frequency[0] = seen
    top = np.uint64(count)  # what cannot be negative is not asked whether it is
    for k in range(kept):
        share = scratch.share[k]
        for place in range(np.uint64(scratch.first[k]), np.uint64(scratch.last[k])):
            entry = packed[place]
            column = np.uint64(entry >> np.uint32(4))
            before = sums[column]
            touched[top] = column
            top += np.uint64(before == np.int32(0))
            sums[column] = before + share * np.int32(entry & np.uint32(15))
    return np.int64(top)


@part
def part_of_whole(total):
    """float32, from a sum of shares."""
    return np.float32(total) * np.float32(1 / WHOLE)


@part
def weigh(sums, touched, count, focus, covered, worth, steps):
    """Write what is covered by the touched columns, their overlaps, and how many there are in
    each step. `sums` is 0 again afterwards."""
    steps[:] = 0
    for k in range(np.uint64(count)):
        column = np.uint64(touched[k])
        covered[k] = part_of_whole(sums[column])
        sums[column] = np.int32(0)
        worth[k] = covered[k] * focus[column]
        steps[np.uint64(step_of(worth[k]))] += 1


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
def bottom_of(step):
    """The least overlap of a step that counts."""
    return max(np.int32((step + (113 << 4)) << 19).view(np.float32), LEAST_OVERLAP)


@part
def pick(worth, count, low, high, picked, places):
    """Write from `picked` on which overlaps are in [low, high); returns how many there are now."""
    top = np.uint64(picked)
    for k in range(np.uint64(count)):
        places[top] = k
        top += np.uint64((worth[k] >= low) & (worth[k] < high))
    return np.int64(top)


@part
def judge(places, held, picked, need, row, touched, worth, offerings, columns, rules, out):
    """Of the places [held, picked) keep those that may meet; returns how many are held now.

    `out`: keys that rise with the overlap and fall with the order, and the places they are of.
    """
    keys, which = out
    row_of, order_of = columns.row, columns.order
    seen = np.uint32(0)
    for k in range(held, picked):  # as with lists: ask for all records before any is judged
        which[k] = row_of[np.uint64(touched[np.uint64(places[k])])]
        seen ^= offerings[np.uint64(max(which[k], 0))].cooperation
    keys[held] = seen
    only_with_prospects = rules.only_with_prospects
    first = held
    for k in range(held, picked):
        place, offering = np.uint64(places[k]), which[k]
        last = np.uint32(0xFFFFFFFF) - order_of[np.uint64(touched[place])]
        bits = np.uint64(np.float32(worth[place]).view(np.uint32))
        keys[held], which[held] = bits << np.uint64(32) | np.uint64(last), place
        may = fits(need, offerings[np.uint64(max(offering, 0))], only_with_prospects)
        held += (offering >= 0) & may
    if need.is_blocking or need.has_closed:
        blocked, closed = rules.blocked, rules.closed
        picked, held = held, first
        for k in range(first, picked):
            offering = row_of[np.uint64(touched[np.uint64(which[k])])]
            keys[held], which[held] = keys[k], which[k]
            held += not is_listed(need, offerings[offering], row, offering, blocked, closed)
    return held


@part
def rank(out, held, steps, ranked):
    """Order what is held by falling keys into `ranked`: by step first, then in its place."""
    keys, which = out
    ordered, where = ranked
    steps[:] = 0
    for k in range(held):
        steps[np.uint64(step_of_key(keys[k]))] += 1
    first = 0
    for step in range(STEPS - 1, -1, -1):
        first, steps[step] = first + steps[step], first
    for k in range(held):
        step = np.uint64(step_of_key(keys[k]))
        ordered[steps[step]], where[steps[step]] = keys[k], which[k]
        steps[step] += 1
    for k in range(1, held):
        key, place, here = ordered[k], where[k], k
        while here > 0 and ordered[here - 1] < key:
            ordered[here], where[here] = ordered[here - 1], where[here - 1]
            here -= 1
        ordered[here], where[here] = key, place


@part
def step_of_key(key):
    return step_of(np.uint32(key >> np.uint64(32)).view(np.float32))


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

    `rows`: needs; need i says `words[begin[i]:end[i]]`. `base` (Postings) and `more` (Added) list
    disjoint columns; features of `base` have the numbers they have in `statistics`, or it is empty.
    Returns (start (n + 1,), offering row, share, overlap): need i has the pairs
    [start[i], start[i + 1]).
    """
    count = len(rows)
    start = np.zeros(count + 1, np.int64)
    found = np.empty(count * size, np.int32)
    share = np.empty(count * size, np.float32)
    overlap = np.empty(count * size, np.float32)
    longest = 1
    for i in range(count):
        longest = max(longest, end[i] - begin[i])
    scratch = scratch_for(longest)
    sums = np.zeros(len(columns.row), np.int32)
    touched = np.empty(len(columns.row) + 1, np.int32)
    worth = np.empty(len(columns.row), np.float32)
    covered = np.empty(len(columns.row), np.float32)
    steps = np.zeros(STEPS, np.int32)
    places = np.empty(len(columns.row) + 1, np.int32)
    held_ones = np.empty(len(columns.row) + 1, np.uint64), np.empty(len(columns.row) + 1, np.int32)
    ranked = np.empty(len(columns.row) + 1, np.uint64), np.empty(len(columns.row) + 1, np.int32)
    row_of, credit = columns.row, columns.credit
    for i in range(count):
        need, row = needs[rows[i]], rows[i]
        kept = choose(words, begin[i], end[i], statistics, weighing, scratch)
        reached = 0
        if len(base.packed):
            locate(base, scratch, kept)
            reached = gather(base.packed, scratch, kept, sums, touched, reached)
        if len(more.packed):
            search(more, scratch, kept)
            reached = gather(more.packed, scratch, kept, sums, touched, reached)
        weigh(sums, touched, reached, columns.focus, covered, worth, steps)
        held, step, high = 0, STEPS, np.float32(np.inf)
        while held < size and step > 0:
            # Not all of them may meet: twice as many of the best are mostly enough.
            step = below(steps, step, 8 + (size - held) * 2)
            low = bottom_of(step)
            picked = pick(worth, reached, low, high, held, places)
            held = judge(
                places,
                held,
                picked,
                need,
                row,
                touched,
                worth,
                offerings,
                columns,
                rules,
                held_ones,
            )
            high = low
        rank(held_ones, held, steps, ranked)
        held = min(held, size)
        for k in range(held):
            place = np.uint64(ranked[1][k])
            column = np.uint64(touched[place])
            found[start[i] + k] = row_of[column]
            share[start[i] + k] = min(covered[place] * credit[column], np.float32(1))
            overlap[start[i] + k] = worth[place]
        start[i + 1] = start[i] + held
    total = start[count]
    return start, found[:total], share[:total], overlap[:total]


@part
def key_of(score, confidence, place):
    """Rises with falling score, then confidence (to 20 bits), then with the place (14 bits)."""
    worth = np.uint64((1 << 30) - 1) - np.uint64(np.float32(score).view(np.uint32))
    sure = np.uint64((1 << 30) - 1) - np.uint64(np.float32(confidence).view(np.uint32))
    return worth << np.uint64(34) | sure >> np.uint64(10) << np.uint64(14) | np.uint64(place)


@part
def place_of_key(key):
    return np.int64(key & np.uint64((1 << 14) - 1))


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
                keys[kept] = key_of(score[pair], confidence[pair], pair - start[i])
                kept += 1
        sort(keys, kept)
        size[i] = min(kept, count)
        for k in range(size[i]):
            result[total] = start[i] + place_of_key(keys[k])
            total += 1
    return result[:total], size
