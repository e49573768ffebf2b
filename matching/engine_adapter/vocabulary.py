"""How much of what firms write the lexicon understands, and where it contradicts itself."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from common.localisation import LANGUAGES
from matching.engine.text import Entry, Lexicon, read, syllables
from matching.engine.types import begins_run
from taxonomy.reading import Row, read_reference_data, split_list

_OWN_SCRIPT: Final = {"ko": re.compile("[가-힣]"), "ja": re.compile("[ぁ-ヺー一-鿿㐀-䶿々]")}
# A label of one Hangul syllable or one kana hides in any number of unrelated words.
_TRAP: Final = re.compile("[가-힣ぁ-ヺー]")
_WORD: Final = re.compile(r"[\w'.]{2,}")  # shorter pieces are particles and counters


@dataclass(frozen=True, slots=True)
class Coverage:
    """`understood` of `phrases` carry a concept; `unknown`: words of the others, how often."""

    phrases: int
    understood: int
    unknown: Mapping[str, int]

    @property
    def share(self) -> float:
        return self.understood / self.phrases if self.phrases else 0.0


def shipped_lexicon() -> Lexicon:
    """The lexicon of the data files, as a new installation has it; needs no database."""
    return Lexicon(
        Entry(
            code=row["code"],
            kind=row["kind"],
            parent=row["parent"],
            labels=tuple(label for language in LANGUAGES for label in labels_of(row, language)),
            hs6=tuple(split_list(row["hs6"])),
        )
        for row in read_reference_data().concepts
    )


def coverage(phrases: Sequence[str], lexicon: Lexicon) -> Coverage:
    """How many of `phrases` name a concept, and the words of those that name none."""
    characters = read([[phrase] for phrase in phrases])
    named = np.zeros(len(phrases), np.bool_)
    named[lexicon.tag(characters).text] = True
    begins = np.flatnonzero(characters.starts_word | begins_run(characters.text))
    unknown: Counter[str] = Counter()
    ends = np.append(begins[1:], len(characters.code))
    for first, last in zip(begins, ends, strict=len(begins) > 0):
        word = characters.string[first:last]
        if not named[characters.text[first]] and _WORD.fullmatch(word) and not word.isdigit():
            unknown[word] += 1
    return Coverage(len(phrases), int(named.sum()), dict(unknown.most_common()))


def tagged(phrases: Sequence[str], lexicon: Lexicon) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each phrase with (words in it, code of the concept found there), for judging by eye."""
    characters = read([[phrase] for phrase in phrases])
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    tags = lexicon.tag(characters)
    columns = (tags.text, tags.concept, tags.start, tags.stop)
    for text, concept, start, stop in zip(*(column.tolist() for column in columns), strict=True):
        found[text].append((characters.string[start:stop], lexicon.codes[concept]))
    for number, phrase in enumerate(phrases):
        yield phrase, found[number]


def lint(rows: Iterable[Row], homographs: Collection[str] = ()) -> list[str]:
    """What is wrong with the words of the concepts beyond their form; empty when all is well.

    A concept without a word in one of the two scripts; a label that hides in unrelated words; a
    Japanese label that reads, character by character, as the Korean label of another concept.
    `homographs`: Korean words for which the last is so in the languages themselves.
    """
    rows = list(rows)
    known = {_sounds(label): row["code"] for row in rows for label in labels_of(row, "ko")}
    allowed = {"", *map(_sounds, homographs)}
    faults = []
    for row in rows:
        code = row["code"]
        for language, script in _OWN_SCRIPT.items():
            labels = labels_of(row, language)
            if not any(map(script.search, labels)):
                faults.append(f"{code}: no {language} word in its own script")
            faults.extend(
                f"{code}: {label} hides in unrelated words"
                for label in labels
                if _TRAP.fullmatch(label)
            )
        own = {_sounds(label) for label in labels_of(row, "ko")}
        for label in labels_of(row, "ja"):
            reading = _sounds(label)
            if known.get(reading, code) != code and reading not in own | allowed:
                faults.append(f"{code}: {label} reads as {reading}, which is {known[reading]}")
    return faults


def _sounds(label: str) -> str:
    """A label of Chinese characters or Hangul as canonical syllables; "" for any other."""
    characters = read([[label]])
    sounded = syllables(characters)[:-1]  # the last character ends the text
    return "".join(map(chr, sounded)) if len(sounded) and sounded.all() else ""


def labels_of(row: Row, language: str) -> list[str]:
    """A concept's label in `language` and its synonyms."""
    return list(filter(None, [row[language], *split_list(row[f"{language}_synonyms"])]))
