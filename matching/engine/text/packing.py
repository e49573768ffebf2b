"""The inner loops of feature extraction: grams, words and concepts as packed integers.

A packed feature is a uint64: document (32 bits) | channel (4) | hash (24) | level (4). All loops
stand in one file, because compiled code is kept on disk and renewed when its own file changes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel, part
from matching.engine.text.scripts import DIGIT, HIRAGANA, LATIN, SPACE
from matching.engine.types import Bools, Ints, Longs

Packed = NDArray[np.uint64]

HASH_BITS: Final = 24
LEVEL_BITS: Final = 4
MAX_CONJOINED: Final = 6  # concepts of an item that enter pairs and triples
_MAX_LEVEL: Final = 15
_MAX_OKURIGANA: Final = 3  # characters between two kanji that still stand together
_GRAM: Final = 4  # sounds


@part
def _mix(value: Any) -> Any:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): every bit depends on every bit."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ value >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ value >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return value ^ value >> np.uint64(31)


@part
def _packed(document: Any, channel: Any, what: Any, level: Any) -> Any:
    """`what` is content of up to 60 bits; levels are cut to 1..15."""
    hashed = _mix(what ^ (np.uint64(channel + 1) << np.uint64(60))) >> np.uint64(64 - HASH_BITS)
    return (
        np.uint64(document) << np.uint64(32)
        | np.uint64(channel) << np.uint64(HASH_BITS + LEVEL_BITS)
        | hashed << np.uint64(LEVEL_BITS)
        | np.uint64(min(max(level, 1), _MAX_LEVEL))
    )


@kernel
def syllable_grams(
    syllable: NDArray[np.uint16],
    script: NDArray[np.uint8],
    text: Ints,
    level: NDArray[np.uint8],
    is_sino: Bools,
    channels: tuple[int, int],
) -> Packed:
    """Bigrams and trigrams of the unified script. Hiragana between two kanji is passed over.

    A gram that no Chinese characters could give is of a loan or native word: no kanji will ever
    meet it, so it is said less firmly, lest it count against a Japanese text it cannot be in.
    """
    packed = np.empty(2 * len(syllable), np.uint64)
    count = 0
    linked = np.zeros(3, np.int64)  # the positions of the last syllables that hang together
    size = 0
    gap = 0
    for place in range(len(syllable)):
        if not syllable[place]:
            is_passable = script[place] == HIRAGANA or script[place] == SPACE
            gap = gap + 1 if is_passable else _MAX_OKURIGANA + 1
            continue
        if gap > _MAX_OKURIGANA:
            size = 0
        gap = 0
        if size == 3:
            linked[0], linked[1] = linked[1], linked[2]
            size = 2
        linked[size] = place
        size += 1
        for grams in range(2, size + 1):
            what = np.uint64(0)
            sino = True
            for step in range(size - grams, size):
                unit = syllable[linked[step]]
                what = what << np.uint64(16) | np.uint64(unit)
                sino &= is_sino[unit]
            first = linked[size - grams]
            said = np.int64(level[first])
            packed[count] = _packed(
                text[first], channels[grams - 2], what, said if sino else said // 2
            )
            count += 1
    return packed[:count].copy()


@kernel
def sound_grams(
    sound: NDArray[np.uint8],
    word: Longs,
    position: Longs,
    text: Ints,
    level: NDArray[np.uint8],
    channel: int,
) -> Packed:
    """Fourgrams over each word of two sounds and more, with its beginning and end marked."""
    packed = np.empty(len(sound), np.uint64)
    count = 0
    first = 0
    while first < len(sound):
        last = first
        while last < len(sound) and word[last] == word[first]:
            last += 1
        for start in range(first - 1, last - _GRAM + 2):
            what = np.uint64(0)
            for place in range(start, start + _GRAM):
                inside = first <= place < last
                what = what << np.uint64(4) | (np.uint64(sound[place]) if inside else np.uint64(0))
            at = position[max(start, first)]
            packed[count] = _packed(text[at], channel, what, np.int64(level[at]))
            count += 1
        first = last
    return packed[:count].copy()


@kernel
def word_runs(
    code: NDArray[np.uint16], script: NDArray[np.uint8], starts_word: Bools
) -> tuple[Ints, Ints, Packed]:
    """(start, stop, hash of 60 bits) of words of two and more Latin letters and digits."""
    found = np.empty((2, len(code) // 2 + 1), np.int32)
    hashes = np.empty(len(code) // 2 + 1, np.uint64)
    count = 0
    start = 0
    while start < len(code):
        stop = start
        hashed = np.uint64(0)
        while (
            stop < len(code)
            and (script[stop] == LATIN or script[stop] == DIGIT)
            and (stop == start or not starts_word[stop] or script[stop] != script[stop - 1])
        ):
            hashed += _mix(np.uint64(code[stop]) | np.uint64(stop - start) << np.uint64(16))
            stop += 1
        if stop - start >= 2:
            found[0, count], found[1, count], hashes[count] = start, stop, hashed >> np.uint64(4)
            count += 1
        start = max(stop, start + 1)
    return found[0, :count].copy(), found[1, :count].copy(), hashes[:count].copy()


@kernel
def packed_each(document: Any, channel: int, what: Packed, level: Any) -> Packed:
    """One feature a row."""
    packed = np.empty(len(what), np.uint64)
    for row in range(len(what)):
        packed[row] = _packed(document[row], channel, what[row], np.int64(level[row]))
    return packed


@kernel
def concept_grams(
    tags: tuple[Longs, Longs, Longs],
    keys: NDArray[np.uint32],
    lines: tuple[Longs, Ints],
    fade: Any,
    telling: Any,
    channels: tuple[int, int, int],
) -> Packed:
    """Concepts with their ancestors, and pairs and triples of a document's most telling ones.

    `tags`: document, concept and level, by document; `lines`: starts and rows of each concept's
    ancestors, itself first, each generation counting `fade` of the concept.
    """
    document, concept, level = tags
    start, ancestors = lines
    size = 0
    for tag in concept:
        size += start[tag + 1] - start[tag]
    packed = np.empty(size + 6 * len(concept), np.uint64)  # of six, 15 pairs and 20 triples
    count = 0
    best = np.empty(MAX_CONJOINED, np.int64)
    first = 0
    while first < len(document):
        last = first
        while last < len(document) and document[last] == document[first]:
            last += 1
        for tag in range(first, last):
            begin = start[concept[tag]]
            for place in range(begin, start[concept[tag] + 1]):
                said = np.int64(level[tag] * fade[place - begin])
                key = np.uint64(keys[ancestors[place]])
                packed[count] = _packed(document[first], channels[0], key, said)
                count += 1
        kept = _most_telling(first, last, concept, level, telling, best)
        for i in range(kept):
            for j in range(i + 1, kept):
                pair = _mix(np.uint64(keys[concept[best[i]]]))
                pair = _mix(pair + np.uint64(keys[concept[best[j]]]))
                said = min(level[best[i]], level[best[j]])
                packed[count] = _packed(document[first], channels[1], pair >> np.uint64(4), said)
                count += 1
                for k in range(j + 1, kept):
                    triple = _mix(pair + np.uint64(keys[concept[best[k]]])) >> np.uint64(4)
                    least = min(said, level[best[k]])
                    packed[count] = _packed(document[first], channels[2], triple, least)
                    count += 1
        first = last
    return packed[:count].copy()


@part
def _most_telling(
    first: int, last: int, concept: Longs, level: Longs, telling: Any, best: Longs
) -> int:
    """Fill `best` with the tags of [first, last) that tell most, by concept; how many.

    Of equals the concept that comes first in the lexicon.
    """
    kept = 0
    for tag in range(first, last):
        value = level[tag] * telling[concept[tag]]
        place = kept
        while place > 0:
            other = best[place - 1]
            worth = level[other] * telling[concept[other]]
            if worth > value or (worth == value and concept[other] < concept[tag]):
                break
            place -= 1
        if place == MAX_CONJOINED:
            continue
        kept = min(kept + 1, MAX_CONJOINED)
        for move in range(kept - 1, place, -1):
            best[move] = best[move - 1]
        best[place] = tag
    for i in range(1, kept):
        moved, place = best[i], i
        while place > 0 and concept[best[place - 1]] > concept[moved]:
            best[place] = best[place - 1]
            place -= 1
        best[place] = moved
    return kept


@kernel
def firmest(packed: Packed, count: int) -> tuple[Longs, NDArray[np.uint32]]:
    """Each feature of sorted ones once, at its highest level: rows of `count` documents as starts
    and words without their document."""
    start = np.zeros(count + 1, np.int64)
    words = np.empty(len(packed), np.uint32)
    kept = 0
    for place in range(len(packed)):
        what = packed[place] >> np.uint64(LEVEL_BITS)
        if place + 1 < len(packed) and packed[place + 1] >> np.uint64(LEVEL_BITS) == what:
            continue
        words[kept] = packed[place] & np.uint64(0xFFFFFFFF)
        kept += 1
        start[np.int64(packed[place] >> np.uint64(32)) + 1] = kept
    for row in range(count):
        start[row + 1] = max(start[row], start[row + 1])
    return start, words[:kept].copy()
