"""An administrator makes an endpoint, reads its secret once, tries it, pauses it and tells again; a
worker delivers, and the receiver can tell by the secret that it is us."""

import hashlib
import hmac

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from api.hooks.services import record_event
from tests.api.hooks.receiver import Receiver
from tests.browser.axe import violations_of_both_themes
from tests.browser.person import Person
from tests.factories import PASSWORD, StaffFactory


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


def assert_signed(heard, secret):
    """As docs/webhooks.md says it, written anew."""
    marks = dict(part.split("=") for part in heard.headers["Gagyo-Signature"].split(","))
    signed = marks["t"].encode() + b"." + heard.body
    assert hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() == marks["v1"]
    assert abs(int(marks["t"]) - timezone.now().timestamp()) < 300


def test_an_endpoint_is_made_tried_paused_and_told_again(
    new_page, sign_in, site, receiver, celery_worker
):
    page = new_page(language="ko", width=390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    sign_in(page, StaffFactory(staff_role="administrator", language="ko", name="한지우"))
    person = Person(page, "ko")
    page.goto(reverse("hooks:endpoint_new"))
    page.locator("main input[name=password]").fill(PASSWORD)
    page.locator("main input[name=password]").press("Enter")
    person.looks().fills(name="회원관리", address=receiver.url)
    for box in page.locator("input[name=types]").all():
        box.check()
    assert violations_of_both_themes(page) == []
    person.presses("Make the endpoint")
    secret = page.locator("[data-secret]").inner_text()
    assert secret.startswith("whsec_")
    page.get_by_role("button", name=person.word("Copy the secret")).click()
    expect(page.locator("#new-secret-said")).to_have_text(person.word("Copied"))
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert violations_of_both_themes(page) == []
    page.reload()
    expect(page.locator("[data-secret]")).to_have_count(0)

    person.presses("Send a test event")
    tried = receiver.wait_for(1)
    assert tried.headers["Gagyo-Event"] == "ping"
    assert_signed(tried, secret)
    # The log looks again by itself, until there is nothing to wait for.
    log = page.locator("#deliveries")
    expect(log.locator("tbody .tone-success")).to_have_count(1)
    expect(page.locator("#deliveries[hx-trigger]")).to_have_count(0)

    person.presses("Pause")
    with transaction.atomic():
        record_event(type="company.verified", key="company:1", data={}, now=timezone.now())
    page.reload()
    expect(log.locator("tbody tr")).to_have_count(2)
    expect(log.locator("tbody .tone-success")).to_have_count(1)
    assert len(receiver.heard) == 1
    page.locator("form[action$='/resume/'] button").click()
    assert receiver.wait_for(2).headers["Gagyo-Event"] == "company.verified"
    expect(log.locator("tbody .tone-success")).to_have_count(2)

    log.get_by_role("link", name=person.word("test"), exact=True).click()
    page.get_by_role("button", name=person.word("Tell again")).click()
    again = receiver.wait_for(3)
    assert again.headers["Gagyo-Delivery"] == tried.headers["Gagyo-Delivery"]
    assert_signed(again, secret)
    expect(page.locator("h3 .tone-success")).to_have_count(2)
    page.locator("main summary").first.click()
    expect(page.locator("main details").first).to_contain_text("Gagyo-Delivery")
    assert violations_of_both_themes(page) == []
