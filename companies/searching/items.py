"""Which offerings or needs meet the words, understood as those of the directory are."""

from typing import Any, TypeVar

from django.db.models import F, Func, Q, QuerySet, TextField, Value

from common.localisation import LANGUAGES
from companies.models import Item
from companies.searching.terms import understand
from taxonomy.vocabulary import load_vocabulary

Some = TypeVar("Some", bound=Item)
TEXTS = tuple(f"{field}_{language}" for field in ("title", "text") for language in LANGUAGES)


class Codes(Func):
    """The HS codes in one text, a blank before each."""

    function = "array_to_string"
    template = "' ' || %(function)s(%(expressions)s)"
    output_field = TextField()


def with_words(items: "QuerySet[Some]", words: str) -> "QuerySet[Some]":
    """The items of which every term is met: by a concept or a narrower one, by an HS code, or in
    a title or text as it is written."""
    terms = understand(words, load_vocabulary()).terms
    if not terms:
        return items.none() if words.strip() else items
    through: Any = items.model.concepts.through
    for term in terms:
        met = Q()
        if concepts := term.exact | term.narrower:
            named = through.objects.filter(concept__in=concepts)
            met |= Q(pk__in=named.values(items.model._meta.model_name))
        if term.hs:
            coded: Any = items.alias(hs_codes=Codes(F("hs6"), Value(" ")))
            items = coded
            met |= Q(hs_codes__contains=f" {term.hs}")
        for name in TEXTS:
            met |= Q(**{f"{name}__icontains": term.words})
        items = items.filter(met)
    return items
