"""Tabler's outline icons as inline SVG: they take the colour of the text and need no request."""

import json
from functools import cache
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.finders import built_folder

Node = tuple[str, dict[str, str]]

# A suspension bridge on Tabler's grid of 24 × 24; static/src/img/favicon.svg shows the same.
BRAND_MARK: Final = (
    "M2 16.5h20M7 6v13M17 6v13M2 13.2C4.7 12.7 6.3 10.3 7 6"
    "c1 4.9 2.7 7 5 7s4-2.1 5-7c.7 4.3 2.3 6.7 5 7.2"
)


@cache
def _outline() -> dict[str, list[Node]]:
    path = built_folder() / "icons.json"
    if not path.is_file():
        raise ImproperlyConfigured("static/dist/icons.json is missing: run `npm run build` first.")
    nodes: dict[str, list[Node]] = json.loads(path.read_text(encoding="utf-8"))
    return nodes


@cache
def icon_svg(name: str, classes: str = "") -> SafeString:
    """Tabler's outline icon `name`, hidden from screen readers: a word stands beside it.

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
        '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        "{}</svg>",
        f" {classes}" if classes else "",
        shapes,
    )


@cache
def brand_mark() -> SafeString:
    """The bridge in its blue square."""
    return format_html(
        '<svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<rect class="fill-primary" width="24" height="24" rx="5.5"/>'
        '<path class="stroke-primary-content" d="{}" fill="none" stroke-width="1.7"'
        ' stroke-linecap="round" stroke-linejoin="round"/></svg>',
        BRAND_MARK,
    )
