"""/ko/, /ja/ and /en/ in front of a public page: that language, for whoever is not logged in."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.factories import CompanyFactory, SectorFactory, UserFactory

pytestmark = pytest.mark.django_db

PUBLIC = ["/", "/how-it-works/", "/privacy/", "/terms/", "/contact/", "/sectors/", "/directory/"]
PUBLIC += ["/api/", "/api/operations/needs/", "/api/v1/problems/", "/api/v1/problems/invalid/"]


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_a_public_page_speaks_the_language_of_its_address(path: str, language: str) -> None:
    answer = Client().get(f"/{language}{path}", headers={"accept-language": "fr"})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["Content-Language"] == language


def test_firms_and_sectors_have_such_addresses_too() -> None:
    firm = CompanyFactory(name_ja="株式会社架橋")
    for path in (
        reverse("companies:company", args=[firm.pk]),
        reverse("portal:sector", args=[SectorFactory(code="bio").code]),
    ):
        assert '<html lang="ja">' in Client().get(f"/ja{path}").text


@pytest.mark.parametrize(
    "path",
    [
        "/ko/accounts/login/",
        "/ko/company/",
        "/ko/matches/",
        "/ko/api/v1/matches/",
        "/ko/api/v1/openapi.json",
        "/ja/healthz/",
        "/en/staff/verification/",
        "/ko/ja/",
        "/ko/sectors/no-such-sector/",
        "/ko/no-such-page/",
        "/ko/sw.js",
    ],
)
def test_nothing_else_is_found_below_a_prefix(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_what_the_directory_suggests_speaks_the_language_of_the_page() -> None:
    page = Client().get("/ja/directory/").text
    assert 'hx-get="/ja/directory/suggestions/"' in page
    answer = Client().get("/ja/directory/suggestions/?q=x", headers={"accept-language": "ko"})
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == "ja"


def test_links_between_public_pages_keep_the_prefix() -> None:
    page = Client().get("/ja/").text
    assert 'href="/ja/how-it-works/"' in page
    assert 'href="/ja/directory/"' in page
    assert 'href="/ja/api/"' in page
    assert 'href="/ja/api/operations/needs/"' in Client().get("/ja/api/").text
    assert 'href="/accounts/signup/"' in page
    assert 'href="/how-it-works/"' in Client().get("/").text


@pytest.mark.parametrize(
    ("path", "target"),
    [("/ko", "/ko/"), ("/ko/how-it-works", "/ko/how-it-works/"), ("/ja/directory?q=a&q=b", None)],
)
def test_a_missing_slash_is_put_right(path: str, target: str | None) -> None:
    answer = Client().get(path)
    assert answer.status_code == 301
    assert answer.headers["Location"] == (target or "/ja/directory/?q=a&q=b")


def test_who_is_logged_in_goes_on_in_their_own_language() -> None:
    client = Client()
    client.force_login(UserFactory(language="ko"))
    answer = client.get("/ja/directory/?q=%E5%A1%97%E6%96%99")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/directory/?q=%E5%A1%97%E6%96%99"


def test_the_language_stays_for_registration_unless_one_was_chosen() -> None:
    client = Client()
    client.get("/ja/")
    assert '<html lang="ja">' in client.get(reverse("account_signup")).text
    client.post(reverse("set_language"), {"language": "ko", "next": "/"})
    client.get("/ja/")
    assert '<html lang="ko">' in client.get(reverse("account_signup")).text


def test_the_switch_leads_from_an_address_with_a_language_to_the_chosen_one() -> None:
    client = Client()
    page = client.get("/ja/directory/?q=resin")
    assert '<input type="hidden" name="next" value="/directory/?q=resin">' in page.text
    answer = client.post(
        reverse("set_language"), {"language": "en", "next": "/directory/?q=resin"}, follow=True
    )
    assert '<html lang="en">' in answer.text


def test_canonical_and_alternates(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://gagyo.example"
    page = Client().get("/ko/how-it-works/").text
    assert '<link rel="canonical" href="https://gagyo.example/ko/how-it-works/">' in page
    for language in ("ko", "ja", "en"):
        address = f"https://gagyo.example/{language}/how-it-works/"
        assert f'<link rel="alternate" hreflang="{language}" href="{address}">' in page
    default = "https://gagyo.example/how-it-works/"
    assert f'<link rel="alternate" hreflang="x-default" href="{default}">' in page
    assert f'<link rel="canonical" href="{default}">' in Client().get("/how-it-works/").text
