"""Manifest, service worker and the page without connection."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "word"), [("ko", "매칭"), ("ja", "マッチング"), ("en", "Matches")]
)
def test_the_manifest_speaks_the_readers_language(language: str, word: str) -> None:
    page = Client().get(f"/{language}/").text
    address = reverse("portal:manifest", args=[language])
    assert f'<link rel="manifest" href="{address}">' in page
    answer = Client().get(address)
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["lang"] == language
    assert word in manifest["shortcuts"][0]["name"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/"))


def test_other_languages_have_neither_manifest_nor_page() -> None:
    for name in ("portal:manifest", "portal:offline"):
        assert Client().get(reverse(name, args=["fr"])).status_code == 404


def test_the_page_without_connection_is_of_nobody() -> None:
    client = Client()
    client.force_login(UserFactory(language="ko", name="한지우"))
    page = client.get(reverse("portal:offline", args=["ja"]))
    assert page.text == Client().get(reverse("portal:offline", args=["ja"])).text
    assert '<html lang="ja">' in page.text
    assert not page.cookies


def test_the_service_worker_keeps_public_files_and_pages_only() -> None:
    answer = Client().get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    found = re.search(r"staticPrefix } = (\{.*\});", answer.text)
    assert found
    kept = json.loads(found[1])
    assert kept["pages"] == {code: f"/offline/{code}/" for code in ("ko", "ja", "en")}
    for path in kept["files"]:
        assert path.startswith(kept["staticPrefix"])
        assert finders.find(path.removeprefix("/static/"))
    assert re.fullmatch(r"[0-9a-f]{12}", kept["version"])


def test_the_policy_lets_it_run() -> None:
    policy = Client().get("/").headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
