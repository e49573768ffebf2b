"""Reads: finding concepts by any label in any of the three languages."""

import unicodedata
from typing import Any, Final

from django.db.models import F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.expressions import Case, When
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from common.localisation import LANGUAGES
from taxonomy.models import Concept, Revision


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


def branches(sector: str = "") -> list[tuple[Concept, list[Any]]]:
    """The tree of all active concepts, or of those in a sector: [(concept, its branches)], in the
    order of labels. A concept whose broader one is not among them is a root."""
    rows = Concept.objects.filter(is_active=True).select_related("sector")
    if sector:
        rows = rows.filter(sector__code=sector)
    found = sorted(rows, key=lambda row: str(row).casefold())
    there = {row.pk for row in found}
    below: dict[int | None, list[Concept]] = {}
    for row in found:
        below.setdefault(row.parent_id if row.parent_id in there else None, []).append(row)

    def grown(parent: int | None) -> list[tuple[Concept, list[Any]]]:
        return [(row, grown(row.pk)) for row in below.get(parent, ())]

    return grown(None)


def line_of(concept: Concept) -> list[Concept]:
    """The broader concepts, the broadest first."""
    line: list[Concept] = []
    parent = concept.parent
    while parent is not None:
        line.insert(0, parent)
        parent = parent.parent
    return line


FIELD_ORDER: Final = (
    *(f"label_{language}" for language in LANGUAGES),
    *(f"synonyms_{language}" for language in LANGUAGES),
    "hs6",
    "parent",
    "sector",
    "kind",
    "is_active",
)


def differences(revision: Revision) -> list[tuple[str, str, list[str], list[str]]]:
    """(code, field, what goes, what comes) for each concept and field that a revision changes."""
    found = []
    for code, after in revision.after.items():
        before = revision.before.get(code, {})
        for name in FIELD_ORDER:
            old, new = _words(before.get(name)), _words(after.get(name))
            if old != new:
                label = str(Concept._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
                gone = [word for word in old if word not in new]
                found.append((code, label, gone, [word for word in new if word not in old]))
    return found


def _words(value: Any) -> list[str]:
    if isinstance(value, bool):
        return [str(_("yes") if value else _("no"))]
    if isinstance(value, list):
        return value
    return [value] if value else []
