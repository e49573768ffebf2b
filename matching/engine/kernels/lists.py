"""The candidates that an index keeps of every need, and what changes in them."""

from __future__ import annotations

import numpy as np

from matching.engine.compiling import kernel, part
from matching.engine.kernels.choosing import sort
from matching.engine.kernels.retrieval import key_of, place_of_key

#: A candidate. `score`: -1 where the policy does not let it pass.
ENTRY = np.dtype([("offering", "i4"), ("overlap", "f4"), ("score", "f4"), ("confidence", "f4")])


@part
def comes_before(one, other, column_of, order):
    """By falling overlap, then by id."""
    if one.overlap != other.overlap:
        return one.overlap > other.overlap
    return order[column_of[one.offering]] < order[column_of[other.offering]]


@kernel
def revise(rows, start, news, is_changed, column_of, order, lists, held, floor, wanted):
    """Take changed offerings out of the lists `rows`, and put `news[start[i]:start[i + 1]]` in.

    `lists` (needs, size) ENTRY; list n holds `held[n]` candidates and has all whose overlap is
    above `floor[n]`, which the news are. Returns for each list whether that still answers for its
    best `wanted`; a list that does not has to be made anew.
    """
    size = lists.shape[1]
    answers = np.empty(len(rows), np.bool_)
    for i in range(len(rows)):
        row = rows[i]
        entries, count = lists[row], 0
        for k in range(held[row]):
            if not is_changed[entries[k].offering]:
                if count < k:
                    entries[count] = entries[k]
                count += 1
        for k in range(start[i], start[i + 1]):
            if count == size:
                last = entries[size - 1]
                if not comes_before(news[k], last, column_of, order):
                    floor[row] = news[k].overlap
                    continue
                floor[row] = last.overlap
                count -= 1
            here = count
            while here > 0 and comes_before(news[k], entries[here - 1], column_of, order):
                entries[here] = entries[here - 1]
                here -= 1
            entries[here] = news[k]
            count += 1
        held[row] = count
        known = 0
        while known < count and entries[known].overlap > floor[row]:
            known += 1
        answers[i] = floor[row] == 0 or known >= wanted
    return answers


@kernel
def chosen(rows, lists, held, is_asked, is_own, wanted, count):
    """(need, offering, score, confidence) of the pairs that a run hands to the allocation.

    Of each list the best `count` of its first `wanted`, as in `best_of_each`: all of needs that
    are `is_asked`, else only those with offerings that are `is_own`.
    """
    need, offering = np.empty(len(rows) * count, np.int32), np.empty(len(rows) * count, np.int32)
    score = np.empty(len(rows) * count, np.float32)
    confidence = np.empty(len(rows) * count, np.float32)
    keys = np.empty(wanted, np.uint64)
    total = 0
    for i in range(len(rows)):
        entries, kept, is_concerned = lists[rows[i]], 0, is_asked[rows[i]]
        for k in range(min(held[rows[i]], wanted)):
            entry = entries[k]
            is_concerned |= is_own[entry.offering]
            if entry.score >= 0:
                keys[kept] = key_of(entry.score, entry.confidence, k)
                kept += 1
        if not is_concerned:
            continue
        sort(keys, kept)
        for k in range(min(kept, count)):
            entry = entries[place_of_key(keys[k])]
            if is_asked[rows[i]] or is_own[entry.offering]:
                need[total], offering[total] = rows[i], entry.offering
                score[total], confidence[total] = entry.score, entry.confidence
                total += 1
    return need[:total], offering[:total], score[:total], confidence[:total]
