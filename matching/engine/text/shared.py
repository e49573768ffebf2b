"""Which words two texts have in common, each as its own text writes it: 감광액 and 感光液."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from matching.engine.text.loanwords import phonemes
from matching.engine.text.readings import syllables
from matching.engine.text.scripts import DIGIT, KATAKANA, LATIN, Characters, read

_LEAST_SYLLABLES: Final = 2
_LEAST_SOUNDS: Final = 4
_LEAST_LETTERS: Final = 2

Words = tuple[str, str]


def shared_words(one: str, other: str) -> list[Words]:
    """Words common to both texts, longest first, as (spelling in `one`, spelling in `other`).

    Chinese characters and Hangul agree by their Korean reading, loanwords by their sounds, Latin
    words and numbers by their letters. Spellings are normalised; no part of a text counts twice.
    """
    texts = read([[one]]), read([[other]])
    found = [*_same_syllables(*texts), *_same_sounds(*texts), *_same_letters(*texts)]
    found.sort(key=lambda spans: spans[0][0] - spans[0][1])
    taken: tuple[set[int], set[int]] = set(), set()
    words: dict[Words, None] = {}
    for spans in found:
        if any(used & set(range(*span)) for used, span in zip(taken, spans, strict=True)):
            continue
        for used, span in zip(taken, spans, strict=True):
            used.update(range(*span))
        spelled = [text.string[slice(*span)] for text, span in zip(texts, spans, strict=True)]
        words[spelled[0], spelled[1]] = None
    return list(words)


Span = tuple[int, int]
Spans = tuple[Span, Span]


def _same_syllables(one: Characters, other: Characters) -> Iterator[Spans]:
    """Runs of like syllables that cannot be made longer."""
    ours, theirs = syllables(one).tolist(), syllables(other).tolist()
    before = [0] * (len(theirs) + 1)
    for i in range(len(ours) - 1, -1, -1):
        lengths = [0] * (len(theirs) + 1)
        for j in range(len(theirs) - 1, -1, -1):
            if ours[i] and ours[i] == theirs[j]:
                lengths[j] = before[j + 1] + 1
                begins = not (i and j and ours[i - 1] and ours[i - 1] == theirs[j - 1])
                length = _to_word_end(one, i, other, j, lengths[j]) if begins else 0
                if length >= _LEAST_SYLLABLES:
                    yield (i, i + length), (j, j + length)
        before = lengths


def _to_word_end(one: Characters, i: int, other: Characters, j: int, length: int) -> int:
    """The part of a common run that ends where a word ends in either text, if there is one."""
    for shorter in range(length, _LEAST_SYLLABLES - 1, -1):
        if one.starts_word[i + shorter] or other.starts_word[j + shorter]:
            return shorter
    return length


def _same_sounds(one: Characters, other: Characters) -> Iterator[Spans]:
    """Whole words of like sounds, one of them in katakana."""
    theirs = _spoken(other)
    for sounds, span in _spoken(one).items():
        if len(sounds) >= _LEAST_SOUNDS and sounds in theirs:
            starts = one.script[span[0]], other.script[theirs[sounds][0]]
            if KATAKANA in starts:
                yield span, theirs[sounds]


def _spoken(text: Characters) -> dict[tuple[int, ...], Span]:
    sounds: dict[int, list[int]] = {}
    spans: dict[int, Span] = {}
    for sound, word, position in zip(*(column.tolist() for column in phonemes(text)), strict=True):
        sounds.setdefault(word, []).append(sound)
        spans.setdefault(word, (position, _end_of_script(text, position)))
    return {tuple(heard): spans[word] for word, heard in sounds.items()}


def _end_of_script(text: Characters, start: int) -> int:
    place = start
    while text.script[place] == text.script[start]:
        place += 1
    return place


def _same_letters(one: Characters, other: Characters) -> Iterator[Spans]:
    theirs = dict(_lettered(other))
    for word, span in _lettered(one):
        if word in theirs:
            yield span, theirs[word]


def _lettered(text: Characters) -> Iterator[tuple[str, Span]]:
    """Words of Latin letters and digits."""
    scripts: Sequence[int] = text.script.tolist()
    first = 0
    for place in range(1, len(scripts) + 1):
        joined = (
            place < len(scripts)
            and scripts[place] in (LATIN, DIGIT)
            and scripts[place - 1] in (LATIN, DIGIT)
            and not (text.starts_word[place] and scripts[place] == scripts[place - 1])
        )
        if not joined:
            word = text.string[first:place]
            if scripts[first] in (LATIN, DIGIT) and len(word) >= _LEAST_LETTERS:
                yield word, (first, place)
            first = place
