"""The taxonomy as the engine's lexicon."""

import json
import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connection

from common.localisation import LANGUAGES
from matching.engine.text import Entry, Lexicon, read
from taxonomy.models import Concept
from taxonomy.vocabulary import load_vocabulary, vocabulary_version

logger = logging.getLogger(__name__)


def load_lexicon() -> Lexicon:
    """The lexicon of all active concepts; read and compiled anew only when one of them changed."""
    return _compiled(vocabulary_version())[0]


def compare_tags(
    texts: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[list[str], list[str]]]:
    """For each text the codes of the concepts it names with `before` and with `after` in place of
    what is stored: {code: facts of the concept}, see `taxonomy.revising`."""
    # Who goes through many texts compiles the two once.
    version = vocabulary_version()
    characters = read([[text] for text in texts])
    found = []
    for facts in (before, after):
        lexicon = _altered(version, json.dumps([sorted({*before, *after}), facts], sort_keys=True))
        tags = lexicon.tag(characters)
        codes: list[dict[str, None]] = [{} for _ in texts]
        for text, concept in zip(tags.text.tolist(), tags.concept.tolist(), strict=True):
            codes[text].setdefault(lexicon.codes[concept])
        found.append([list(each) for each in codes])
    return list(zip(*found, strict=True))


@lru_cache(maxsize=2)
def _altered(version: int, told: str) -> Lexicon:
    touched, facts = json.loads(told)
    entries = [entry for entry in _compiled(version)[0].entries if entry.code not in touched]
    there = {entry.code for entry in entries}
    there |= {code for code, each in facts.items() if each["is_active"]}
    for code in sorted(there & facts.keys()):
        each = facts[code]
        labels = [each[f"label_{language}"] for language in LANGUAGES]
        labels += [word for language in LANGUAGES for word in each[f"synonyms_{language}"]]
        entries.append(
            Entry(
                code=code,
                kind=each["kind"],
                parent=each["parent"],
                labels=tuple(labels),
                hs6=tuple(each["hs6"]),
            )
        )
    return Lexicon(
        entry if entry.parent in there else replace(entry, parent="") for entry in entries
    )


@lru_cache(maxsize=2)
def _compiled(_version: int) -> tuple[Lexicon, dict[str, int]]:
    """The lexicon, and the id of each of its codes."""
    columns = [f"label_{language}" for language in LANGUAGES]
    synonyms = [f"synonyms_{language}" for language in LANGUAGES]
    rows = list(
        Concept.objects.filter(is_active=True)
        .order_by("code")
        .values_list("pk", "code", "kind", "parent__code", "hs6", *columns, *synonyms)
    )
    ids = {row[1]: row[0] for row in rows}
    lexicon = Lexicon(
        Entry(
            code=code,
            kind=kind,
            parent=parent if parent in ids else "",
            labels=(*labels[:3], *(synonym for listed in labels[3:] for synonym in listed)),
            hs6=tuple(hs6),
        )
        for _pk, code, kind, parent, hs6, *labels in rows
    )
    return lexicon, ids


def read_words_ahead() -> None:
    """Read and compile what names the concepts, before a server's processes part: they share it,
    and nobody waits for it. When the database is away, whoever needs the words first reads them.
    """
    try:
        load_lexicon()
        load_vocabulary()
    except DatabaseError as error:
        logger.warning("the words of the concepts are read later: %s", error)
    finally:
        # A connection belongs to one process.
        connection.close()


def tag_texts(texts: Sequence[str]) -> list[list[int]]:
    """For each text the ids of the concepts it names, in order of appearance, none twice."""
    lexicon, id_of = _compiled(vocabulary_version())
    tags = lexicon.tag(read([[text] for text in texts]))
    found: list[dict[int, None]] = [{} for _ in texts]
    for text, concept in zip(tags.text.tolist(), tags.concept.tolist(), strict=True):
        found[text].setdefault(id_of[lexicon.codes[concept]])
    return [list(ids) for ids in found]


def read_mentions(text: str) -> list[tuple[int, str]]:
    """The ids of the concepts that `text` names, with the words that name each first, as they
    are written there; "" where they cannot be told."""
    lexicon, id_of = _compiled(vocabulary_version())
    characters = read([[text]])
    tags = lexicon.tag(characters)
    found: dict[int, str] = {}
    for concept, start, stop in zip(
        tags.concept.tolist(), tags.start.tolist(), tags.stop.tolist(), strict=True
    ):
        word = characters.string[start:stop]
        found.setdefault(id_of[lexicon.codes[concept]], _as_written(word, text))
    return list(found.items())


def _as_written(word: str, text: str) -> str:
    """`word` is folded and may lack spaces."""
    spaced = r"\s*".join(re.escape(sign) for sign in word if not sign.isspace())
    found = re.search(spaced, unicodedata.normalize("NFKC", text), re.IGNORECASE)
    return found.group() if found else ""
