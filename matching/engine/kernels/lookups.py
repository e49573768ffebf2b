"""The other way round: which needs look for what an offering says."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel
from matching.engine.kernels.choosing import choose, scratch_for
from matching.engine.kernels.postings import number_of, slot_of

_SLACK = np.float32(1.0001)  # sums in another order differ in their last digits


class Lookups(NamedTuple):
    """Feature number k is looked up by `need[start[k]:start[k + 1]]`, rows by row.

    `known`: as in Postings; `need` int32; `share` float32: of the need that the feature carries,
    for one level of 15.
    """

    known: Any
    start: Any
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
    found, share = np.empty(room, np.uint32), np.empty(room, np.float32)
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
    need, share = np.empty(start[-1], np.int32), np.empty(start[-1], np.float32)
    for item in range(len(rows)):
        for place in range(item_start[item], item_start[item + 1]):
            number = number_of(known, slot_of(words[place]))
            need[head[number]], share[head[number]] = rows[item], shares[place]
            head[number] += 1
    return need, share


@kernel
def reached(begin, end, focus, words, base, is_stale, more, least, sums):
    """Rows of the needs into whose candidates one of the offerings may get, each once.

    Offering i says `words[begin[i]:end[i]]`. `base` counts for needs that are not `is_stale`,
    `more` for all it lists. `sums` (needs, 2) float32 is room; 0 before and after.
    """
    found = np.empty(len(sums), np.int32)
    touched = np.empty(len(sums) + 1, np.int32)
    total = 0
    for offering in range(len(begin)):
        count = 0
        for place in range(begin[offering], end[offering]):
            slot, level = slot_of(words[place]), np.float32(words[place] & np.uint32(15))
            for is_more in range(2):
                lists = more if is_more else base
                number = number_of(lists.known, slot) if len(lists.need) else np.int64(-1)
                if number < 0:
                    continue
                for entry in range(lists.start[number], lists.start[number + 1]):
                    need = lists.need[entry]
                    if is_stale[need] and not is_more:
                        continue
                    touched[count] = need
                    count += sums[need, 0] == 0
                    sums[need, 0] += lists.share[entry] * level
        for k in range(count):
            need = touched[k]
            is_in = sums[need, 0] * focus[offering] * _SLACK >= least[need]
            if is_in and sums[need, 1] == 0:
                sums[need, 1] = 1
                found[total] = need
                total += 1
            sums[need, 0] = 0
    for k in range(total):
        sums[found[k], 1] = 0
    return found[:total].copy()
