"""Which encoding a text file is in: UTF-8, UTF-16, CP949 or CP932."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from companies.importing.unreadable import UnreadableFile

BLOCK: Final = 1 << 20


def _class_of(encoding: str, leads: range, trails: range) -> str:
    """A regular expression's class of all characters in a part of a double-byte code."""
    signs = (bytes((lead, trail)).decode(encoding, "ignore") for lead in leads for trail in trails)
    return f"[{''.join(signs)}]"


# The 2,350 syllables of KS X 1001 make up nearly all Korean text. The 8,822 others of CP949 are
# what Japanese bytes turn into when they are taken for Korean.
SYLLABLES: Final = _class_of("euc_kr", range(0xB0, 0xC9), range(0xA1, 0xFF))
KOREAN: Final = re.compile(SYLLABLES)
UNLIKELY_KOREAN: Final = re.compile(f"(?!{SYLLABLES})[가-힣ㄱ-ㅣ]")
# Kana, and the kanji of JIS level 1. Korean bytes taken for Japanese become half-width kana and
# characters for private use.
KANJI: Final = _class_of("cp932", range(0x88, 0x99), range(0x40, 0xFD))
JAPANESE: Final = re.compile(f"[ぁ-んァ-ヶー]|{KANJI}")
UNLIKELY_JAPANESE: Final = re.compile("[\uff61-\uff9f\ue000-\uf8ff]")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """`weight`: how much one unlikely character counts against the likely ones. Half-width kana
    also stand in good Japanese lists; rare syllables hardly ever stand in Korean ones."""

    encoding: str
    likely: re.Pattern[str]
    unlikely: re.Pattern[str]
    weight: int

    def likeness(self, content: bytes) -> int | None:
        """How much the text looks like its language; below 0: it is another's. None: bad bytes."""
        likely = unlikely = 0
        try:
            for text in decoded_blocks(content, self.encoding):
                likely += len(self.likely.findall(text))
                unlikely += len(self.unlikely.findall(text))
        except UnicodeDecodeError:
            return None
        return likely - self.weight * unlikely


CANDIDATES: Final = (
    _Candidate("cp949", KOREAN, UNLIKELY_KOREAN, 3),
    _Candidate("cp932", JAPANESE, UNLIKELY_JAPANESE, 1),
)


def detect(content: bytes) -> str:
    """The encoding whose whole text is well-formed and looks like its language.

    UTF-8 and UTF-16 (with its mark) reject wrong bytes reliably. CP949 and CP932 accept much of
    each other's, so the likelier one wins; one that looks like neither is refused rather than
    garbled. Raises UnreadableFile. Memory: a few blocks, however large the file.
    """
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if _is_wellformed(content, "utf-16"):
            return "utf-16"
        raise UnreadableFile("unknown_encoding")
    if _is_wellformed(content, "utf-8"):
        return "utf-8"
    best, encoding = -1, ""
    for candidate in CANDIDATES:
        likeness = candidate.likeness(content)
        if likeness is not None and likeness > best:
            best, encoding = likeness, candidate.encoding
    if not encoding:
        raise UnreadableFile("unknown_encoding")
    return encoding


def decoded_blocks(content: bytes, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(content)
    for start in range(0, len(content), BLOCK):
        yield decoder.decode(view[start : start + BLOCK])
    yield decoder.decode(b"", final=True)


def reader_encoding(encoding: str) -> str:
    """The codec to read with: one that passes over the byte order mark."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _is_wellformed(content: bytes, encoding: str) -> bool:
    try:
        for _text in decoded_blocks(content, encoding):
            pass
    except UnicodeDecodeError:
        return False
    return True
