"""Tags for the head of a page; a builtin, so no template needs {% load %}."""

import json
from typing import Any, Final

from django import template
from django.http import HttpRequest
from django.template.base import NodeList, Parser, Token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.localisation import active_language
from companies.models import Company
from portal import seo
from portal.languages import with_language

register = template.Library()

# A data block is not run, but it must not be able to end itself early either.
_ESCAPED: Final = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def _request(context: template.Context) -> HttpRequest | None:
    return context.get("request")


class PageMetaNode(template.Node):
    """Title and description, once for the reader and once for link previews."""

    child_nodelists = ("title", "description")

    def __init__(self, title: NodeList, description: NodeList) -> None:
        self.title, self.description = title, description

    def render(self, context: template.Context) -> SafeString:
        title = mark_safe(" ".join(self.title.render(context).split()))  # noqa: S308
        description = mark_safe(" ".join(self.description.render(context).split()))  # noqa: S308
        return format_html(
            '<title>{}</title>\n  <meta name="description" content="{}">\n'
            '  <meta property="og:title" content="{}">\n'
            '  <meta property="og:description" content="{}">',
            title,
            description,
            title,
            description,
        )


@register.tag
def page_meta(parser: Parser, token: Token) -> PageMetaNode:
    """{% page_meta %}title{% page_description %}description{% endpage_meta %}"""
    title = parser.parse(("page_description",))
    parser.delete_first_token()
    description = parser.parse(("endpage_meta",))
    parser.delete_first_token()
    return PageMetaNode(title, description)


@register.inclusion_tag("components/page_links.html", takes_context=True)
def page_links(context: template.Context) -> dict[str, Any]:
    """Canonical address and languages of a public page; for every other page "noindex"."""
    return {
        "links": seo.page_links(_request(context)),
        "locale": seo.OG_LOCALES[active_language()],
        "image": seo.absolute(static("share.png")),
    }


@register.simple_tag(takes_context=True)
def public_url(context: template.Context, url_name: str, *args: Any) -> str:
    """`url` for a public page: it keeps the language that stands in the reader's address."""
    return with_language(reverse(url_name, args=args), seo.prefix_of(_request(context)))


@register.simple_tag(takes_context=True)
def site_data(context: template.Context) -> SafeString:
    """Who runs the site, and how it is searched."""
    return _block(seo.organization(), seo.website(seo.prefix_of(_request(context))))


@register.simple_tag(takes_context=True)
def trail_data(context: template.Context, *steps: Any) -> SafeString:
    """The way from the home page: {% trail_data name "url:name" argument name … %} in pairs."""
    return _block(seo.breadcrumbs(*_trail(context, steps)))


@register.simple_tag(takes_context=True)
def firm_data(context: template.Context, company: Company) -> SafeString:
    """A firm's own page. Not for firms that hide their name."""
    language = seo.prefix_of(_request(context))
    name = company.display_name
    own = seo.link_to("companies:company", company.pk, language=language)
    directory = seo.link_to("companies:directory", language=language)
    trail = seo.breadcrumbs(
        (_("Home"), seo.link_to("portal:home", language=language)),
        (_("Directory"), directory),
        (name, own),
    )
    return _block(seo.firm(company, language), trail)


def _trail(context: template.Context, steps: tuple[Any, ...]) -> list[tuple[str, str]]:
    language = seo.prefix_of(_request(context))
    found = [(_("Home"), seo.link_to("portal:home", language=language))]
    for name, path in zip(steps[::2], steps[1::2], strict=True):
        found.append((str(name), seo.absolute(path)))
    return found


def _block(*data: dict[str, Any]) -> SafeString:
    text = json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False)
    return mark_safe(  # noqa: S308
        f'<script type="application/ld+json">{text.translate(_ESCAPED)}</script>'
    )
