"""Concepts in text: every label of every concept, found in one pass.

`trie.py` finds the labels, `cuts.py` says which of the finds are words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.text.cuts import openings, runs_into_next, words_among
from matching.engine.text.scripts import Characters, read
from matching.engine.text.trie import Trie
from matching.engine.types import Bools, Ints, Ragged, Words

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
_TRADABLE: Final = 0.9  # kind weight from which a concept is something one can buy


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

    def take(self, rows: NDArray[np.int64]) -> Tags:
        return Tags(*(getattr(self, column.name)[rows] for column in fields(self)))


def concept_key(code: str) -> int:
    """A 28-bit key of a concept that does not depend on the rest of the lexicon."""
    digest = blake2b(code.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> (32 - _KEY_BITS)


class Lexicon:
    """The compiled concepts, in the order of their codes.

    `ancestors`: row i lists i itself, its parent, and so on to the root. `hs6`: its codes.
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
        self.hs6: Ragged = Ragged.of(
            [[int(code) for code in entry.hs6] for entry in self.entries], np.int32
        )
        self.ancestors: Ragged = Ragged.of([self._line(row) for row in range(len(self))], np.int32)
        self.content: NDArray[np.float64] = self._information_content()
        self.weight: NDArray[np.float64] = np.array(
            [KIND_WEIGHTS.get(entry.kind, 1.0) for entry in self.entries]
        )
        self._trie, self._label_concept = self._compile()

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
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
        found = self._trie.find(characters.code, openings(characters))
        kept = words_among(characters, found)
        label, start, stop = (column[kept] for column in found)
        concept = self._label_concept[label]
        return Tags(
            text=characters.text[start],
            concept=concept,
            start=start,
            stop=stop,
            in_title=characters.in_title[start],
            qualifies=self._qualifies(characters, concept, start, stop),
        )

    def _qualifies(self, characters: Characters, concept: Ints, start: Ints, stop: Ints) -> Bools:
        """In all three languages the head of a compound comes last: a concept that runs into a
        tradable one, at most by a linking syllable, stands beside it and not for itself."""
        is_head = np.append(self.weight[concept[1:]] >= _TRADABLE, False)[: len(concept)]
        return runs_into_next(characters, start, stop) & is_head

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

    def _compile(self) -> tuple[Trie, Ints]:
        labels: dict[str, int] = {}
        spelled = [[label] for entry in self.entries for label in entry.labels]
        owner = [row for row, entry in enumerate(self.entries) for _ in entry.labels]
        characters = read(spelled)
        strings = characters.string.split("\x1e")[: len(spelled)]
        for row, string in zip(owner, strings, strict=True):
            for variant in spellings(string.strip()):
                labels.setdefault(variant, row)
        return Trie(list(labels)), np.fromiter(labels.values(), np.int32, len(labels))


def spellings(label: str) -> Sequence[str]:
    """A label and its regular variants: the optional long sign at the end of a katakana word."""
    if len(label) < 3 or not ("ァ" <= label[-2] <= "ー"):
        return [label] if label else []
    if label.endswith("ー"):
        return [label, label[:-1]] if len(label) > 3 else [label]
    if label[-1] in "アカガサザタダナハバパマヤャラワ":
        return [label, label + "ー"]
    return [label]
