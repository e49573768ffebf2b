"""On a phone: installable, and without a connection a page that says so in one's own language."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Complaints, NewPage, SignIn
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

# Settled when the worker is active, has what it keeps, and was told the language.
READY = """async () => {
  await navigator.serviceWorker.ready;
  const words = await caches.open("gagyo-words");
  while (!(await words.match("/language"))) await new Promise((done) => setTimeout(done, 50));
}"""
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      found.push(new URL(request.url).pathname);
  return found;
}"""


@pytest.mark.parametrize(
    ("language", "title"),
    [("ko", "연결되지 않았습니다"), ("ja", "接続がありません"), ("en", "No connection")],
)
def test_without_connection(
    new_page: NewPage, complaints: Complaints, language: str, title: str
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page = new_page(language="fr", width=390, has_service_worker=True)
    page.goto(f"/{language}/")
    page.evaluate(READY)
    page.reload()
    page.context.set_offline(True)
    page.goto("/how-it-works/")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert violations(page) == []
    page.context.set_offline(False)
    expect(page.locator(".numbered-steps")).to_be_visible(timeout=15_000)


def test_what_is_of_a_person_is_never_kept(
    new_page: NewPage,
    sign_in: SignIn,
    complaints: Complaints,
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    complaints.expect(r"woff2")  # fonts that no page had asked for before
    member = MembershipFactory(user__language="ja")
    page = new_page(width=390, has_service_worker=True)
    sign_in(page, member.user)
    page.goto(reverse("companies:profile"))
    page.evaluate(READY)
    page.goto(reverse("companies:profile"))
    kept = page.evaluate(KEPT)
    own = [
        path
        for path in kept
        if not path.startswith(("/static/", "/offline/")) and path != "/language"
    ]
    assert own == []
    page.context.set_offline(True)
    page.goto(reverse("companies:profile"))
    expect(page.get_by_role("heading", level=1)).to_have_text("接続がありません")
    expect(page.get_by_text(member.company.native_name)).to_have_count(0)


def test_a_new_version_replaces_what_an_old_one_kept(new_page: NewPage) -> None:
    page = new_page(has_service_worker=True)
    page.goto("/robots.txt")
    page.evaluate(
        "caches.open('gagyo-000000000000').then((old) => old.put('/x', new Response('')))"
    )
    page.goto("/en/")
    page.evaluate(READY)
    page.wait_for_function("async () => !(await caches.has('gagyo-000000000000'))")
    names = page.evaluate("caches.keys()")
    assert len([name for name in names if name != "gagyo-words"]) == 1


def test_the_browser_takes_the_manifest(new_page: NewPage) -> None:
    page = new_page(has_service_worker=True)
    page.goto("/ja/")
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith(reverse("portal:manifest", args=["ja"]))
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
