"""What a text that is being written speaks of: concepts and HS codes, each with the reason."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from common.localisation import active_language
from companies import tagging
from taxonomy.choices import ConceptKind
from taxonomy.models import Concept

MOST_CONCEPTS: Final = 8
MOST_CODES: Final = 6
# What it is comes before what it is for, and that before what it is like.
LATER: Final = {ConceptKind.APPLICATION: 1, ConceptKind.INDUSTRY: 1, ConceptKind.PROPERTY: 2}


@dataclass(frozen=True, slots=True)
class SuggestedConcept:
    """`word`: how the text names it; `elsewhere`: what the other country calls it."""

    concept: Concept
    word: str
    elsewhere: str
    elsewhere_language: str


@dataclass(frozen=True, slots=True)
class SuggestedCode:
    """An HS-6 code of the product list, with the concept it stands under."""

    code: str
    concept: Concept

    @property
    def written(self) -> str:
        return f"{self.code[:4]}.{self.code[4:]}"


def suggest_concepts(
    text: str, *, chosen: Collection[str], other_language: str
) -> list[SuggestedConcept]:
    """The concepts that `text` names and that are not `chosen` (ids) yet, at most MOST_CONCEPTS."""
    words = dict(tagging.mentions(text)) if text.strip() else {}
    new = [concept_id for concept_id in words if str(concept_id) not in chosen]
    concepts = Concept.objects.in_bulk(new)
    found = [concepts[concept_id] for concept_id in new]
    found.sort(key=lambda concept: LATER.get(ConceptKind(concept.kind), 0))
    reader = active_language()
    return [
        SuggestedConcept(
            concept,
            words[concept.pk],
            getattr(concept, f"label_{other_language}") if other_language != reader else "",
            other_language,
        )
        for concept in found[:MOST_CONCEPTS]
    ]


def suggest_codes(concepts: Iterable[Concept], *, chosen: Collection[str]) -> list[SuggestedCode]:
    """The HS codes of `concepts` that are not `chosen` yet, at most MOST_CODES, none twice."""
    found: dict[str, SuggestedCode] = {}
    for concept in concepts:
        for code in concept.hs6:
            if code not in chosen:
                found.setdefault(code, SuggestedCode(code, concept))
    return list(found.values())[:MOST_CODES]
