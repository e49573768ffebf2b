"""Chinese characters and Hangul in one alphabet: Sino-Korean syllables in a canonical form.

半導体 and 반도체 both become 반도체; 料 (료) and 요 both become 요, because Korean writes the same
morpheme with or without its first consonant (두음법칙). The readings are the table of the `hanja`
package, corrected where the Japanese new form of a character collides with an old rare one.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.text.scripts import HANGUL, KANJI, Characters

_ENTRY = re.compile(rb'"\\u([0-9A-F]{4})": "\\u([0-9A-F]{4})"')
_CORRECTED: Final = dict(zip("芸缶欠糸台虫専渓円", "예관결사대충전계원", strict=True))
_FIRST, _LAST, _VOWELS, _CODAS = 0xAC00, 0xD7A3, 21, 28
_N, _R, _SILENT = 2, 5, 11  # positions of ㄴ ㄹ ㅇ among the nineteen initial consonants
# ㅑ ㅒ ㅕ ㅖ ㅛ ㅠ ㅣ among the 21 vowels: before them ㄹ and ㄴ fall silent.
_Y_VOWELS: Final = (2, 3, 6, 7, 12, 17, 20)


def _canonical_initial(syllable: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Write each Hangul syllable as at the beginning of a word."""
    index = syllable.astype(np.int32) - _FIRST
    initial, rest = np.divmod(index, _VOWELS * _CODAS)
    before_y = np.isin(rest // _CODAS, _Y_VOWELS)
    initial = np.where(initial == _R, np.where(before_y, _SILENT, _N), initial)
    initial = np.where((initial == _N) & before_y, _SILENT, initial)
    return (initial * _VOWELS * _CODAS + rest + _FIRST).astype(np.uint16)


@cache
def spoken_table() -> NDArray[np.uint16]:
    """Hangul syllable of every Hangul and Chinese code point as the table has it; 0 for others.

    Read once per process from the installed `hanja` package, without its YAML parser (0.3 s).
    """
    spec = find_spec("hanja")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package 'hanja' is not installed.")
    source = Path(spec.submodule_search_locations[0], "table.yml").read_bytes()
    pairs = np.array([(int(a, 16), int(b, 16)) for a, b in _ENTRY.findall(source)])
    table = np.zeros(0x10000, np.uint16)
    table[pairs[:, 0]] = pairs[:, 1]
    for character, reading in _CORRECTED.items():
        table[ord(character)] = ord(reading)
    table[(table < _FIRST) | (table > _LAST)] = 0
    hangul = np.arange(_FIRST, _LAST + 1)
    table[hangul] = hangul
    return table


@cache
def reading_table() -> NDArray[np.uint16]:
    """`spoken_table` in canonical form."""
    table = spoken_table().copy()
    known = np.flatnonzero(table)
    table[known] = _canonical_initial(table[known])
    return table


@cache
def is_sino_korean() -> NDArray[np.bool_]:
    """Which canonical syllables some kanji in use reads as; 베, 링 and 센 are none of them."""
    leads, trails = range(0x88, 0xFD), range(0x40, 0xFD)
    shift_jis = b"".join(bytes((lead, trail)) for lead in leads for trail in trails)
    kanji = [ord(c) for c in shift_jis.decode("cp932", "ignore") if "\u4e00" <= c <= "\u9fff"]
    table = np.zeros(0x10000, np.bool_)
    table[reading_table()[kanji]] = True
    table[0] = False
    return table


def syllables(characters: Characters) -> NDArray[np.uint16]:
    """The canonical syllable of each character, 0 where it has none."""
    readable = (characters.script == HANGUL) | (characters.script == KANJI)
    return np.where(readable, reading_table()[characters.code], np.uint16(0))
