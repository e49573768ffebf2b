"""Searching the directory: words → terms → firms in order, with the reason (docs/search.md)."""

from companies.searching.facets import Facets, count_facets
from companies.searching.finding import (
    Found,
    Search,
    directory_firms,
    find,
    narrowed,
    with_firms,
)
from companies.searching.items import with_words
from companies.searching.nearest import Near, nearest
from companies.searching.reasons import Shown, show

__all__ = [
    "Facets",
    "Found",
    "Near",
    "Search",
    "Shown",
    "count_facets",
    "directory_firms",
    "find",
    "narrowed",
    "nearest",
    "show",
    "with_firms",
    "with_words",
]
