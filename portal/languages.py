"""Addresses of their own for each language: the public pages below /ko/, /ja/ and /en/.

The address without a prefix stays: there the visitor's cookie or browser says the language.
"""

import re
from typing import Final

from django.urls import Resolver404, resolve

from common.localisation import LANGUAGES

# What a visitor may find by a search engine; every other page has one address only.
PUBLIC_PAGES: Final = frozenset(
    {
        "portal:home",
        "portal:how_it_works",
        "portal:privacy",
        "portal:terms",
        "portal:contact",
        "portal:sectors",
        "portal:sector",
        "portal:api",
        "portal:api_group",
        "portal:problems",
        "portal:problem",
        "companies:directory",
        "companies:company",
    }
)
# Parts of such pages that are fetched later: in the page's language too, but never found.
PARTS: Final = frozenset({"companies:directory_suggestions"})
_PREFIXED: Final = re.compile(rf"/({'|'.join(LANGUAGES)})((?:/.*)?)", re.DOTALL)


def split_language(path: str) -> tuple[str, str] | None:
    """(language, path without it) of a path that begins with a language; `/ko` has no path left."""
    found = _PREFIXED.fullmatch(path)
    return (found[1], found[2]) if found else None


def with_language(path: str, language: str) -> str:
    """`path` below its language; unchanged when `language` is empty."""
    return f"/{language}{path}" if language else path


def is_public(path: str) -> bool:
    try:
        return resolve(path).view_name in PUBLIC_PAGES | PARTS
    except Resolver404:
        return False
