"""Reads: finding concepts by any label in any of the three languages."""

import unicodedata

from django.db.models import F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.expressions import Case, When
from django.db.models.functions import Concat

from common.localisation import LANGUAGES
from taxonomy.models import Concept


class ArrayToString(Func):
    function = "array_to_string"
    output_field = TextField()


def search_concepts(query: str, *, sector: str = "", kind: str = "") -> QuerySet[Concept]:
    """Active concepts whose label or synonym contains `query` in any language, best first.

    Exact labels come first, then labels that begin with the words, then the rest; a query of six
    digits or fewer is also a prefix of HS codes. An empty query yields all, ordered by code.
    """
    concepts = Concept.objects.filter(is_active=True).select_related("parent", "sector")
    if sector:
        concepts = concepts.filter(sector__code=sector)
    if kind:
        concepts = concepts.filter(kind=kind)
    words = unicodedata.normalize("NFKC", query).strip()
    if not words:
        return concepts.order_by("code")
    exact, prefix, contains = Q(), Q(), Q(code=words)
    for language in LANGUAGES:
        label = f"label_{language}"
        exact |= Q(**{f"{label}__iexact": words})
        prefix |= Q(**{f"{label}__istartswith": words})
        contains |= Q(**{f"{label}__icontains": words})
    if words.isdigit():
        contains |= Q(hs_text__contains="|" + words)
    contains |= Q(synonym_text__icontains=words)
    return (
        concepts.annotate(
            synonym_text=Concat(
                Value("|"),
                *(ArrayToString(F(f"synonyms_{language}"), Value("|")) for language in LANGUAGES),
                output_field=TextField(),
            ),
            hs_text=Concat(
                Value("|"),
                ArrayToString(F("hs6"), Value("|")),
                output_field=TextField(),
            ),
            closeness=Case(
                When(exact, then=Value(0)),
                When(prefix, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            ),
        )
        .filter(contains)
        .order_by("closeness", "code")
    )
