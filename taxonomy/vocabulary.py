"""The words of all concepts in memory: what names which, what is narrower, what to suggest."""

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from common.localisation import LANGUAGES
from taxonomy.models import Concept
from taxonomy.models import Vocabulary as Version

HIRAGANA_TO_KATAKANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# ウェハー, ウエハー and ウエハ are one word.
SMALL_TO_LARGE: Final = str.maketrans("ァィゥェォャュョヮ", "アイウエオヤユヨワ")


def fold_label(words: str) -> str:
    """Width, case, kana and their length and size, spaces and signs away: two spellings of a term
    are the same term."""
    text = unicodedata.normalize("NFKC", words).casefold().translate(HIRAGANA_TO_KATAKANA)
    return "".join(sign for sign in text.translate(SMALL_TO_LARGE) if sign.isalnum())[:200].replace(
        "ー", ""
    )


@dataclass(frozen=True, slots=True)
class Term:
    """A concept; `labels`: {language: its label}, `words`: {language: label and synonyms}."""

    id: int
    code: str
    parent: int | None
    labels: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


class Vocabulary:
    """The active concepts as they are at one version."""

    def __init__(self, rows: Iterable[Concept]) -> None:
        self.terms: dict[int, Term] = {}
        self._named: dict[str, set[int]] = defaultdict(set)
        self._children: dict[int, list[int]] = defaultdict(list)
        self._by_hs: dict[str, set[int]] = defaultdict(set)
        for row in rows:
            words = {
                code: (getattr(row, f"label_{code}"), *getattr(row, f"synonyms_{code}"))
                for code in LANGUAGES
            }
            labels = {code: listed[0] for code, listed in words.items()}
            self.terms[row.pk] = Term(row.pk, row.code, row.parent_id, labels, words)
            for listed in words.values():
                for word in listed:
                    self._named[fold_label(word)].add(row.pk)
            if row.parent_id is not None:
                self._children[row.parent_id].append(row.pk)
            for code in row.hs6:
                self._by_hs[code[:4]].add(row.pk)
                self._by_hs[code].add(row.pk)
        self._named.pop("", None)
        self._sorted = sorted(self._named)

    def named(self, words: str) -> frozenset[int]:
        """The concepts that bear exactly these words, in any language."""
        return frozenset(self._named.get(fold_label(words), ()))

    def narrower(self, concepts: Iterable[int]) -> frozenset[int]:
        """All concepts below `concepts`, without themselves."""
        wanted = frozenset(concepts)
        found: set[int] = set()
        waiting = list(wanted)
        while waiting:
            below = [child for child in self._children.get(waiting.pop(), ()) if child not in found]
            found.update(below)
            waiting.extend(below)
        return frozenset(found - wanted)

    def children(self, concept: int) -> list[int]:
        """The concepts directly below `concept`, in the order of their codes."""
        return self._children.get(concept, [])

    def of_hs(self, code: str) -> frozenset[int]:
        """The concepts with this HS code of 4 or 6 digits."""
        return frozenset(self._by_hs.get(code, ()))

    def beginning_with(self, words: str, limit: int) -> list[Term]:
        """Concepts one of whose words begins with `words`: shortest words first, none twice."""
        key = fold_label(words)
        if not key:
            return []
        found: dict[int, tuple[int, str]] = {}
        for place in range(bisect_left(self._sorted, key), len(self._sorted)):
            word = self._sorted[place]
            if not word.startswith(key):
                break
            for concept in self._named[word]:
                found[concept] = min(found.get(concept, (len(word), word)), (len(word), word))
        best = sorted(found, key=lambda concept: (found[concept], concept))
        return [self.terms[concept] for concept in best[:limit]]

    def label(self, concept: int, language: str) -> str:
        term = self.terms.get(concept)
        return term.labels[language] if term else ""


def vocabulary_version() -> int:
    """Another number whenever a concept was changed; 0 where there is none."""
    found = Version.objects.values_list("version", flat=True).first()
    return found or 0


def load_vocabulary() -> Vocabulary:
    """The present vocabulary, made anew only when a concept has changed."""
    return _made(vocabulary_version())


@lru_cache(maxsize=2)
def _made(_version: int) -> Vocabulary:
    fields = [f"{kind}_{code}" for kind in ("label", "synonyms") for code in LANGUAGES]
    rows = Concept.objects.filter(is_active=True).order_by("code")
    return Vocabulary(rows.only("code", "parent", "hs6", *fields))
