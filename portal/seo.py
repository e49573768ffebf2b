"""What search engines and link previews are told of a page."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from common.localisation import LANGUAGES, active_language, pick
from companies.models import Company
from portal.languages import PUBLIC_PAGES, with_language

OG_LOCALES: Final = {"ko": "ko_KR", "ja": "ja_JP", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Alternate:
    """The same page in another language; `x-default` lets the reader's browser choose."""

    language: str
    url: str


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The page's own address, and those of its other languages."""

    canonical: str
    alternates: tuple[Alternate, ...]


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def link_to(url_name: str, *args: Any, language: str = "") -> str:
    """A public page's absolute address, below `language` where one is given."""
    return absolute(with_language(reverse(url_name, args=args), language))


def alternates_of(path: str, query: str = "") -> tuple[Alternate, ...]:
    found = [Alternate(code, absolute(with_language(path, code)) + query) for code in LANGUAGES]
    return (*found, Alternate("x-default", absolute(path) + query))


def prefix_of(request: HttpRequest | None) -> str:
    """The language in the address of the request; empty without one."""
    return str(getattr(request, "language_prefix", ""))


def page_links(request: HttpRequest | None) -> PageLinks | None:
    """None for a page that no search engine shall keep: private ones, and results of a search."""
    match = getattr(request, "resolver_match", None)
    if request is None or match is None or match.view_name not in PUBLIC_PAGES:
        return None
    if request.user.is_authenticated or any(
        value for name, value in request.GET.items() if name != "page"
    ):
        return None
    page = request.GET.get("page", "")
    query = f"?page={page}" if page.isdecimal() and page != "1" else ""
    own = absolute(with_language(request.path, prefix_of(request))) + query
    return PageLinks(own, alternates_of(request.path, query))


def organization() -> dict[str, Any]:
    """The service, as schema.org says it."""
    return {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": _("Gagyo"),
        "url": link_to("portal:home"),
        "logo": absolute(static("icon-512.png")),
        "email": settings.MAIL_CONTACT,
        "areaServed": ["KR", "JP"],
    }


def website(language: str) -> dict[str, Any]:
    """The site with its search; `language` is that of the page it stands on."""
    target = link_to("companies:directory", language=language)
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": _("Gagyo"),
        "url": link_to("portal:home", language=language),
        "inLanguage": active_language(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{target}?q={{words}}"},
            "query-input": "required name=words",
        },
    }


def breadcrumbs(*steps: tuple[str, str]) -> dict[str, Any]:
    """(name, absolute address) from the home page to the page itself."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(steps, start=1)
        ],
    }


def firm(company: Company, language: str) -> dict[str, Any]:
    """A firm that shows its name; only what its public page shows."""
    name, _language = pick(company, "name")
    others = [getattr(company, f"name_{code}") for code in LANGUAGES]
    about, _language = pick(company, "about")
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": name,
        "alternateName": [other for other in others if other and other != name],
        "url": company.website or link_to("companies:company", company.pk, language=language),
        "description": about,
        "address": {
            "@type": "PostalAddress",
            "addressCountry": company.country,
            "addressRegion": str(company.region) if company.region else "",
        },
    }
    return {key: value for key, value in told.items() if value}
