"""Items -> feature words: what an item says, in a form both languages share.

A feature word is a uint32: channel (4 bits) | hash (24 bits) | level (4 bits, 1..15). The level is
how firmly the item says it: 15 for what was chosen by hand, less for text, less for ancestors of
a concept. Words depend on the item and the lexicon alone, so they are computed when an item is
saved, kept as bytes, and only weighed against each other when a run builds its index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.text import (
    Lexicon,
    is_sino_korean,
    latin_skeleton,
    phonemes,
    read,
    syllables,
)
from matching.engine.text.loanwords import BACK
from matching.engine.text.scripts import DIGIT, HIRAGANA, LATIN, SPACE, Characters
from matching.engine.types import Features, Ints, Longs, Ragged, Words, begins_run

FORMAT: Final = 1  # of stored features; raise it when words of the same item change

HASH_BITS: Final = 24
_LEVEL_BITS: Final = 4
CHOSEN, TITLE, BODY, QUALIFIER = 15, 14, 10, 6
_PER_GENERATION: Final = 0.7  # what an ancestor counts against its child
_MAX_CONJOINED: Final = 6  # concepts of an item that enter pairs and triples
_MAX_OKURIGANA: Final = 3  # characters between two kanji that still stand together
_CHUNK: Final = 4000  # documents read at once


class Channel(IntEnum):
    """Feature families; `candidates.CHANNEL_WEIGHTS` says what each is worth."""

    CONCEPT = 0
    PAIR = 1
    TRIPLE = 2
    SYLLABLES_2 = 3
    SYLLABLES_3 = 4
    SOUNDS = 5
    SKELETON = 6
    WORD = 7
    HS2 = 8
    HS4 = 9
    HS6 = 10
    HS4_CONCEPT = 11


@dataclass(frozen=True, slots=True)
class Document:
    """An item's words: its title in every language it has, then its texts, and what was chosen."""

    title: str
    texts: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    hs6: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """Features of many documents: `what` is unhashed content of up to 60 bits."""

    channel: Channel
    document: Longs
    what: NDArray[np.uint64]
    level: NDArray[np.int64]

    def packed(self) -> NDArray[np.uint64]:
        """document (32 bits) | channel (4) | hash (24) | level (4)."""
        seeded = self.what ^ (np.uint64(self.channel + 1) << np.uint64(60))
        hashed = _mix(seeded) >> np.uint64(64 - HASH_BITS)
        packed: NDArray[np.uint64] = self.document.astype(np.uint64) << np.uint64(32)
        packed |= np.uint64(self.channel << (HASH_BITS + _LEVEL_BITS))
        packed |= hashed << np.uint64(_LEVEL_BITS)
        packed |= np.clip(self.level, 1, 15).astype(np.uint64)
        return packed


def extract(documents: Sequence[Document], lexicon: Lexicon) -> Features:
    """The features of each document, in order. One document gives what it gives among many."""
    words: list[Ragged] = []
    concepts: list[Ragged] = []
    for first in range(0, len(documents), _CHUNK):
        chunk = documents[first : first + _CHUNK]
        tagged = _Concepts(chunk, lexicon)
        found = [*tagged.features(), *_text_features(tagged.characters)]
        words.append(_collect(np.concatenate([part.packed() for part in found]), len(chunk)))
        concepts.append(_collect(tagged.packed(), len(chunk)))
    return Features(_join(words), _join(concepts))


def dump(features: Features) -> list[bytes]:
    """One blob an item: a header of three uint32 (format, concepts, words), then both."""
    return [
        np.concatenate(([FORMAT, len(concepts), len(words)], concepts, words))
        .astype("<u4")
        .tobytes()
        for concepts, words in zip(features.concepts, features.words, strict=True)
    ]


def load(blobs: Sequence[bytes]) -> Features:
    """The inverse of `dump`. Raises ValueError for a blob of another format."""
    buffer = np.frombuffer(b"".join(blobs), "<u4").astype(np.uint32, copy=False)
    sizes = np.fromiter((len(blob) // 4 for blob in blobs), np.int64, len(blobs))
    start = np.cumsum(sizes) - sizes
    if np.any(buffer[start] != FORMAT):
        raise ValueError("Stored features of another format; extract them again.")
    counts = [buffer[start + 1].astype(np.int64), buffer[start + 2].astype(np.int64)]
    if np.any(counts[0] + counts[1] + 3 != sizes):
        raise ValueError("Stored features are damaged; extract them again.")
    parts = []
    for first, count in zip((start + 3, start + 3 + counts[0]), counts, strict=True):
        ends = np.concatenate(([0], np.cumsum(count)))
        where = np.arange(ends[-1]) + np.repeat(first - ends[:-1], count)
        parts.append(Ragged(ends, buffer[where]))
    return Features(words=parts[1], concepts=parts[0])


def levels(words: Words) -> NDArray[np.float32]:
    """How firmly each word is said, in (0, 1]."""
    return (words & np.uint32(15)).astype(np.float32) / np.float32(15)


def slots(words: Words) -> Ints:
    """The 24-bit hash of each word: its column among all features of all channels."""
    return (words >> np.uint32(_LEVEL_BITS) & np.uint32((1 << HASH_BITS) - 1)).astype(np.int32)


def channels(words: Words) -> NDArray[np.uint8]:
    return (words >> np.uint32(HASH_BITS + _LEVEL_BITS)).astype(np.uint8)


def concept_keys(concepts: Words) -> Words:
    """The concept key (28 bits) of each stored concept."""
    return concepts >> np.uint32(_LEVEL_BITS)


class _Concepts:
    """The concepts of a chunk of documents: chosen ones first, then those found in the text."""

    def __init__(self, documents: Sequence[Document], lexicon: Lexicon) -> None:
        self._documents = documents
        self._lexicon = lexicon
        self.characters = read([[document.title, *document.texts] for document in documents])
        tags = lexicon.tag(self.characters)
        chosen = [
            (row, lexicon.row_of[code])
            for row, document in enumerate(documents)
            for code in document.concepts
            if code in lexicon.row_of
        ]
        by_hand = np.array(chosen, np.int64).reshape(-1, 2)
        document = np.concatenate((by_hand[:, 0], tags.text))
        concept = np.concatenate((by_hand[:, 1], tags.concept))
        said = np.where(tags.in_title, TITLE, BODY)
        said = np.where(tags.qualifies, QUALIFIER, said)
        level = np.concatenate((np.full(len(by_hand), CHOSEN), said))
        # Once each, at the firmest level.
        order = np.lexsort((-level, concept, document))
        document, concept, level = document[order], concept[order], level[order]
        first = begins_run(document, concept)
        self.document, self.concept, self.level = document[first], concept[first], level[first]

    def packed(self) -> NDArray[np.uint64]:
        """document (32 bits) | concept key (28) | level (4)."""
        packed: NDArray[np.uint64] = self.document.astype(np.uint64) << np.uint64(32)
        packed |= self._keys(self.concept) << np.uint64(_LEVEL_BITS)
        packed |= self.level.astype(np.uint64)
        return packed

    def features(self) -> Iterator[_Found]:
        yield self._with_ancestors()
        yield from self._conjunctions()
        yield from self._hs()

    def _keys(self, concept: NDArray[Any]) -> NDArray[np.uint64]:
        return self._lexicon.keys[concept].astype(np.uint64)

    def _with_ancestors(self) -> _Found:
        lines = self._lexicon.ancestors.take(self.concept)
        generation = np.arange(len(lines.values)) - np.repeat(lines.start[:-1], lines.lengths)
        level = np.repeat(self.level, lines.lengths) * _PER_GENERATION**generation
        return _Found(
            Channel.CONCEPT,
            np.repeat(self.document, lines.lengths),
            self._keys(lines.values),
            np.floor(level).astype(np.int64),
        )

    def _conjunctions(self) -> Iterator[_Found]:
        """Pairs and triples of an item's most telling concepts: what makes it rare."""
        telling = self.level * (self._lexicon.weight * self._lexicon.content)[self.concept]
        order = np.lexsort((self.concept, -telling, self.document))
        document = self.document[order]
        begins = np.searchsorted(document, np.arange(len(self._documents)))
        place = np.arange(len(document)) - begins[document]
        kept = order[place < _MAX_CONJOINED]
        table = np.full((len(self._documents), _MAX_CONJOINED), -1, np.int64)
        table[self.document[kept], place[place < _MAX_CONJOINED]] = self.concept[kept]
        strength = np.zeros_like(table)
        strength[self.document[kept], place[place < _MAX_CONJOINED]] = self.level[kept]
        for channel, size in ((Channel.PAIR, 2), (Channel.TRIPLE, 3)):
            columns = np.array(list(combinations(range(_MAX_CONJOINED), size)))
            rows, which = np.nonzero((table[:, columns] >= 0).all(axis=2))
            members = np.sort(table[rows[:, None], columns[which]], axis=1)
            what = np.zeros(len(rows), np.uint64)
            for member in members.T:
                what = _mix(what + self._keys(member))
            level = strength[rows[:, None], columns[which]].min(axis=1, initial=CHOSEN)
            yield _Found(channel, rows, what >> np.uint64(4), level)

    def _hs(self) -> Iterator[_Found]:
        """Declared codes; where there are none, those its concepts usually have, less firmly."""
        declared = [
            (row, int(code), CHOSEN)
            for row, document in enumerate(self._documents)
            for code in document.hs6
        ]
        has_code = np.zeros(len(self._documents), np.bool_)
        has_code[[row for row, _, _ in declared]] = True
        likely = [
            (row, int(code), BODY // 2)
            for row, concept in zip(self.document.tolist(), self.concept.tolist(), strict=True)
            if not has_code[row]
            for code in self._lexicon.entries[concept].hs6
        ]
        rows = np.array(declared + likely, np.int64).reshape(-1, 3)
        document, code, level = rows.T
        for channel, divisor in ((Channel.HS2, 10_000), (Channel.HS4, 100), (Channel.HS6, 1)):
            yield _Found(channel, document, (code // divisor).astype(np.uint64), level)
        begins = np.searchsorted(self.document, np.arange(len(self._documents) + 1))
        counts = np.diff(begins)[document]
        first = np.cumsum(counts) - counts
        tag = np.arange(counts.sum()) + np.repeat(begins[document] - first, counts)
        heading = np.repeat(code // 100, counts).astype(np.uint64)
        yield _Found(
            Channel.HS4_CONCEPT,
            np.repeat(document, counts),
            heading << np.uint64(28) | self._keys(self.concept[tag]),
            np.minimum(np.repeat(level, counts), self.level[tag]),
        )


def _text_features(characters: Characters) -> Iterator[_Found]:
    yield from _syllable_features(characters)
    yield from _sound_features(characters)
    yield from _word_features(characters)


def _found_at(
    characters: Characters, channel: Channel, position: Longs, what: NDArray[np.uint64]
) -> _Found:
    level = np.where(characters.in_title[position], TITLE, BODY)
    return _Found(channel, characters.text[position].astype(np.int64), what, level)


def _syllable_features(characters: Characters) -> Iterator[_Found]:
    """Bigrams and trigrams of the unified script. Hiragana between two kanji is passed over.

    A gram that no Chinese characters could give is of a loan or native word: no kanji will ever
    meet it, so it is said less firmly, lest it count against a Japanese text it cannot be in.
    """
    syllable = syllables(characters).astype(np.uint64)
    position = np.flatnonzero(syllable)
    passable = (characters.script == HIRAGANA) | (characters.script == SPACE)
    barriers = np.concatenate(([0], np.cumsum(~passable)))
    unit = syllable[position]
    crosses = is_sino_korean()[unit]
    near = np.diff(position) <= _MAX_OKURIGANA + 1
    linked = near & (barriers[position[1:]] - barriers[position[:-1] + 1] == 0)
    start = np.flatnonzero(linked)
    for channel, size in ((Channel.SYLLABLES_2, 2), (Channel.SYLLABLES_3, 3)):
        what = np.zeros(len(start), np.uint64)
        sino = np.ones(len(start), np.bool_)
        for step in range(size):
            what = what << np.uint64(16) | unit[start + step]
            sino &= crosses[start + step]
        found = _found_at(characters, channel, position[start], what)
        yield replace(found, level=np.where(sino, found.level, found.level // 2))
        start = start[linked[np.minimum(start + 1, len(linked) - 1)] & (start + 1 < len(linked))]


def _sound_features(characters: Characters) -> Iterator[_Found]:
    """Fourgrams of the sounds, and of the consonants alone, of loanwords in three scripts."""
    sound, word, position = phonemes(characters)
    yield from _fourgrams(characters, Channel.SOUNDS, sound, word, position)
    consonant = sound < BACK
    latin, latin_word, latin_position = _latin_sounds(characters)
    sound, word, position = sound[consonant], word[consonant], position[consonant]
    once = begins_run(sound, word)
    yield from _fourgrams(characters, Channel.SKELETON, sound[once], word[once], position[once])
    yield from _fourgrams(characters, Channel.SKELETON, latin, latin_word, latin_position)


def _fourgrams(
    characters: Characters,
    channel: Channel,
    sound: NDArray[np.uint8],
    word: Longs,
    position: Longs,
) -> Iterator[_Found]:
    """Fourgrams over each word of two sounds and more, with its beginning and end marked."""
    if not len(sound):
        return
    first = begins_run(word)
    number = np.cumsum(first) - 1
    padded = np.zeros(len(sound) + 2 * (number[-1] + 1), np.uint64)
    place = np.arange(len(sound)) + 2 * number + 1
    padded[place] = sound
    where = np.zeros(len(padded), np.int64)
    where[place] = position
    where[place[first] - 1] = position[first]
    owner = np.full(len(padded), -1)
    owner[place] = number
    owner[place[first] - 1] = number[first]
    last = np.concatenate((first[1:], [True]))
    owner[place[last] + 1] = number[last]
    start = np.flatnonzero(owner[3:] == owner[:-3])
    what = np.zeros(len(start), np.uint64)
    for step in range(4):
        what = what << np.uint64(4) | padded[start + step]
    yield _found_at(characters, channel, where[start], what)


def _word_runs(characters: Characters) -> tuple[Longs, Longs, NDArray[np.uint64]]:
    """(start, stop, hash) of words of Latin letters and digits."""
    script = characters.script
    letter = (script == LATIN) | (script == DIGIT)
    bounds = np.flatnonzero(begins_run(letter) | (characters.starts_word & ~begins_run(script)))
    if not len(bounds):
        return bounds, bounds, bounds.astype(np.uint64)
    place = np.arange(len(script)) - np.repeat(bounds, np.diff(np.append(bounds, len(script))))
    letters = _mix(characters.code.astype(np.uint64) | place.astype(np.uint64) << np.uint64(16))
    hashed = np.add.reduceat(letters, bounds) >> np.uint64(4)
    stop = np.append(bounds[1:], len(script))
    kept = letter[bounds] & (stop - bounds >= 2)
    return bounds[kept], stop[kept], hashed[kept]


def _word_features(characters: Characters) -> Iterator[_Found]:
    start, _, hashed = _word_runs(characters)
    yield _found_at(characters, Channel.WORD, start, hashed)


def _latin_sounds(characters: Characters) -> tuple[NDArray[np.uint8], Longs, Longs]:
    """(sound, word, position) of the consonants of Latin words of four letters and more."""
    start, stop, hashed = _word_runs(characters)
    long = (stop - start >= 4) & (characters.script[start] == LATIN)
    start, stop, hashed = start[long], stop[long], hashed[long]
    _, example, which = np.unique(hashed, return_index=True, return_inverse=True)
    spoken = Ragged.of(
        [latin_skeleton(characters.string[start[i] : stop[i]]) for i in example], np.uint8
    ).take(which)
    word = spoken.row_of_value
    return spoken.values, word, start[word]


def _collect(packed: NDArray[np.uint64], count: int) -> Ragged:
    """Sort, keep each feature of a document once at its firmest level, cut into rows."""
    packed = np.sort(packed)
    what = packed >> np.uint64(_LEVEL_BITS)
    last = np.concatenate((what[1:] != what[:-1], [True]))[: len(packed)]
    packed = packed[last]
    document = (packed >> np.uint64(32)).astype(np.int64)
    start = np.searchsorted(document, np.arange(count + 1))
    return Ragged(start, (packed & np.uint64(0xFFFFFFFF)).astype(np.uint32))


def _join(parts: list[Ragged]) -> Ragged:
    lengths = [part.lengths for part in parts]
    values = [part.values for part in parts]
    start = np.concatenate(([0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *lengths]))))
    return Ragged(start.astype(np.int64), np.concatenate([np.zeros(0, np.uint32), *values]))


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): every bit depends on every bit."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ value >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ value >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return value ^ value >> np.uint64(31)
