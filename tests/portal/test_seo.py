"""What search engines are told: of public pages everything, of private ones nothing."""

import json
import re
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import CompanyFactory, RegionFactory, SectorFactory, UserFactory

pytestmark = pytest.mark.django_db

NOINDEX = '<meta name="robots" content="noindex">'
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://gagyo.example"


def data_of(page: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def addresses(path: str) -> list[str]:
    answer = Client().get(path)
    assert answer.headers["Content-Type"].startswith("application/xml")
    return [str(found.text) for found in fromstring(answer.content).iterfind(".//s:loc", SITEMAP)]


@pytest.mark.parametrize("name", ["account_login", "account_signup", "portal:offline"])
def test_pages_that_nobody_searches_for_say_so(name: str) -> None:
    args = ["ko"] if name == "portal:offline" else []
    assert NOINDEX in Client().get(reverse(name, args=args)).text


def test_private_pages_and_results_of_a_search_say_so() -> None:
    client = Client()
    client.force_login(UserFactory())
    assert NOINDEX in client.get("/").text
    assert NOINDEX in Client().get("/directory/?q=resin").text
    assert NOINDEX not in Client().get("/directory/?q=&country=&page=2").text


def test_link_previews_show_title_and_description() -> None:
    page = Client().get("/en/").text
    title = re.search(r"<title>(.*?)</title>", page)
    assert title
    assert f'<meta property="og:title" content="{title[1]}">' in page
    assert '<meta property="og:image" content="https://gagyo.example/static/share.png">' in page


def test_titles_and_descriptions_are_the_pages_own() -> None:
    firm = CompanyFactory(name_en="Busan Resin", about_en="Makes resins.", region=RegionFactory())
    paths = ["/", "/how-it-works/", "/privacy/", "/terms/", "/contact/", "/sectors/"]
    paths += ["/directory/", reverse("companies:company", args=[firm.pk])]
    paths += [reverse("portal:sector", args=[SectorFactory(code="bio").code])]
    paths += ["/api/", "/api/operations/matches/", "/api/operations/needs/"]
    paths += ["/api/v1/problems/", "/api/v1/problems/invalid/"]
    pages = [Client().get(path).text for path in paths]
    for pattern in (r"<title>(.*?)</title>", r'<meta name="description" content="(.*?)">'):
        found = [match[1] for page in pages if (match := re.search(pattern, page))]
        assert len(set(found)) == len(paths)


def test_the_site_says_how_it_is_searched() -> None:
    organization, website = data_of(Client().get("/ja/").text)
    assert organization["@type"] == "Organization"
    target = website["potentialAction"]["target"]["urlTemplate"]
    assert target == "https://gagyo.example/ja/directory/?q={words}"


def test_a_firm_is_described_and_cannot_break_out_of_its_data() -> None:
    evil = CompanyFactory(name_en="</script><script>alert(1)</script>", name_ko="부산수지")
    page = Client().get(reverse("companies:company", args=[evil.pk])).text
    firm, trail = data_of(page)
    assert firm["name"] == "</script><script>alert(1)</script>"
    assert firm["alternateName"] == ["부산수지"]
    assert len(trail["itemListElement"]) == 3
    assert "<script>alert" not in page


def test_a_firm_that_hides_its_name_is_neither_described_nor_listed() -> None:
    hidden = CompanyFactory(is_name_hidden=True, name_en="Secret Works", about_en="Secret Works.")
    path = reverse("companies:company", args=[hidden.pk])
    page = Client().get(path).text
    assert NOINDEX in page
    assert "ld+json" not in page
    assert "Secret" not in page
    assert addresses("/sitemap-firms-1.xml") == []


def test_the_map_lists_pages_sectors_and_named_verified_firms_in_each_language() -> None:
    firm = CompanyFactory()
    CompanyFactory(unclaimed=True)
    CompanyFactory(state="draft")
    SectorFactory(code="bio")
    assert addresses("/sitemap.xml") == [
        "https://gagyo.example/sitemap-pages.xml",
        "https://gagyo.example/sitemap-firms-1.xml",
    ]
    pages = addresses("/sitemap-pages.xml")
    assert "https://gagyo.example/ko/" in pages
    assert "https://gagyo.example/ja/sectors/bio/" in pages
    assert "https://gagyo.example/ja/api/" in pages
    assert "https://gagyo.example/ja/api/operations/needs/" in pages
    assert "https://gagyo.example/ja/api/v1/problems/invalid/" in pages
    assert addresses("/sitemap-firms-1.xml") == [
        f"https://gagyo.example/{language}/directory/{firm.pk}/" for language in ("ko", "ja", "en")
    ]
    assert Client().get("/sitemap-firms-2.xml").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_map_asks_the_database_the_same_for_every_number_of_firms(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    CompanyFactory.create_batch(count)
    with django_assert_num_queries(2):
        Client().get("/sitemap-firms-1.xml")


def test_every_address_of_the_map_answers() -> None:
    CompanyFactory()
    SectorFactory(code="bio")
    for path in ("/sitemap-pages.xml", "/sitemap-firms-1.xml"):
        for url in addresses(path):
            assert Client().get(url.removeprefix("https://gagyo.example")).status_code == 200


def test_robots_are_told_of_the_map() -> None:
    answer = Client().get("/robots.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "Sitemap: https://gagyo.example/sitemap.xml" in answer.text
