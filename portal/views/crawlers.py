"""What search engines ask for: robots.txt and the map of the site."""

from typing import Any, Final

from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from api.errors import KINDS
from companies.models import Company
from portal.languages import PUBLIC_PAGES
from portal.operations import groups
from portal.seo import absolute, alternates_of
from taxonomy.models import Sector

# Firms in one file: with three languages each, far below the 50,000 addresses a file may have.
FIRMS_IN_A_FILE: Final = 2000
ONE_OF_MANY: Final = {
    "companies:company",
    "portal:api_group",
    "portal:problem",
    "portal:sector",
}
XML: Final = "application/xml; charset=utf-8"


@require_safe
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Everything may be read: pages that are not to be found say so themselves."""
    lines = ("User-agent: *", "Allow: /", "", f"Sitemap: {absolute(reverse('portal:sitemap'))}", "")
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index: one file of pages, and as many as the firms need."""
    files = [reverse("portal:sitemap_pages")]
    files += [reverse("portal:sitemap_firms", args=[number]) for number in _firms().page_range]
    context = {"files": [absolute(path) for path in files]}
    return render(request, "portal/sitemap.xml", context, content_type=XML)


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap_pages(request: HttpRequest) -> HttpResponse:
    paths = [reverse(name) for name in sorted(PUBLIC_PAGES - ONE_OF_MANY)]
    codes = Sector.objects.values_list("code", flat=True)
    paths += [reverse("portal:sector", args=[code]) for code in codes]
    paths += [reverse("portal:api_group", args=[group.name]) for group in groups()]
    paths += [reverse("portal:problem", args=[code]) for code in KINDS]
    return _urls(request, [(path, "") for path in paths])


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap_firms(request: HttpRequest, number: int) -> HttpResponse:
    """Verified firms that show their name."""
    try:
        page = _firms().page(number)
    except EmptyPage:
        raise Http404 from None
    rows = page.object_list
    entries = [
        (reverse("companies:company", args=[key]), changed_at.date().isoformat())
        for key, changed_at in rows
    ]
    return _urls(request, entries)


def _firms() -> "Paginator[Any]":
    named = Company.objects.listed().filter(is_name_hidden=False).order_by("pk")
    return Paginator(named.values_list("pk", "updated_at"), FIRMS_IN_A_FILE)


def _urls(request: HttpRequest, entries: list[tuple[str, str]]) -> HttpResponse:
    """Each path once for each language, and each time with all its languages."""
    context = {"entries": [(alternates_of(path), changed_on) for path, changed_on in entries]}
    return render(request, "portal/sitemap_urls.xml", context, content_type=XML)
