"""From strings to one array of characters: normalised, with script, text and word boundaries.

Many texts are read at once, because NumPy works on one long array far faster than Python on many
short strings. Each text is a list of fields, the first of which is its title.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.types import begins_run

OTHER, SPACE, LATIN, DIGIT, HANGUL, KANJI, KATAKANA, HIRAGANA = range(8)

_END_OF_FIELD: Final = "\x1f"
_END_OF_TEXT: Final = "\x1e"
_BMP: Final = 0x10000
_WIDE_SPACES = re.compile("[ \\t\\f\\v\u00a0\u2000-\u200b\u3000_\\-\u2010-\u2015\u2212]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NINES = re.compile(r"(?<![\d.])99(?:\.(9+))?(?:\d?) ?%")
_INCHES = re.compile(r"(?<![\d.])(4|6|8|12) ?(?:인치|インチ|inches|inch|″|\")")
_WAFER_MM: Final = {"4": "100mm", "6": "150mm", "8": "200mm", "12": "300mm"}
_UNITS = re.compile(
    r"(\d) (?=(?:mm|cm|nm|um|μm|kg|mg|ml|kw|mw|gw|kwh|wh|mah|v|w|a|hz|khz|mhz|ghz|mpa|gpa|l|t)"
    r"(?![a-z0-9]))"
)
_V_SOUNDS: Final = (
    ("ヴァ", "バ"),
    ("ヴィ", "ビ"),
    ("ヴェ", "ベ"),
    ("ヴォ", "ボ"),
    ("ヴ", "ブ"),
)


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


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """All characters of `count` texts. Spaces beside Korean or Japanese characters are gone.

    `starts_word[i]`: character i follows a space or a change of script. `text[i]`: its text.
    `in_title[i]`: it stands in the first field. `string` has the same characters as `code`.
    """

    count: int
    string: str
    code: NDArray[np.uint16]
    script: NDArray[np.uint8]
    starts_word: NDArray[np.bool_]
    text: NDArray[np.int32]
    in_title: NDArray[np.bool_]


def normalise(string: str) -> str:
    """Fold width, case, dashes, number formats and a few units; same meaning, same characters."""
    string = unicodedata.normalize("NFKC", string).casefold()
    string = _WIDE_SPACES.sub(" ", string)
    for written, sounded in _V_SOUNDS:
        string = string.replace(written, sounded)
    string = _THOUSANDS.sub("", string)
    string = _NINES.sub(lambda found: f"{2 + len(found[1] or '')}n", string)
    string = _INCHES.sub(lambda found: _WAFER_MM[found[1]], string)
    return _UNITS.sub(r"\1", string)


def read(texts: Sequence[Sequence[str]]) -> Characters:
    """The characters of `texts`, each a sequence of fields with the title first."""
    joined = "".join(
        _END_OF_FIELD.join(
            field.replace(_END_OF_FIELD, " ").replace(_END_OF_TEXT, " ") for field in fields
        )
        + _END_OF_TEXT
        for fields in texts
    )
    code = np.frombuffer(normalise(joined).encode("utf-32-le"), np.uint32)
    script = np.where(
        code < _BMP, script_table()[np.minimum(code, _BMP - 1)], np.uint8(OTHER)
    ).astype(np.uint8)
    _join_inner_marks(code, script)
    asian = script >= HANGUL
    space = script == SPACE
    dropped = space.copy()
    dropped[1:-1] &= asian[:-2] | asian[2:]
    kept = np.flatnonzero(~dropped)
    follows_space = np.zeros_like(space)
    follows_space[1:] = space[:-1]
    follows_space = follows_space[kept]
    code, script = code[kept], script[kept]
    ends = code == ord(_END_OF_TEXT)
    text = np.cumsum(ends) - ends
    fields_seen = np.cumsum((code == ord(_END_OF_FIELD)) | ends)
    first_of_text = np.concatenate(([0], np.flatnonzero(ends)[:-1] + 1))[: len(texts)]
    seen_at_start = np.concatenate(([0], fields_seen))[first_of_text] if len(texts) else fields_seen
    in_title = fields_seen == (seen_at_start[text] if len(texts) else 0)
    return Characters(
        count=len(texts),
        string=code.tobytes().decode("utf-32-le"),
        code=np.where(code < _BMP, code, 0).astype(np.uint16),
        script=script,
        starts_word=follows_space | begins_run(script),
        text=text.astype(np.int32),
        in_title=in_title,
    )


def _join_inner_marks(code: NDArray[np.uint32], script: NDArray[np.uint8]) -> None:
    """A point between two digits belongs to the number, an apostrophe in a word to the word."""
    for mark, kind in ((".", DIGIT), ("'", LATIN)):
        place = np.flatnonzero(code[1:-1] == ord(mark)) + 1
        inside = (script[place - 1] == kind) & (script[place + 1] == kind)
        script[place[inside]] = kind
