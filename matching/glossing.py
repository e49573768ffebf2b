"""Foreign words explained in place: the other side's terms with the reader's word beside them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from taxonomy.models import Concept

# A one-letter label would light up everywhere.
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text; `gloss` is the reader's word for it, or empty."""

    text: str
    gloss: str = ""


def gloss(text: str, *, language: str, reader: str, concepts: Iterable[Concept]) -> list[Segment]:
    """Cut `text` (in `language`) at the terms of `concepts`, each with its label for `reader`.

    The longest term wins where two overlap, and each concept is glossed at its first mention
    only. A text in the reader's own language comes back whole.
    """
    if language == reader or not text:
        return [Segment(text)] if text else []
    words: dict[str, Concept] = {}
    for concept in concepts:
        labels = [getattr(concept, f"label_{language}"), *getattr(concept, f"synonyms_{language}")]
        for label in labels:
            if len(label) >= SHORTEST:
                words.setdefault(_fold(label), concept)
    if not words:
        return [Segment(text)]
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return list(_segments(text, pattern, words, reader))


def _segments(
    text: str, pattern: re.Pattern[str], words: dict[str, Concept], reader: str
) -> Iterator[Segment]:
    seen: set[int] = set()
    end = 0
    for found in pattern.finditer(text):
        concept = words.get(_fold(found.group()))
        label = getattr(concept, f"label_{reader}", "")
        if concept is None or concept.pk in seen or _fold(label) == _fold(found.group()):
            continue
        seen.add(concept.pk)
        if found.start() > end:
            yield Segment(text[end : found.start()])
        yield Segment(found.group(), gloss=label)
        end = found.end()
    if end < len(text):
        yield Segment(text[end:])


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
