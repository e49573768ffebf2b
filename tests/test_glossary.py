"""The catalogues speak of the product's things in the words of docs/glossary.md, and no others."""

import re
from pathlib import Path

import pytest

from local import catalogues

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
# What every translation of a message with this word has to contain: the word's stem.
STEMS = {
    "certificate": ("인증", "認証"),
    "certification": ("인증", "認証"),
    "introduction": ("소개", "紹介"),
    "offering": ("공급", "供給"),
    "outcome": ("성과", "成果"),
    "reviewer": ("검토", "審査"),
    "sector": ("분야", "分野"),
}
# A placeholder's name is no word of the sentence; papers of a register are no certifications.
OTHER_THINGS = re.compile(r"%\(\w+\)[sd]|registration certificate|certificate of employment")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    part = GLOSSARY.split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def texts(language: str) -> dict[str, str]:
    """{English message: its translation}, plural forms joined."""
    found = {}
    for message in catalogues.read(ROOT, language):
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[0]
            words = message.string
            found[english] = words if isinstance(words, str) else " ".join(words)
    return found


KOREAN, JAPANESE = texts("ko"), texts("ja")


@pytest.mark.parametrize("row", rows("What they are in"), ids=lambda row: row[0])
def test_a_state_is_called_what_the_glossary_calls_it(row: list[str]) -> None:
    english, korean, japanese = row[:3]
    message = english if english in KOREAN else english.capitalize()
    assert (KOREAN[message], JAPANESE[message]) == (korean, japanese)


@pytest.mark.parametrize("english", STEMS)
def test_a_thing_has_one_word(english: str) -> None:
    named = re.compile(rf"\b{english}s?\b", re.IGNORECASE)
    for catalogue, stem in zip((KOREAN, JAPANESE), STEMS[english], strict=True):
        speaking = {text for text in catalogue if named.search(OTHER_THINGS.sub("", text))}
        assert speaking, f"no message speaks of {english!r}"
        assert {text: catalogue[text] for text in speaking if stem not in catalogue[text]} == {}


def test_words_that_we_do_not_use_stand_nowhere() -> None:
    avoided = {word for row in rows("The things") for word in re.split(r",\s*", row[4]) if word}
    assert len(avoided) > 10
    for catalogue in (KOREAN, JAPANESE):
        found = {(word, text) for word in avoided for text in catalogue.values() if word in text}
        assert found == set()
