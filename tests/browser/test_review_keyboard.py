"""The review page by keyboard: one decision after the other, without leaving the home row."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from matching.choices import MatchState, RejectReason
from matching.models import Match, Review
from tests.browser.axe import violations
from tests.browser.conftest import Complaints, NewPage, SignIn
from tests.browser.scenes import proposal, reference_data
from tests.factories import MatchFactory, NeedFactory, OfferingFactory, StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

Opened = NewPage


@pytest.fixture
def matches() -> list[Match]:
    """Three proposals in the order of the queue."""
    reference_data()
    return [proposal(value=value, score=value) for value in (0.9, 0.8, 0.7)]


@pytest.fixture
def opened(matches: list[Match], new_page: NewPage, sign_in: SignIn) -> Opened:
    """The queue in front of a reviewer; `opened(name="박검토")` for another one."""

    def make(**fields: str) -> Page:
        page = new_page(width=int(fields.pop("width", "1440")))
        sign_in(page, StaffFactory(**fields))
        page.goto(reverse("matching:review"))
        # Lost as soon as the whole page is loaded anew.
        page.evaluate("window.isSamePage = true")
        return page

    return make


def current(page: Page, match: Match) -> None:
    """The match is shown, and the page was never loaded anew on the way to it."""
    expect(page.locator(f"#workbench form[action*='{address(match)}']").first).to_be_attached()
    expect(page).to_have_url(f"{page.url.split('/staff')[0]}{address(match)}")
    # Until htmx has settled, a new link is an ordinary one and would load the page anew.
    expect(page.locator(".htmx-settling, .htmx-added")).to_have_count(0)
    assert page.evaluate("window.isSamePage === true")


def address(match: Match) -> str:
    return reverse("matching:review_match", args=[match.pk])


def marked(page: Page) -> Locator:
    return page.locator(".queue-row[aria-current]")


def state_of(match: Match) -> str:
    match.refresh_from_db()
    return match.state


def test_next_and_previous(opened: Opened, matches: list[Match]) -> None:
    page = opened()
    page.keyboard.press("j")
    current(page, matches[1])
    expect(marked(page)).to_have_attribute("href", address(matches[1]))
    page.keyboard.press("j")
    current(page, matches[2])
    page.keyboard.press("k")
    current(page, matches[1])
    # At the end there is nothing further.
    page.keyboard.press("j")
    current(page, matches[2])
    page.keyboard.press("j")
    current(page, matches[2])
    page.go_back()
    expect(marked(page)).to_have_attribute("href", address(matches[1]))


def test_approving_brings_the_next_and_can_be_undone(opened: Opened, matches: list[Match]) -> None:
    page = opened()
    page.keyboard.press("a")
    current(page, matches[1])
    assert state_of(matches[0]) == MatchState.APPROVED
    assert state_of(matches[1]) == MatchState.PROPOSED
    expect(page.locator(".queue-row")).to_have_count(2)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    current(page, matches[0])
    assert state_of(matches[0]) == MatchState.PROPOSED
    expect(page.locator("#toasts")).to_contain_text("Your decision is taken back.")
    expect(page.locator(".queue-row")).to_have_count(3)


def test_rejecting_needs_a_coded_reason(
    opened: Opened, matches: list[Match], complaints: Complaints
) -> None:
    complaints.expect("422")
    page = opened()
    page.keyboard.press("r")
    reasons = page.get_by_role("radio")
    expect(reasons.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(reasons.first).to_be_hidden()
    expect(page.locator("[data-key-open=r] > summary")).to_be_focused()
    page.keyboard.press("r")
    expect(reasons.first).to_be_focused()
    # Enter without a reason: it is asked for, at the field, and nothing is decided.
    page.locator("[data-key-open=r] form button").press("Enter")
    expect(page.locator("[data-key-open=r] .field-error").first).to_be_visible()
    assert state_of(matches[0]) == MatchState.PROPOSED
    page.get_by_role("radio").first.press("Space")
    page.locator("[data-key-open=r] form button").press("Enter")
    current(page, matches[1])
    assert state_of(matches[0]) == MatchState.REJECTED
    assert matches[0].reviews.get().reason == RejectReason.values[0]


def test_holding_until_a_day_and_taking_it_back_by_key(
    opened: Opened, matches: list[Match]
) -> None:
    page = opened()
    page.keyboard.press("h")
    until = page.get_by_label("Until")
    expect(until).to_be_focused()
    until.fill((timezone.localdate() + timedelta(days=9)).isoformat())
    page.locator("[data-key-open=h] form button").press("Enter")
    current(page, matches[1])
    matches[0].refresh_from_db()
    assert matches[0].held_until is not None
    page.goto(address(matches[0]))
    page.keyboard.press("u")
    expect(page.locator("#toasts")).to_contain_text("Your decision is taken back.")
    matches[0].refresh_from_db()
    assert matches[0].held_until is None


def test_keys_are_letters_while_one_types(opened: Opened, matches: list[Match]) -> None:
    page = opened()
    page.locator(".queue-filters > summary").click()
    page.get_by_label("Firm or title").press_sequentially("ajrh")
    expect(page.get_by_label("Firm or title")).to_have_value("ajrh")
    page.keyboard.press("Control+a")
    assert {state_of(match) for match in matches} == {MatchState.PROPOSED}
    assert page.url.endswith(reverse("matching:review"))


def test_keys_work_with_a_korean_layout(opened: Opened, matches: list[Match]) -> None:
    """The key beside Caps Lock is ㅁ there, and ち on a Japanese keyboard: it approves as well."""
    page = opened()
    press = """([key, code]) => document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key, code, bubbles: true }))"""
    page.evaluate(press, ["ㅓ", "KeyJ"])
    current(page, matches[1])
    page.evaluate(press, ["ㅁ", "KeyA"])
    current(page, matches[2])
    assert state_of(matches[1]) == MatchState.APPROVED


def test_two_decide_the_same_match_at_once(opened: Opened, matches: list[Match]) -> None:
    """Each is shown another match; who takes one over knowingly may still come second."""
    first, second = opened(name="박검토"), opened(name="朴審査")
    expect(marked(first)).to_have_attribute("href", address(matches[0]))
    expect(marked(second)).to_have_attribute("href", address(matches[1]))
    expect(second.locator(".queue-row").first).to_contain_text("박검토")
    second.locator(".queue-row").first.click()
    expect(second.locator(".decision-panel")).to_contain_text("박검토 is looking at this match")
    second.keyboard.press("a")
    assert state_of(matches[0]) == MatchState.PROPOSED
    second.keyboard.press("t")
    expect(second.locator("[data-key=a]")).to_be_visible()
    first.keyboard.press("a")
    expect(first.locator("#toasts")).to_contain_text("Approved")
    second.keyboard.press("a")
    matches[0].refresh_from_db()
    when = f"{timezone.localtime(matches[0].decided_at):%H:%M}"
    expect(second.locator("#toasts")).to_contain_text("박검토 decided this match before you")
    expect(second.locator("#toasts")).to_contain_text(when)
    expect(second.locator(".decision-panel")).to_contain_text("Decided by 박검토")
    assert matches[0].reviews.count() == 1


def test_fifty_matches_by_keyboard_alone(
    new_page: NewPage, sign_in: SignIn, complaints: Complaints
) -> None:
    """Approve, reject with the second reason, hold: fifty in a row, and no page is loaded anew."""
    reference_data()
    first = proposal(value=0.99)
    buyers = [first.need, *(NeedFactory(company=first.buyer) for _ in range(6))]
    sellers = [first.offering, *(OfferingFactory(company=first.seller) for _ in range(7))]
    pairs = [(need, offering) for need in buyers for offering in sellers][:50]
    matches = [first] + [
        MatchFactory(need=need, offering=offering, value=0.98 - number / 100)
        for number, (need, offering) in enumerate(pairs[1:])
    ]
    page = new_page()
    sign_in(page, StaffFactory())
    page.goto(reverse("matching:review"))
    page.evaluate("window.isSamePage = true")
    until = (timezone.localdate() + timedelta(days=9)).isoformat()
    for number, match in enumerate(matches):
        current(page, match) if number else expect(marked(page)).to_have_count(1)
        if number % 10 == 3:
            page.keyboard.press("r")
            expect(page.get_by_role("radio").first).to_be_focused()
            page.keyboard.press("2")
            page.keyboard.press("Enter")
        elif number % 10 == 7:
            page.keyboard.press("h")
            expect(page.get_by_label("Until")).to_be_focused()
            page.get_by_label("Until").fill(until)
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("a")
    expect(page.locator(".workbench-empty")).to_be_visible()
    assert page.evaluate("window.isSamePage === true")
    rejected = Match.objects.filter(state=MatchState.REJECTED)
    assert set(rejected) == set(matches[3::10])
    reasons = Review.objects.filter(match__in=rejected).values_list("reason", flat=True)
    assert set(reasons) == {RejectReason.WRONG_SPECIFICATION}
    assert set(Match.objects.held(timezone.localdate())) == set(matches[7::10])
    assert Match.objects.filter(state=MatchState.APPROVED).count() == 40
    assert Review.objects.count() == 50


def test_several_are_ticked_by_key_and_decided_together(
    opened: Opened, matches: list[Match]
) -> None:
    page = opened()
    page.keyboard.press("x")
    page.keyboard.press("j")
    current(page, matches[1])
    page.keyboard.press("x")
    # The tick of the first one has stayed.
    expect(page.locator(".queue-list input:checked")).to_have_count(2)
    page.get_by_role("button", name="Decide about the chosen").click()
    expect(page.locator(".page-lead")).to_contain_text("2 matches are chosen")
    assert state_of(matches[0]) == MatchState.PROPOSED
    page.get_by_role("button", name="Approve these matches").click()
    expect(page.get_by_role("row")).to_have_count(3)
    assert [state_of(match) for match in matches] == ["approved", "approved", "proposed"]


def test_the_keys_are_shown(opened: Opened) -> None:
    page = opened()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_open_forms_are_accessible(opened: Opened, matches: list[Match]) -> None:
    page = opened(width="390")
    page.keyboard.press("r")
    assert violations(page) == []
    page.keyboard.press("h")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
