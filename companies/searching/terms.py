"""What a reader typed, understood: the terms in it, each with its concepts and its letters."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from django.db import connection

from companies import tagging
from taxonomy.vocabulary import Vocabulary

MAX_WORDS: Final = 8
# The longest term of the taxonomy that is written with spaces has about so many words.
LONGEST_TERM: Final = 5
HS_CODE: Final = re.compile(r"(?:hs\s*(?:code)?\s*)?(\d{4})[.\s]?(\d{2})?(?:[.\s-]?\d{2,4})?", re.I)
LONG_NUMBER: Final = 10
LATIN: Final = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is looked for.

    `exact`: concepts that the words name; `narrower`: those below them; `chunks`: the folded
    words, Latin ones apart from others; `name`: as a firm's name would contain them.
    """

    words: str
    exact: frozenset[int] = frozenset()
    narrower: frozenset[int] = frozenset()
    chunks: tuple[str, ...] = ()
    name: str = ""
    hs: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """`name`: the whole as a firm's name; `number`: its digits, if it may be an official number."""

    terms: tuple[Term, ...] = ()
    name: str = ""
    number: str = ""


def understand(words: str, vocabulary: Vocabulary, *, longest: int = LONGEST_TERM) -> Understood:
    """The terms of a search in order of appearance: the longest that the taxonomy knows, of at
    most `longest` words."""
    text = unicodedata.normalize("NFKC", words).strip()
    pieces = [piece for piece in text.split() if any(map(str.isalnum, piece))][:MAX_WORDS]
    if not pieces:
        return Understood()
    digits = "".join(filter(str.isdigit, text))
    is_number = len(digits) >= LONG_NUMBER and not any(map(str.isalpha, text))
    number = digits if is_number else ""
    if code := HS_CODE.fullmatch(text):
        heading = code[1] + (code[2] or "")
        term = Term(words=text, narrower=vocabulary.of_hs(heading), hs=heading)
        return Understood((term,), number=number)
    spans = _spans(pieces, vocabulary, longest)
    unknown = [words for words, named in spans if not named]
    tags = dict(zip(unknown, tagging.tag(unknown), strict=True)) if unknown else {}
    folded = _fold([text, *(words for words, _named in spans)])
    terms = []
    for (words, named), (chunked, name) in zip(spans, folded[1:], strict=True):
        # In all three languages the head of a compound comes last.
        exact = named or frozenset(tags.get(words, [])[-1:])
        terms.append(
            Term(
                words=words,
                exact=exact,
                narrower=vocabulary.narrower(exact),
                chunks=tuple(chunk for chunk in chunked.split() if _says_something(chunk)),
                name=name,
            )
        )
    return Understood(tuple(terms), folded[0][1], number)


def broader(terms: tuple[Term, ...], vocabulary: Vocabulary) -> tuple[Term, ...]:
    """The terms with the next broader concepts in the place of theirs; empty where there is none
    below the top: a whole industry is nothing that somebody looks for."""
    found = []
    is_broader = False
    for term in terms:
        parents = frozenset(
            known.parent
            for concept in term.exact
            if (known := vocabulary.terms.get(concept)) and known.parent is not None
            if (above := vocabulary.terms.get(known.parent)) and above.parent is not None
        )
        if parents:
            is_broader = True
            found.append(
                Term(words=term.words, exact=parents, narrower=vocabulary.narrower(parents))
            )
        else:
            found.append(term)
    return tuple(found) if is_broader else ()


def _spans(
    pieces: list[str], vocabulary: Vocabulary, longest: int
) -> list[tuple[str, frozenset[int]]]:
    """The words cut into terms: the longest run of words that names a concept, from the left."""
    spans = []
    start = 0
    while start < len(pieces):
        for size in range(min(longest, len(pieces) - start), 0, -1):
            words = " ".join(pieces[start : start + size])
            if (named := vocabulary.named(words)) or size == 1:
                spans.append((words, named))
                start += size
                break
    return spans


def _says_something(chunk: str) -> bool:
    """A single character of Chinese, kana or Hangul is in too many words to be looked for."""
    return len(chunk) > 1


def _fold(texts: list[str]) -> list[tuple[str, str]]:
    """Each text as the database folds texts, and names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gagyo_fold(given), gagyo_name(given) "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS all_given (given, place) ORDER BY place",
            [texts],
        )
        return [(text, name) for text, name in cursor.fetchall()]


def grams(chunk: str) -> list[str]:
    """The pieces of a chunk under which the database keeps it (`gagyo_grams`)."""
    if LATIN.fullmatch(chunk):
        return [chunk[: max(size for size in (2, 3, 5, 8) if size <= len(chunk))]]
    return pairs(chunk)


def pairs(text: str) -> list[str]:
    return sorted({text[place : place + 2] for place in range(len(text) - 1)})
