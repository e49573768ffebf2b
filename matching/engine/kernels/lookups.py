"""The other way round: which needs look for what an offering says."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel, part
from matching.engine.kernels.choosing import choose, scratch_for
from matching.engine.kernels.postings import number_of, place_of, slot_of
from matching.engine.kernels.retrieval import LEAST_OVERLAP, part_of_whole

_ROOM = 1 << 12


class Lookups(NamedTuple):
    """Feature number k is looked up by `need[start[k]:start[k + 1]]`, rows by row.

    `known`: as in Postings; `need` int32; `share` int32: what one level of 15 of the feature is
    of `WHOLE`, all that the need says.
    """

    known: Any
    start: Any
    need: Any
    share: Any


class AddedLookups(NamedTuple):
    """Short lists to which needs are added: need[i] looks up `slot[i]`; sorted by slot (uint32)."""

    slot: Any
    need: Any
    share: Any


@kernel
def looked_up(begin, end, words, statistics, weighing):
    """(start (n + 1,), words, share): the features each need is looked up by, without levels."""
    start = np.zeros(len(begin) + 1, np.int64)
    room, longest = 0, 1
    for i in range(len(begin)):
        room += end[i] - begin[i]
        longest = max(longest, end[i] - begin[i])
    found, share = np.empty(room, np.uint32), np.empty(room, np.int32)
    scratch = scratch_for(longest)
    for i in range(len(begin)):
        kept = choose(words, begin[i], end[i], statistics, weighing, scratch)
        for k in range(kept):
            found[start[i] + k] = np.uint32(scratch.slot[k]) << np.uint32(4)
            share[start[i] + k] = scratch.share[k]
        start[i + 1] = start[i] + kept
    return start, found[: start[len(begin)]], share[: start[len(begin)]]


@kernel
def turned(rows, item_start, words, shares, known, start):
    """(need, share) of Lookups: item i of `item_start` is need rows[i]."""
    head = start[:-1].copy()
    need, share = np.empty(start[-1], np.int32), np.empty(start[-1], np.int32)
    for item in range(len(rows)):
        for place in range(item_start[item], item_start[item + 1]):
            number = number_of(known, slot_of(words[place]))
            need[head[number]], share[head[number]] = rows[item], shares[place]
            head[number] += 1
    return need, share


@part
def add(need, share, first, last, is_stale, level, sums, touched, count):
    """Add a feature of an offering to the needs [first, last) that look it up."""
    for entry in range(first, last):
        row = need[entry]
        if not is_stale[row]:
            touched[count] = row
            count += sums[row] == 0
            sums[row] += share[entry] * level
    return count


@kernel
def reached(begin, end, focus, words, base, more, is_stale, nobody, floor, sums):
    """(need, offering, covered): which needs' lists an offering reaches, and what it covers.

    Offering i says `words[begin[i]:end[i]]`. `base` counts for needs that are not `is_stale`,
    `more` for all that are not among `nobody`. Need n's list is open to overlaps of `floor[n]`
    and more. `sums` (needs,) int32 is room; 0 before and after.
    """
    need, which = np.empty(_ROOM, np.int32), np.empty(_ROOM, np.int32)
    covered = np.empty(_ROOM, np.float32)
    touched = np.empty(len(sums) + 1, np.int32)
    total = 0
    for offering in range(len(begin)):
        count = 0
        for place in range(begin[offering], end[offering]):
            slot, level = slot_of(words[place]), np.int32(words[place] & np.uint32(15))
            number = number_of(base.known, slot)
            if number >= 0:
                first, last = base.start[number], base.start[number + 1]
                count = add(
                    base.need, base.share, first, last, is_stale, level, sums, touched, count
                )
            if len(more.slot):
                first, last = place_of(more.slot, slot), place_of(more.slot, slot + np.uint64(1))
                count = add(more.need, more.share, first, last, nobody, level, sums, touched, count)
        if total + count > len(need):
            room = 2 * (total + count)
            need, which = grown(need, total, room), grown(which, total, room)
            covered = grown(covered, total, room)
        for k in range(count):
            row = touched[k]
            part_covered = part_of_whole(sums[row])
            if part_covered * focus[offering] >= max(floor[row], LEAST_OVERLAP):
                need[total], which[total], covered[total] = row, offering, part_covered
                total += 1
            sums[row] = 0
    return need[:total], which[:total], covered[:total]


@part
def grown(values, count, room):
    result = np.empty(room, values.dtype)
    result[:count] = values[:count]
    return result
