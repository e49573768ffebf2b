"""From the mail to the answer on a phone, taps counted, all of them within the thumb's reach."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from mailing.models import Message
from matching.choices import AnswerKind, DeclineReason, Side
from matching.models import Answer, Match
from tests.browser.axe import violations
from tests.browser.conftest import NewPage, SignIn
from tests.browser.test_matching import full_match
from tests.factories import OfferingFactory
from tests.matching.scenes import member_of, published_match

pytestmark = pytest.mark.django_db(transaction=True)

FINGER = 44


class Thumb:
    """Taps only what is on the screen with nothing in front of it, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def taps_on(self, selector: str) -> None:
        target = self.page.locator(selector).first
        expect(target).to_be_in_viewport()
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.wait_for_load_state()
        self.taps += 1


def link_of_the_mail(match: Match, side: Side, kind: str) -> str:
    mail = Message.objects.get(kind="match", user=member_of(match, side))
    found = re.search(rf'href="([^"]+answer={kind})"', mail.html)
    assert found
    return found[1]


@pytest.mark.parametrize("kind", [AnswerKind.INTERESTED, AnswerKind.NOT_NOW])
def test_one_tap_behind_the_link_answers(new_page: NewPage, kind: str) -> None:
    match = full_match()
    page = new_page(language="ja", width=390, height=844)
    page.goto(link_of_the_mail(match, Side.BUYER, kind))
    thumb = Thumb(page)
    thumb.taps_on(f"button[value={kind}]")
    expect(page.locator(".notice.tone-success")).to_be_visible()
    assert thumb.taps <= 2
    assert Answer.objects.get().kind == kind


def test_declining_with_a_reason_takes_two_taps(new_page: NewPage) -> None:
    match = full_match()
    page = new_page(language="ko", width=390, height=844)
    page.goto(link_of_the_mail(match, Side.SELLER, "declined"))
    thumb = Thumb(page)
    # Scrolling is no tap.
    page.locator("label:has(input[name=reason][value=price])").scroll_into_view_if_needed()
    page.mouse.wheel(0, 150)
    page.wait_for_timeout(300)
    page.locator("label:has(input[name=reason][value=price])").click()
    thumb.taps += 1
    page.locator("button[value=declined]").click()
    page.wait_for_load_state()
    thumb.taps += 1
    expect(page.locator(".notice.tone-success")).to_be_visible()
    assert thumb.taps == 2
    assert Answer.objects.get().reason == DeclineReason.PRICE


@pytest.mark.parametrize(("language", "width"), [("ko", 390), ("ja", 1440)])
def test_comparing_from_the_inbox_and_answering_there(
    new_page: NewPage, sign_in: SignIn, language: str, width: int
) -> None:
    match = full_match()
    other = published_match(need=match.need, offering=OfferingFactory())
    person = member_of(match, Side.BUYER)
    User.objects.filter(pk=person.pk).update(language=language)
    page = new_page(language=language, width=width)
    sign_in(page, person)
    page.goto(reverse("matching:inbox"))
    for box in page.locator("input[name=match]").all():
        box.check()
    page.locator("form[action$='/compare/'] button").click()
    page.wait_for_load_state()
    assert violations(page) == []
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0
    page.locator(f"form[action*='{other.pk}'] button[value=interested]").click()
    page.wait_for_load_state()
    assert Answer.objects.get().match == other
