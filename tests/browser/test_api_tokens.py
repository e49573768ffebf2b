"""Tokens as people meet them: made in the browser, used by a program, ended."""

from datetime import timedelta

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from api.models import Token
from mailing.models import Message
from tests.browser.axe import violations_of_both_themes
from tests.browser.conftest import NewPage, SignIn
from tests.browser.languages import english_left
from tests.browser.person import Person
from tests.factories import PASSWORD, CompanyFactory, StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

COPIED = "navigator.clipboard.readText()"


def as_program(site: str, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    return httpx.get(f"{site}/api/v1/me/", headers=headers)


def give_password(page: Page) -> None:
    """What was being done goes on by itself afterwards."""
    page.locator("main input[name=password]").fill(PASSWORD)
    page.locator("main input[name=password]").press("Enter")


def test_a_member_makes_uses_and_revokes_a_token(
    new_page: NewPage, sign_in: SignIn, site: str
) -> None:
    person = CompanyFactory(with_owner=True, owner__user__language="en").memberships.get().user
    page = new_page(language="en", width=390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    sign_in(page, person)
    page.goto(reverse("tokens:own"))
    tabs = page.get_by_role("navigation", name="My account")
    expect(tabs.get_by_role("link", name="Tokens")).to_be_in_viewport()
    page.get_by_label("Name").fill("ERP")
    page.get_by_role("button", name="Make the token").click()
    give_password(page)

    shown = page.get_by_role("region", name="The key of “ERP”")
    key = shown.get_by_label("Key", exact=True).input_value()
    shown.get_by_role("button", name="Copy the key").click()
    expect(shown.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate(COPIED) == key
    assert violations_of_both_themes(page) == []
    page.reload()
    expect(page.get_by_role("region", name="Tokens that work")).to_contain_text("ERP")
    assert key not in page.content()
    assert Token.objects.count() == 1

    answered = as_program(site, key)
    assert (answered.status_code, answered.json()["email"]) == (200, person.email)
    page.goto(reverse("tokens:own"))
    standing = page.get_by_role("region", name="Tokens that work")
    expect(standing).to_contain_text("last used")
    expect(standing).to_contain_text("127.0.0.1")
    standing.get_by_role("link", name="Uses of ERP").click()
    expect(page.get_by_role("row").filter(has_text="GET api:me")).to_contain_text("200")

    page.get_by_role("link", name="My tokens").first.click()
    page.get_by_role("button", name="Revoke ERP").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Nobody gets in with it any more.")).to_be_visible()
    expect(page.get_by_text("No tokens yet")).to_be_visible()
    refused = as_program(site, key)
    assert refused.status_code == 401
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert refused.json()["code"] == "unauthenticated"


def test_an_administrator_takes_a_system_in_and_gives_it_a_new_key(
    new_page: NewPage, sign_in: SignIn, site: str
) -> None:
    boss = StaffFactory(staff_role="administrator", language="ja", name="佐藤")
    page = new_page(language="ja", width=1440)
    sign_in(page, boss)
    person = Person(page, "ja").goes_to(reverse("tokens:systems"))
    person.fills(name="会員管理", contact=str(boss.pk), networks="127.0.0.0/8", scopes="data")
    page.get_by_role("button", name=person.word("Make the token")).click()
    give_password(page)
    old = page.locator("#new-key").input_value()
    assert english_left(page) == []
    assert as_program(site, old).json()["staff_role"] == "supervisor"

    person.goes_to(reverse("tokens:systems")).follows("会員管理")
    person.fills(overlap="24").presses("Make a new key")
    new = page.locator("#new-key").input_value()
    assert new != old
    assert violations_of_both_themes(page) == []
    assert {as_program(site, key).status_code for key in (old, new)} == {200}
    ends = Token.objects.get(hint=old[:12]).expires_at
    assert ends <= timezone.now() + timedelta(hours=24)
    letter = Message.objects.get(kind="token_rotated")
    assert letter.to == boss.email
    assert old[:12] in letter.html

    # The one that somebody might have seen is ended before its time.
    row = page.locator("li.row").filter(has_text=old[:12])
    row.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name=person.word("Revoke")).click()
    person.sees("The token is revoked. Nobody gets in with it any more.")
    assert as_program(site, old).status_code == 401
    assert as_program(site, new).status_code == 200
