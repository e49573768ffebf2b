"""Why a firm was found: its offerings that meet the words, explained in the reader's language."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber

from common.localisation import LANGUAGES, active_language, pick
from companies.masking import conceal
from companies.models import Company, Offering
from companies.searching.finding import Found
from companies.searching.terms import Term
from taxonomy.vocabulary import Vocabulary

SHOWN_OFFERINGS: Final = 3
# One letter would light up everywhere.
SHORTEST_MARK: Final = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a title; `is_hit`: it is what was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An offering in a list: its title in `language`, cut at the hits, and what it is in the
    reader's language where it is written in another."""

    pieces: tuple[Piece, ...]
    language: str
    gloss: str
    is_hit: bool


def show(firms: Sequence[Company], found: Found, *, today: date) -> dict[UUID, list[Shown]]:
    """{firm: at most SHOWN_OFFERINGS of its open offerings, those that were looked for first}."""
    terms = found.terms
    exact: set[int] = set().union(*(term.exact for term in terms))
    wanted = exact.union(*(term.narrower for term in terms))
    offerings = list(_first_offerings(firms, terms, exact, wanted, today))
    concepts = _concepts_of(offerings)
    reader = active_language()
    shown: dict[UUID, list[Shown]] = {firm.pk: [] for firm in firms}
    by_id = {firm.pk: firm for firm in firms}
    for offering in offerings:
        firm = by_id[offering.company_id]
        if not getattr(firm, "may_be_named", False):
            conceal(offering, firm)
        named = concepts.get(offering.pk, [])
        hits = [concept for concept in named if concept in exact]
        hits = hits or [concept for concept in named if concept in wanted]
        shown[offering.company_id].append(
            _shown(offering, hits, named, terms, found.vocabulary, reader)
        )
    return shown


def _first_offerings(
    firms: Sequence[Company], terms: Sequence[Term], exact: set[int], wanted: set[int], today: date
) -> Any:
    through = Offering.concepts.through.objects.filter(offering=OuterRef("pk"))
    ways = []
    if exact:
        ways.append(When(Exists(through.filter(concept__in=exact)), then=Value(0)))
    if wanted - exact:
        ways.append(When(Exists(through.filter(concept__in=wanted)), then=Value(1)))
    written = Q()
    for term in terms:
        if term.hs:
            written |= Q(hs6__icontains=term.hs)
            continue
        for language in LANGUAGES:
            written |= Q(**{f"title_{language}__icontains": term.words})
    if written:
        ways.append(When(written, then=Value(2)))
    return (
        Offering.objects.open(today)
        .filter(company__in=firms)
        .annotate(
            nearness=Case(*ways, default=Value(3), output_field=IntegerField()),
            place=Window(
                RowNumber(),
                partition_by=F("company"),
                order_by=["nearness", F("created_at").desc(), "pk"],
            ),
        )
        .filter(place__lte=SHOWN_OFFERINGS)
        .order_by("company", "place")
        .only("company", "language", *(f"title_{language}" for language in LANGUAGES))
    )


def _concepts_of(offerings: Sequence[Offering]) -> dict[UUID, list[int]]:
    pairs = (
        Offering.concepts.through.objects.filter(offering__in=offerings)
        .order_by("pk")
        .values_list("offering", "concept")
    )
    found: dict[UUID, list[int]] = {}
    for offering, concept in pairs:
        found.setdefault(offering, []).append(concept)
    return found


def _shown(
    offering: Offering,
    hits: Sequence[int],
    named: Sequence[int],
    terms: Sequence[Term],
    vocabulary: Vocabulary,
    reader: str,
) -> Shown:
    title, language = pick(offering, "title")
    words = [term.words for term in terms if not term.hs]
    for concept in hits:
        if known := vocabulary.terms.get(concept):
            words.extend(known.words[language])
    pieces = _cut(title, words)
    gloss = ""
    if language != reader:
        labels = [vocabulary.label(concept, reader) for concept in (*hits, *named)]
        known_labels = dict.fromkeys(label for label in labels if label)
        gloss = ", ".join(list(known_labels)[: max(1, len(hits))][:2])
        if _fold(gloss) == _fold(title):
            gloss = ""
    is_hit = bool(hits) or any(piece.is_hit for piece in pieces)
    return Shown(pieces, language, gloss, is_hit)


def _cut(title: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """The title cut where one of the words stands in it, the longest first."""
    folded = _fold(title)
    found = [_fold(word) for word in words if len(_fold(word)) >= SHORTEST_MARK]
    # Folding that changes the length would mark the wrong letters.
    if not found or len(folded) != len(title):
        return (Piece(title, False),)
    pattern = re.compile("|".join(map(re.escape, sorted(set(found), key=len, reverse=True))))
    pieces = []
    end = 0
    for hit in pattern.finditer(folded):
        if hit.start() > end:
            pieces.append(Piece(title[end : hit.start()], False))
        pieces.append(Piece(title[hit.start() : hit.end()], True))
        end = hit.end()
    if end < len(title):
        pieces.append(Piece(title[end:], False))
    return tuple(pieces)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
