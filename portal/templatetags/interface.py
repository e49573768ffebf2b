"""Texts about the API, in which names of headers and the like are code."""

import re
from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Between backticks; the name of a header is one wherever it stands.
CODE: Final = re.compile(r"`([^`]+)`|(?<![A-Za-z])([A-Z][a-z]+-[A-Z][a-z]+)(?![A-Za-z])")


@register.filter
def coded(text: Any) -> SafeString:
    """The text escaped, its code as `<code>`."""
    parts, at = [], 0
    for found in CODE.finditer(str(text)):
        parts.append(
            format_html("{}<code>{}</code>", str(text)[at : found.start()], found[1] or found[2])
        )
        at = found.end()
    return format_html_join("", "{}", [(part,) for part in [*parts, str(text)[at:]]])
