"""From strings to one array of characters: normalised, with script, text and word boundaries.

Many texts are read at once, because NumPy works on one long array far faster than Python on many
short strings. Each text is a list of fields, the first of which is its title.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiling import kernel
from matching.engine.text.numbers import unify_numbers
from matching.engine.types import Bools, Ints

OTHER, SPACE, LATIN, DIGIT, HANGUL, KANJI, KATAKANA, HIRAGANA = range(8)

_END_OF_FIELD: Final = "\x1f"
_END_OF_TEXT: Final = "\x1e"
_BMP: Final = 0x10000
_POINT, _APOSTROPHE = ord("."), ord("'")
_SPACE, _V = ord(" "), ord("ヴ")
FIELD_END, TEXT_END = ord(_END_OF_FIELD), ord(_END_OF_TEXT)
# Dashes and underscores part words as spaces do.
_SPACES: Final = "\t\f\v_-\u200b\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
# Laws, tariffs and older catalogues write めつき for めっき.
_LARGE_KANA: Final = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_VOWELS: Final = np.array([ord(letter) for letter in "ァィェォ"])
_AFTER_V: Final = np.array([ord(letter) for letter in "バビベボブ"])  # ヴァ ヴィ ヴェ ヴォ ヴ


@cache
def script_table() -> NDArray[np.uint8]:
    """The script of every code point of the basic plane; everything beyond it is OTHER."""
    table = np.zeros(_BMP, np.uint8)
    table[ord(" ")] = SPACE
    for first, last, script in (
        ("a", "z", LATIN),
        ("0", "9", DIGIT),
        ("\u00e0", "\u024f", LATIN),
        ("α", "ω", LATIN),
        ("가", "힣", HANGUL),
        ("\u3400", "\u4dbf", KANJI),
        ("\u4e00", "\u9fff", KANJI),
        ("ァ", "ヺ", KATAKANA),
        ("ー", "ー", KATAKANA),
        ("ぁ", "ゖ", HIRAGANA),
        ("々", "々", KANJI),
    ):
        table[ord(first) : ord(last) + 1] = script
    return table


@cache
def _folds() -> tuple[Ints, NDArray[np.uint32]]:
    """What each character of the basic plane becomes by NFKC and case folding: row i of a ragged
    table, as starts and values. True of a text's characters one by one where none composes."""
    letters = [chr(code) if not 0xD800 <= code < 0xE000 else "?" for code in range(1, _BMP)]
    folded = unicodedata.normalize("NFKC", "\0".join(letters)).casefold().split("\0")
    lengths = np.fromiter(map(len, folded), np.int64, len(folded))
    start = np.concatenate(([0, 0], np.cumsum(lengths))).astype(np.int32)
    values = _codes("".join(folded).translate(_LARGE_KANA))
    return start, np.where(np.isin(values, _codes(_SPACES)), np.uint32(_SPACE), values)


@cache
def _composes() -> Bools:
    """Which code points may join with those before them; the last one stands for higher planes."""
    table = np.zeros(_BMP + 1, np.bool_)
    table[0x1161:0x1176] = table[0x11A8:0x11C3] = True  # vowels and finals of Hangul
    table[_BMP] = True
    for code in chain(range(0x300, 0x3400), range(0xA000, 0xAC00), range(0xF900, _BMP)):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<":
            table[int(parts[1], 16)] = True
        table[code] |= unicodedata.combining(chr(code)) > 0
    start, values = _folds()
    inside = np.repeat(np.arange(_BMP), np.diff(start))
    table[inside[table[np.minimum(values, _BMP)]]] = True
    return table


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """All characters of `count` texts. Spaces beside Korean or Japanese characters are gone.

    `code`: the code point, 0 beyond the basic plane; `string` has the same characters.
    `starts_word[i]`: character i follows a space or a change of script. `text[i]`: its text.
    `in_title[i]`: it stands in the first field.
    """

    count: int
    string: str
    code: NDArray[np.uint16]
    script: NDArray[np.uint8]
    starts_word: Bools
    text: Ints
    in_title: Bools


def normalise(string: str) -> str:
    """Fold width, case, dashes, number formats and units; same meaning, same characters."""
    return unify_numbers(_folded([string]))


def read(texts: Sequence[Sequence[str]]) -> Characters:
    """The characters of `texts`, each a sequence of fields with the title first."""
    lines = [_END_OF_FIELD.join(fields) + _END_OF_TEXT for fields in texts]
    string = "".join(lines)
    if string.count(_END_OF_FIELD) + string.count(_END_OF_TEXT) > sum(map(len, texts)):
        lines = [_END_OF_FIELD.join(map(_without_marks, fields)) + _END_OF_TEXT for fields in texts]
    code = _codes(unify_numbers(_folded(lines)))
    kept, script, starts_word, text, in_title = _scan(code, script_table())
    string = kept.tobytes().decode("utf-16-le")
    return Characters(len(texts), string, kept, script, starts_word, text, in_title)


def _without_marks(field: str) -> str:
    return field.replace(_END_OF_FIELD, " ").replace(_END_OF_TEXT, " ")


def _codes(string: str) -> NDArray[np.uint32]:
    return np.frombuffer(string.encode("utf-32-le"), np.uint32)


def _folded(lines: list[str]) -> str:
    """The lines as one string in NFKC, with case folded and every run of spaces one space.

    Characters are looked up one by one; only lines where some may compose take the long way.
    """
    code = _codes("".join(lines))
    marks = np.flatnonzero(_composes()[np.minimum(code, _BMP)])
    if len(marks):
        ends = np.cumsum([len(line) for line in lines])
        lines = lines.copy()
        for row in np.unique(np.searchsorted(ends, marks, side="right")):
            lines[row] = unicodedata.normalize("NFKC", lines[row]).casefold()
        code = _codes("".join(lines))
    return _fold(code, *_folds(), _VOWELS, _AFTER_V).tobytes().decode("utf-32-le")


@kernel
def _fold(code: Any, start: Ints, values: Any, vowels: Any, after_v: Any) -> NDArray[np.uint32]:
    """`values[start[c]:start[c + 1]]` for each character c; spaces collapsed, v sounded as b."""
    size = 0
    for letter in code:
        size += start[letter + 1] - start[letter] if letter < _BMP else 1
    folded = np.empty(size, np.uint32)
    count = 0
    for letter in code:
        first = start[letter] if letter < _BMP else 0
        last = start[letter + 1] if letter < _BMP else 1
        for place in range(first, last):
            found = values[place] if letter < _BMP else letter
            before = folded[count - 1] if count else np.uint32(0)
            if found == _SPACE and before == _SPACE:
                continue
            if before == _V:
                sounded = np.flatnonzero(vowels == found)
                folded[count - 1] = after_v[sounded[0] if len(sounded) else -1]
                if len(sounded):
                    continue
            folded[count] = found
            count += 1
    if count and folded[count - 1] == _V:
        folded[count - 1] = after_v[-1]
    return folded[:count]


@kernel
def _scan(
    code: NDArray[np.uint32], scripts: NDArray[np.uint8]
) -> tuple[NDArray[np.uint16], NDArray[np.uint8], Bools, Ints, Bools]:
    """Code, script, start of a word, text and title of each character that is kept."""
    size = len(code)
    script = np.empty(size, np.uint8)
    for i in range(size):
        script[i] = scripts[code[i]] if code[i] < _BMP else OTHER
    # A point between two digits belongs to the number, an apostrophe in a word to the word.
    for i in range(1, size - 1):
        if script[i] == OTHER and script[i - 1] == script[i + 1]:
            is_point = code[i] == _POINT and script[i - 1] == DIGIT
            if is_point or (code[i] == _APOSTROPHE and script[i - 1] == LATIN):
                script[i] = script[i - 1]
    kept = np.empty(size, np.uint16)
    kind = np.empty(size, np.uint8)
    starts_word, in_title = np.empty(size, np.bool_), np.empty(size, np.bool_)
    text = np.empty(size, np.int32)
    count, row, is_title = 0, 0, True
    for i in range(size):
        if script[i] == SPACE:
            is_edge = i == 0 or i == size - 1
            if is_edge or script[i - 1] >= HANGUL or script[i + 1] >= HANGUL:
                continue
        if code[i] == FIELD_END or code[i] == TEXT_END:
            is_title = False
        kept[count] = code[i] if code[i] < _BMP else 0
        kind[count] = script[i]
        starts_word[count] = count == 0 or kind[count - 1] != script[i] or script[i - 1] == SPACE
        text[count], in_title[count] = row, is_title
        count += 1
        if code[i] == TEXT_END:
            row, is_title = row + 1, True
    return (
        kept[:count].copy(),
        kind[:count].copy(),
        starts_word[:count].copy(),
        text[:count].copy(),
        in_title[:count].copy(),
    )
