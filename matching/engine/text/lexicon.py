"""Concepts in text: every label of every concept, found in one pass.

A label counts where it is a word or a sound part of one. What a word is differs by script:
Latin words stand between non-letters; a katakana label does not fire inside a longer katakana
word; Hangul and kanji compounds may contain a label where the cut is plausible (so 기판 is found
in 반도체기판, not in 전기 판매). Of overlapping labels one contained in another is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from ahocorasick_rs import MATCHKIND_STANDARD, AhoCorasick
from numpy.typing import NDArray

from matching.engine.text.scripts import (
    DIGIT,
    HANGUL,
    HIRAGANA,
    KANJI,
    LATIN,
    Characters,
    read,
)
from matching.engine.types import Bools, Ints, Ragged, Words, begins_run

#: How much a concept of a kind says about what is traded.
KIND_WEIGHTS: Final = {
    "product": 1.0,
    "material": 1.0,
    "equipment": 1.0,
    "service": 0.9,
    "process": 0.5,
    "application": 0.3,
    "property": 0.25,
    "theme": 0.2,
    "industry": 0.15,
}
_KEY_BITS: Final = 28
_MAX_DEPTH: Final = 12
_LINKS: Final = "용用의の "  # between a qualifier and its head
_TRADABLE: Final = 0.9  # kind weight from which a concept is something one can buy
_MAX_PARTS: Final = 4  # of a compound word

# One Korean syllable that may follow a noun: particles, and suffixes that keep its meaning.
_KOREAN_TAILS: Final = "은는이가을를의에와과도로만나용류등품제형계급별업재화성및시식"
# One kanji that may stand before a noun without changing what the thing is.
_KANJI_PREFIXES: Final = "新高超低非無各同全大小軽重微薄厚細長短両多単複自外内上下前後及用等製"
_HIRAGANA_WORDS: Final = "のとやはがをにでもへびる"


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept: its code, kind, parent's code ("" for none), and labels in all languages."""

    code: str
    kind: str
    parent: str
    labels: tuple[str, ...]
    hs6: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """Concepts found: `concept` (row in the lexicon) at characters [start, stop) of a text.

    `qualifies`: it only says for what or of what kind the next one is: 화장품 in 화장품 유리용기.
    """

    text: Ints
    concept: Ints
    start: Ints
    stop: Ints
    in_title: Bools
    qualifies: Bools


def concept_key(code: str) -> int:
    """A 28-bit key of a concept that does not depend on the rest of the lexicon."""
    digest = blake2b(code.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> (32 - _KEY_BITS)


class Lexicon:
    """The compiled concepts, in the order of their codes.

    `ancestors`: row i lists i itself, its parent, and so on to the root.
    `content[i]` in (0, 1]: how specific a concept is (1 for a leaf); grows from root to leaf.
    Raises ValueError for a repeated code, an unknown parent or a circle of parents.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: tuple[Entry, ...] = tuple(sorted(entries, key=lambda entry: entry.code))
        self.codes: tuple[str, ...] = tuple(entry.code for entry in self.entries)
        self.row_of: dict[str, int] = {code: row for row, code in enumerate(self.codes)}
        if len(self.row_of) != len(self.codes):
            raise ValueError("A concept code is repeated.")
        self.keys: Words = np.array([concept_key(code) for code in self.codes], np.uint32)
        self._key_order: NDArray[np.int64] = np.argsort(self.keys, kind="stable")
        if len(np.unique(self.keys)) != len(self.keys):
            raise ValueError("Two concept codes share a key; rename one of them.")
        self.ancestors: Ragged = Ragged.of([self._line(row) for row in range(len(self))], np.int32)
        self.content: NDArray[np.float64] = self._information_content()
        self.weight: NDArray[np.float64] = np.array(
            [KIND_WEIGHTS.get(entry.kind, 1.0) for entry in self.entries]
        )
        self._automaton, self._label_concept = self._compile()

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def fingerprint(self) -> str:
        """Changes when anything that tagging depends on changes."""
        digest = blake2b(digest_size=8)
        for entry in self.entries:
            digest.update(repr(entry).encode())
        return digest.hexdigest()

    def rows_of_keys(self, keys: Words) -> Ints:
        """The row of each concept key; -1 where the lexicon has no such concept."""
        if not len(self):
            return np.full(len(keys), -1, np.int32)
        place = np.searchsorted(self.keys, keys, sorter=self._key_order)
        row = self._key_order[np.minimum(place, len(self) - 1)]
        return np.where(self.keys[row] == keys, row, -1).astype(np.int32)

    def tag(self, characters: Characters) -> Tags:
        """All concepts in the texts, by position; contained and implausible finds left out."""
        found = (
            np.array(
                self._automaton.find_matches_as_indexes(characters.string, overlapping=True),
                np.int64,
            ).reshape(-1, 3)
            if self._automaton
            else np.zeros((0, 3), np.int64)
        )
        found = found[_plausible(characters, found[:, 1], found[:, 2])]
        order = np.lexsort((found[:, 0], -found[:, 2], found[:, 1]))
        label, start, stop = found[order].T
        reach = np.concatenate(([-1], np.maximum.accumulate(stop)[:-1])) if len(stop) else stop
        # A second concept with the very same label would have the very same span: keep the first.
        kept = stop > reach
        label, start, stop = label[kept], start[kept], stop[kept]
        concept = self._label_concept[label]
        return Tags(
            text=characters.text[start],
            concept=concept,
            start=start.astype(np.int32),
            stop=stop.astype(np.int32),
            in_title=characters.in_title[start],
            qualifies=self._qualifies(characters, concept, start, stop),
        )

    def _qualifies(
        self,
        characters: Characters,
        concept: Ints,
        start: NDArray[np.int64],
        stop: NDArray[np.int64],
    ) -> Bools:
        """In all three languages the head of a compound comes last: a concept that runs into a
        tradable one, at most by a linking syllable, stands beside it and not for itself."""
        if not len(start):
            return np.zeros(0, np.bool_)
        following = np.append(start[1:], len(characters.code))
        gap = following - stop
        link = _is_in(characters.code[stop], _LINKS)
        touches = (gap <= 0) | ((gap == 1) & link)
        is_head = np.append(self.weight[concept[1:]] >= _TRADABLE, False)
        return touches & is_head

    def _line(self, row: int) -> list[int]:
        line = [row]
        while parent := self.entries[line[-1]].parent:
            if parent not in self.row_of:
                raise ValueError(f"{self.codes[line[-1]]} has an unknown parent: {parent}")
            if len(line) > _MAX_DEPTH:
                raise ValueError(f"The parents of {self.codes[row]} go in a circle or too deep.")
            line.append(self.row_of[parent])
        return line

    def _information_content(self) -> NDArray[np.float64]:
        """Intrinsic information content (Seco, Veale and Hayes 2004), squared to part siblings.

        1 - log(concepts below, itself included) / log(all concepts): no corpus needed, so a
        pair's score does not change when other firms come and go.
        """
        below = np.bincount(self.ancestors.values, minlength=len(self))
        share = np.log(below) / np.log(max(len(self), 2) + 1)
        return np.maximum(1.0 - share, 0.05) ** 2

    def _compile(self) -> tuple[AhoCorasick | None, Ints]:
        labels: dict[str, int] = {}
        spelled = [[label] for entry in self.entries for label in entry.labels]
        owner = [row for row, entry in enumerate(self.entries) for _ in entry.labels]
        characters = read(spelled)
        strings = characters.string.split("\x1e")[: len(spelled)]
        for row, string in zip(owner, strings, strict=True):
            for variant in spellings(string.strip()):
                labels.setdefault(variant, row)
        if not labels:
            return None, np.zeros(0, np.int32)
        automaton = AhoCorasick(list(labels), matchkind=MATCHKIND_STANDARD)
        return automaton, np.fromiter(labels.values(), np.int32, len(labels))


def spellings(label: str) -> Sequence[str]:
    """A label and its regular variants: the optional long sign at the end of a katakana word."""
    if len(label) < 3 or not ("ァ" <= label[-2] <= "ー"):
        return [label] if label else []
    if label.endswith("ー"):
        return [label, label[:-1]] if len(label) > 3 else [label]
    if label[-1] in "アカガサザタダナハバパマヤャラワ":
        return [label, label + "ー"]
    return [label]


class _Cut:
    """Finds [start, stop) and what stands around them; every attribute has one value a find."""

    def __init__(
        self, characters: Characters, start: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> None:
        script, code = characters.script, characters.code
        size = len(script)
        starts_word = np.append(characters.starts_word, True)
        position = np.arange(size + 1)
        word_start = np.maximum.accumulate(np.where(starts_word, position, 0))
        word_stop = np.minimum.accumulate(np.where(starts_word, position, size)[::-1])[::-1]
        spaces = np.cumsum(characters.starts_word & ~begins_run(script))
        spaces = np.concatenate(([0], spaces))
        self.length = stop - start
        self.first, self.last = script[start], script[stop - 1]
        self.before = code[np.maximum(start - 1, 0)]
        self.after = code[np.minimum(stop, size - 1)]
        self.after_script = script[np.minimum(stop, size - 1)]
        self.joined_left = ~starts_word[start]  # inside a longer word, not at its beginning
        self.joined_right = ~starts_word[stop]
        self.offset = start - word_start[start]
        self.rest = np.where(self.joined_right, word_stop[stop] - stop, 0)
        self.spread = spaces[stop] > spaces[np.minimum(start + 1, size)]  # over a space

    def ends_cleanly(self) -> Bools:
        """At the end of a word, or before a Korean particle that ends it."""
        return (self.rest == 0) | ((self.rest == 1) & _is_in(self.after, _KOREAN_TAILS))

    def may_begin(self, continues: Bools) -> Bools:
        opens = ~self.joined_left
        korean = (self.offset >= 2) & ((self.length >= 3) | self.ends_cleanly() | continues)
        kanji = (self.offset >= 2) | (self.length >= 3) | _is_in(self.before, _KANJI_PREFIXES)
        hiragana = _is_in(self.before, _HIRAGANA_WORDS) | (self.length >= 4)
        inside = np.select(
            [self.first == HANGUL, self.first == KANJI, self.first == HIRAGANA],
            [korean, kanji, hiragana],
            default=False,
        )
        return opens | (inside & ~self.spread)

    def may_end(self) -> Bools:
        plural = (self.after == ord("s")) & (self.rest == 1)
        korean = self.ends_cleanly() | (~self.spread & ((self.length >= 3) | (self.rest >= 2)))
        closes = ~self.joined_right
        return np.select(
            [self.last == LATIN, self.last == DIGIT, self.last == HANGUL, self.last == KANJI],
            [closes | plural, closes & (self.after_script != LATIN), korean, self.length >= 2],
            default=closes | (self.last == HIRAGANA),
        ) | ((self.last == KANJI) & closes)


def _is_in(code: NDArray[np.uint16], letters: str) -> Bools:
    return np.isin(code, [ord(letter) for letter in letters])


def _plausible(
    characters: Characters, start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Which finds stand at word boundaries or at plausible cuts of a compound (row numbers)."""
    cut = _Cut(characters, start, stop)
    links = ~cut.spread & (cut.length >= 2)
    # A compound of known words: each begins where the one before it ends.
    right = cut.may_end()
    begins = np.zeros(len(characters.script) + 1, np.bool_)
    for _ in range(_MAX_PARTS):
        begins[start[right]] = True
        right |= links & begins[stop]
    left = cut.may_begin(continues=begins[stop])
    ends = np.zeros_like(begins)
    for _ in range(_MAX_PARTS):
        ends[stop[left]] = True
        left |= links & ends[start]
    return np.flatnonzero(left & right)
