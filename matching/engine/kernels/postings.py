"""Inverted lists: which items say a feature.

Features are numbered by rank: bit `slot` of a bitmap of all 2**24 slots says that a feature is
known, and its number is the count of bits before it. Bitmap and counts are 4 MB, whatever the
market, so that they stay in the processor's cache where a table of all slots would not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel, part

_SLOT = np.uint32((1 << 24) - 1)
WORDS = 1 << 18  # of 64 bits
_ONE = np.uint64(1)


class Postings(NamedTuple):
    """Lists of features: feature number k has `packed[start[k]:start[k + 1]]`.

    `known` (2**18, 2) uint64: 64 slots' bits, and how many bits are before them; `start` (n + 1,)
    int64; `packed` uint32: item (28 bits) | level (4 bits), by item.
    """

    known: Any
    start: Any
    packed: Any


class Added(NamedTuple):
    """Short lists to which items are added: the item `packed[i]` says the feature `slot[i]`.

    `slot` uint32, sorted; `packed` as in Postings.
    """

    slot: Any
    packed: Any


@part
def popcount(word):
    """Bits set in a uint64; the compiler knows this form and makes one instruction of it."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@part
def slot_of(word):
    return np.uint64((word >> np.uint32(4)) & _SLOT)


@part
def number_of(known, slot):
    """The number of a feature; -1 where it is not known."""
    place = slot >> np.uint64(6)
    word = known[place, 0]
    bit = _ONE << (slot & np.uint64(63))
    if word & bit == 0:
        return np.int64(-1)
    return np.int64(known[place, 1]) + popcount(word & (bit - _ONE))


@part
def place_of(slots, slot):
    """The first place of the sorted `slots` that is not below `slot`."""
    first, last = 0, len(slots)
    while first < last:
        middle = (first + last) // 2
        if slots[middle] < slot:
            first = middle + 1
        else:
            last = middle
    return first


@kernel
def vocabulary(words, begin, end):
    """`Postings.known` for the items `words[begin[i]:end[i]]`, and the features' frequencies."""
    known = np.zeros((WORDS, 2), np.uint64)
    for item in range(len(begin)):
        for place in range(begin[item], end[item]):
            slot = slot_of(words[place])
            known[slot >> np.uint64(6), 0] |= _ONE << (slot & np.uint64(63))
    total = 0
    for word in range(WORDS):
        known[word, 1] = total
        total += popcount(known[word, 0])
    frequency = np.zeros(total, np.int32)
    for item in range(len(begin)):
        for place in range(begin[item], end[item]):
            frequency[number_of(known, slot_of(words[place]))] += 1
    return known, frequency


@kernel
def fill(words, begin, end, known, start):
    """`Postings.packed` for known features; `start` as in Postings."""
    head = start[:-1].copy()
    packed = np.empty(start[-1], np.uint32)
    for item in range(len(begin)):
        for place in range(begin[item], end[item]):
            number = number_of(known, slot_of(words[place]))
            packed[head[number]] = np.uint32(item) << np.uint32(4) | words[place] & np.uint32(15)
            head[number] += 1
    return packed


@kernel
def lengths(words, begin, end, known, rarity, channel_weights):
    """How much each item says: the length of its vector of weighed features. float64.

    `rarity`: as in Statistics.
    """
    result = np.zeros(len(begin), np.float64)
    for item in range(len(begin)):
        total = 0.0
        for place in range(begin[item], end[item]):
            word = words[place]
            number = number_of(known, slot_of(word))
            weight = channel_weights[word >> np.uint32(28)] * rarity[number, 1]
            said = weight * np.float64(word & np.uint32(15)) / 15.0
            total += said * said
        result[item] = np.sqrt(total)
    return result
