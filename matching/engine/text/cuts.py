"""Which finds are words, or sound parts of words: the plausible cuts of three languages.

Latin words stand between non-letters; a katakana label does not count inside a longer katakana
word, unless known words cover all of that; Hangul and kanji compounds may contain a label where
the cut is plausible (기판 in 반도체기판, not in 전기 판매). Of overlapping finds one that lies
inside another is dropped.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel, part
from matching.engine.text.scripts import DIGIT, HANGUL, HIRAGANA, KANJI, LATIN, Characters
from matching.engine.text.trie import AFTER_A_FIND, ALWAYS, NEVER, Finds
from matching.engine.types import Bools, Ints

_MAX_PARTS: Final = 4  # of a compound word

# One Korean syllable that may follow a noun: particles, and suffixes that keep its meaning.
_KOREAN_TAILS: Final = "은는이가을를의에와과도로만나용류등품제형계급별업재화성및시식"
# One kanji that may stand before a noun without changing what the thing is.
_KANJI_PREFIXES: Final = "新高超低非無各同全大小軽重微薄厚細長短両多単複自外内上下前後及用等製"
_HIRAGANA_WORDS: Final = "のとやはがをにでもへびるなほ"
_LINKS: Final = "용用의の "  # between a qualifier and its head
_TAIL, _PREFIX, _PARTICLE, _LINK = 1, 2, 4, 8
_S: Final = ord("s")


@cache
def _roles() -> NDArray[np.uint8]:
    """What a character may do beside a label, as bits."""
    table = np.zeros(0x10000, np.uint8)
    for role, letters in (
        (_TAIL, _KOREAN_TAILS),
        (_PREFIX, _KANJI_PREFIXES),
        (_PARTICLE, _HIRAGANA_WORDS),
        (_LINK, _LINKS),
    ):
        table[[ord(letter) for letter in letters]] |= role
    return table


def openings(characters: Characters) -> NDArray[np.uint8]:
    """Where a label may begin at all, see `trie.Trie.find`: looking only there is faster."""
    return _openings(characters.script, characters.starts_word)


def words_among(characters: Characters, finds: Finds) -> NDArray[np.int64]:
    """Positions of the finds that count, by their place in the text."""
    kept = _plausible(
        characters.code,
        characters.script,
        characters.starts_word,
        _roles(),
        finds.start,
        finds.stop,
    )
    return np.flatnonzero(kept)


def runs_into_next(characters: Characters, start: Ints, stop: Ints) -> Bools:
    """Which of the given spans touch the next one, at most a linking syllable between."""
    if not len(start):
        return np.zeros(0, np.bool_)
    gap = np.append(start[1:], len(characters.code)) - stop
    link = _roles()[characters.code[np.minimum(stop, len(characters.code) - 1)]] & _LINK > 0
    return (gap <= 0) | ((gap == 1) & link)


@part
def _word_bounds(starts_word: Bools) -> tuple[Ints, Ints]:
    """For each position where its word begins, and where the next one begins (itself if there)."""
    size = len(starts_word)
    begin, end = np.empty(size + 1, np.int32), np.empty(size + 1, np.int32)
    here = 0
    for place in range(size):
        if starts_word[place]:
            here = place
        begin[place] = here
    begin[size] = end[size] = here = size
    for place in range(size - 1, -1, -1):
        if starts_word[place]:
            here = place
        end[place] = here
    return begin, end


@kernel
def _openings(script: NDArray[np.uint8], starts_word: Bools) -> NDArray[np.uint8]:
    opens = np.empty(len(script), np.uint8)
    offset = 0
    for place in range(len(script)):
        offset = 0 if starts_word[place] else offset + 1
        if offset == 0 or script[place] == KANJI or script[place] == HIRAGANA:
            opens[place] = ALWAYS
        elif offset == 1:
            opens[place] = NEVER
        else:
            opens[place] = ALWAYS if script[place] == HANGUL else AFTER_A_FIND
    return opens


@part
def _may_begin(
    first: int, length: int, offset: int, before: int, is_clean: bool, continues: bool
) -> bool:
    """At a place inside a word, `offset` characters from its beginning."""
    if first == HANGUL:
        return offset >= 2 and (length >= 3 or is_clean or continues)
    if first == KANJI:
        return offset >= 2 or length >= 3 or before & _PREFIX > 0
    return first == HIRAGANA and (length >= 4 or before & _PARTICLE > 0)


@part
def _may_end(
    last: int, length: int, rest: int, is_clean: bool, is_plural: bool, after: int, script: int
) -> bool:
    """With `rest` characters of the word left; `after`: role of the next character."""
    if last == LATIN:
        return rest == 0 or is_plural
    if last == DIGIT:
        return rest == 0 and script != LATIN
    if last == HANGUL:
        return is_clean or length >= 3 or rest >= 2
    if last == KANJI:  # one alone is no word before its okurigana: 牛 in 牛めし
        return length >= 2 or (rest == 0 and (script != HIRAGANA or after & _PARTICLE > 0))
    return rest == 0 or last == HIRAGANA


@part
def _spreads(starts_word: Bools, script: NDArray[np.uint8], start: int, stop: int) -> bool:
    """Whether a space stood inside [start, stop)."""
    for place in range(start + 1, stop):
        if starts_word[place] and script[place] == script[place - 1]:
            return True
    return False


@kernel
def _plausible(
    code: NDArray[np.uint16],
    script: NDArray[np.uint8],
    starts_word: Bools,
    roles: NDArray[np.uint8],
    start: Ints,
    stop: Ints,
) -> Bools:
    size, count = len(code), len(start)
    word_begin, word_end = _word_bounds(starts_word)
    left, right = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    spread, clean = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for i in range(count):
        a, b = start[i], stop[i]
        spread[i] = _spreads(starts_word, script, a, b)
        rest = 0 if b == size else word_end[b] - b
        after, next_script = (int(code[b]), int(script[b])) if b < size else (0, 0)
        clean[i] = rest == 0 or (rest == 1 and roles[after] & _TAIL > 0)
        is_plural = rest == 1 and after == _S
        if script[b - 1] == HANGUL and spread[i]:
            right[i] = clean[i]
        else:
            right[i] = _may_end(
                script[b - 1], b - a, rest, clean[i], is_plural, roles[after], next_script
            )
    # A compound of known words: each begins where the one before it ends.
    links = ~spread & (stop - start >= 2)
    begins, ends = np.zeros(size + 1, np.bool_), np.zeros(size + 1, np.bool_)
    _chain(right, links, start, stop, begins)
    for i in range(count):
        a, b = start[i], stop[i]
        left[i] = starts_word[a] or (
            not spread[i]
            and _may_begin(
                script[a], b - a, a - word_begin[a], roles[code[a - 1]], clean[i], begins[b]
            )
        )
    _chain(left, links, stop, start, ends)
    kept = _longest(left & right, start, stop)
    _part_morphemes(kept, start, stop, script)
    return kept


@part
def _chain(good: Bools, links: Bools, here: Ints, there: Ints, marks: Bools) -> None:
    """Make good what links to something good, `marks` saying at which characters that stands."""
    for _ in range(_MAX_PARTS):
        for i in range(len(good)):
            if good[i]:
                marks[here[i]] = True
        for i in range(len(good)):
            good[i] |= links[i] and marks[there[i]]


@part
def _longest(good: Bools, start: Ints, stop: Ints) -> Bools:
    """Of the good finds those that reach further than all that begin before or with them."""
    kept = np.zeros(len(good), np.bool_)
    reach, best = 0, -1
    for i in range(len(good)):
        if good[i] and stop[i] > reach:
            if best >= 0 and start[best] == start[i]:
                kept[best] = False  # finds of one start come by rising stop
            kept[i], best, reach = True, i, stop[i]
    return kept


@part
def _part_morphemes(kept: Bools, start: Ints, stop: Ints, script: NDArray[np.uint8]) -> None:
    """Two finds that share one syllable cannot both be meant: of 방향제 and 제어기 in 방향제어기
    the longer one stays, of equals the later, because the head comes last."""
    before = -1
    for i in range(len(kept)):
        if not kept[i]:
            continue
        shares = before >= 0 and stop[before] - start[i] == 1
        if shares and (script[start[i]] == HANGUL or script[start[i]] == KANJI):
            if stop[i] - start[i] >= stop[before] - start[before]:
                kept[before] = False
            else:
                kept[i] = False
                continue
        before = i
