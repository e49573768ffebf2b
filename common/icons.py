"""Tabler's outline icons as inline SVG, so that they take the colour of the text and need no request."""

import json
from functools import cache
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.finders import built_folder

Node = tuple[str, dict[str, str]]

# Drawn by us: Tabler has no bridge of our shape. Paths on the same 24 × 24 grid.
BRAND_MARK: Final = "M2.500 17h19M5 17V8.500m14 8.500V8.500M5 8.500c1.500 3.800 3.800 5.300 7 5.300s5.500-1.500 7-5.300M8.700 12.800V17M12 13.800V17m3.300-4.200V17"


@cache
def _outline() -> dict[str, list[Node]]:
    path = built_folder() / "icons.json"
    if not path.is_file():
        raise ImproperlyConfigured("static/dist/icons.json is missing: run `npm run build` first.")
    nodes: dict[str, list[Node]] = json.loads(path.read_text(encoding="utf-8"))
    return nodes


@cache
def icon_svg(name: str, classes: str = "") -> SafeString:
    """The icon called `name` at tabler.io/icons; hidden from screen readers: a word stands beside it.

    Raises KeyError for a name that Tabler does not have.
    """
    shapes = format_html_join(
        "",
        "<{} {}/>",
        (
            (tag, format_html_join(" ", '{}="{}"', attributes.items()))
            for tag, attributes in _outline()[name]
        ),
    )
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        f" {classes}" if classes else "",
        shapes,
    )


@cache
def brand_mark() -> SafeString:
    """The bridge in its blue square."""
    return format_html(
        '<svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<rect class="fill-primary" width="24" height="24" rx="5.5"/>'
        '<path class="stroke-primary-content" d="{}" fill="none" stroke-width="1.7" stroke-linecap="round"'
        ' stroke-linejoin="round"/></svg>',
        BRAND_MARK,
    )
