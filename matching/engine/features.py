"""Items -> feature words: what an item says, in a form both languages share.

A feature word is a uint32: channel (4 bits) | hash (24 bits) | level (4 bits, 1..15). The level is
how firmly the item says it: 15 for what was chosen by hand, less for text, less for ancestors of
a concept. Words depend on the item and the lexicon alone, so they are computed when an item is
saved, kept as bytes, and only weighed against each other when a run builds its index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.text import (
    Characters,
    Lexicon,
    is_sino_korean,
    latin_skeleton,
    phonemes,
    read,
    syllables,
)
from matching.engine.text.emphasis import BODY, EXCEPTED, levels_said
from matching.engine.text.loanwords import BACK
from matching.engine.text.packing import (
    HASH_BITS,
    LEVEL_BITS,
    Packed,
    concept_grams,
    firmest,
    packed_each,
    sound_grams,
    syllable_grams,
    word_runs,
)
from matching.engine.text.scripts import LATIN
from matching.engine.types import Features, Ints, Longs, Ragged, Words, begins_run

FORMAT: Final = 4  # of stored features; raise it when words of the same item change

CHOSEN, QUALIFIER = 15, 6
_FADE: Final = 0.7 ** np.arange(20)  # what each generation of ancestors counts
_CHUNK: Final = 2000  # documents read at once


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


def extract(documents: Sequence[Document], lexicon: Lexicon, *, threads: int = 1) -> Features:
    """The features of each document, in order. One document gives what it gives among many.

    The result does not depend on `threads`.
    """
    chunks = [documents[first : first + _CHUNK] for first in range(0, len(documents), _CHUNK)]
    # The compiled loops and NumPy's sort let go of the interpreter, so threads are enough.
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(lambda chunk: _features_of(chunk, lexicon), chunks))
    return Features(
        words=_join([part.words for part in parts]),
        concepts=_join([part.concepts for part in parts]),
    )


def _features_of(documents: Sequence[Document], lexicon: Lexicon) -> Features:
    characters = read([[document.title, *document.texts] for document in documents])
    level = levels_said(characters)
    concepts = _Concepts(documents, lexicon, characters, level)
    words = [*concepts.features(), *_text_features(characters, level)]
    return Features(
        words=_collect(np.concatenate(words), len(documents)),
        concepts=_collect(concepts.packed(), len(documents)),
    )


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
    ends = [np.concatenate(([0], np.cumsum(count))) for count in counts]
    of_concepts = np.arange(ends[0][-1]) + np.repeat(start + 3 - ends[0][:-1], counts[0])
    is_word = np.ones(len(buffer), np.bool_)
    is_word[of_concepts] = False
    for place in range(3):
        is_word[start + place] = False
    return Features(
        words=Ragged(ends[1], buffer[is_word]), concepts=Ragged(ends[0], buffer[of_concepts])
    )


def levels(words: Words) -> NDArray[np.float32]:
    """How firmly each word is said, in (0, 1]."""
    return (words & np.uint32(15)).astype(np.float32) / np.float32(15)


def slots(words: Words) -> Ints:
    """The 24-bit hash of each word: its column among all features of all channels."""
    return (words >> np.uint32(LEVEL_BITS) & np.uint32((1 << HASH_BITS) - 1)).astype(np.int32)


def channels(words: Words) -> NDArray[np.uint8]:
    return (words >> np.uint32(HASH_BITS + LEVEL_BITS)).astype(np.uint8)


def concept_keys(concepts: Words) -> Words:
    """The concept key (28 bits) of each stored concept."""
    return concepts >> np.uint32(LEVEL_BITS)


class _Concepts:
    """The concepts of a chunk of documents: chosen ones and those found in the text.

    `document`, `concept` and `level` have a value for each, by document, none twice.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        lexicon: Lexicon,
        characters: Characters,
        level_at: NDArray[np.uint8],
    ) -> None:
        self._documents = documents
        self._lexicon = lexicon
        chosen = [
            (row, lexicon.row_of[code])
            for row, document in enumerate(documents)
            for code in document.concepts
            if code in lexicon.row_of
        ]
        by_hand = np.array(chosen, np.int64).reshape(-1, 2)
        tags = lexicon.tag(characters)
        tags = tags.take(np.flatnonzero(level_at[tags.start] > EXCEPTED))
        said = level_at[tags.start]
        said = np.where(tags.qualifies, np.minimum(said, QUALIFIER), said)
        document: Longs = np.concatenate((by_hand[:, 0], tags.text))
        concept: Longs = np.concatenate((by_hand[:, 1], tags.concept))
        level: Longs = np.concatenate((np.full(len(by_hand), CHOSEN), said))
        # Once each, at the firmest level.
        packed = np.sort(document << 32 | concept << LEVEL_BITS | CHOSEN - level)
        packed = packed[begins_run(packed >> LEVEL_BITS)]
        self.document = packed >> 32
        self.concept = packed >> LEVEL_BITS & 0xFFFFFFF
        self.level = CHOSEN - (packed & 15)

    def packed(self) -> Packed:
        """document (32 bits) | concept key (28) | level (4)."""
        packed = self.document.astype(np.uint64) << np.uint64(32)
        packed |= self._keys << np.uint64(LEVEL_BITS)
        return packed | self.level.astype(np.uint64)

    def features(self) -> Iterator[Packed]:
        lexicon = self._lexicon
        yield concept_grams(
            (self.document, self.concept, self.level),
            lexicon.keys,
            (lexicon.ancestors.start, lexicon.ancestors.values),
            _FADE,
            lexicon.weight * lexicon.content,
            (Channel.CONCEPT.value, Channel.PAIR.value, Channel.TRIPLE.value),
        )
        yield from self._hs()

    @property
    def _keys(self) -> Packed:
        return self._lexicon.keys[self.concept].astype(np.uint64)

    def _hs(self) -> Iterator[Packed]:
        """Declared codes; where there are none, those its concepts usually have, less firmly."""
        declared = np.array(
            [
                (row, int(code))
                for row, document in enumerate(self._documents)
                for code in document.hs6
            ],
            np.int64,
        ).reshape(-1, 2)
        has_code = np.zeros(len(self._documents), np.bool_)
        has_code[declared[:, 0]] = True
        without = np.flatnonzero(~has_code[self.document])
        likely = self._lexicon.hs6.take(self.concept[without])
        document = np.concatenate((declared[:, 0], self.document[without][likely.row_of_value]))
        code = np.concatenate((declared[:, 1], likely.values)).astype(np.uint64)
        level = np.repeat((CHOSEN, BODY // 2), (len(declared), len(likely.values)))
        for channel, divisor in ((Channel.HS2, 10_000), (Channel.HS4, 100), (Channel.HS6, 1)):
            yield packed_each(document, channel.value, code // np.uint64(divisor), level)
        begins = np.searchsorted(self.document, np.arange(len(self._documents) + 1))
        tags = Ragged(begins, np.arange(len(self.document))).take(document)
        owner, tag = tags.row_of_value, tags.values
        yield packed_each(
            document[owner],
            Channel.HS4_CONCEPT.value,
            code[owner] // np.uint64(100) << np.uint64(28) | self._keys[tag],
            np.minimum(level[owner], self.level[tag]),
        )


def _text_features(characters: Characters, level: NDArray[np.uint8]) -> Iterator[Packed]:
    yield syllable_grams(
        syllables(characters),
        characters.script,
        characters.text,
        level,
        is_sino_korean(),
        (Channel.SYLLABLES_2.value, Channel.SYLLABLES_3.value),
    )
    sound, word, position = phonemes(characters)
    yield sound_grams(sound, word, position, characters.text, level, Channel.SOUNDS.value)
    start, stop, hashed = word_runs(characters.code, characters.script, characters.starts_word)
    yield packed_each(characters.text[start], Channel.WORD.value, hashed, level[start])
    for spoken in (
        _consonants(sound, word, position),
        _latin_sounds(characters, start, stop, hashed),
    ):
        yield sound_grams(*spoken, characters.text, level, Channel.SKELETON.value)


def _consonants(
    sound: NDArray[np.uint8], word: Longs, position: Longs
) -> tuple[NDArray[np.uint8], Longs, Longs]:
    """The consonants alone, of several equal ones in a row the first."""
    consonant = np.flatnonzero(sound < BACK)
    sound, word = sound[consonant], word[consonant]
    once = begins_run(sound, word)
    return sound[once], word[once], position[consonant][once]


def _latin_sounds(
    characters: Characters, start: Ints, stop: Ints, hashed: Packed
) -> tuple[NDArray[np.uint8], Longs, Longs]:
    """(sound, word, position) of the consonants of Latin words of four letters and more."""
    long = (stop - start >= 4) & (characters.script[start] == LATIN)
    start, stop, hashed = start[long], stop[long], hashed[long]
    _, example, which = np.unique(hashed, return_index=True, return_inverse=True)
    spoken = [latin_skeleton(characters.string[start[i] : stop[i]]) for i in example]
    ends = np.cumsum([0, *map(len, spoken)])
    sounds = Ragged(ends, np.fromiter(chain.from_iterable(spoken), np.uint8, ends[-1])).take(which)
    word = sounds.row_of_value
    return sounds.values, word, start[word].astype(np.int64)


def _collect(packed: Packed, count: int) -> Ragged:
    """Sort, keep each feature of a document once at its firmest level, cut into rows."""
    return Ragged(*firmest(np.sort(packed), count))


def _join(parts: list[Ragged]) -> Ragged:
    lengths = [part.lengths for part in parts]
    values = [part.values for part in parts]
    start = np.concatenate(([0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *lengths]))))
    return Ragged(start.astype(np.int64), np.concatenate([np.zeros(0, np.uint32), *values]))
