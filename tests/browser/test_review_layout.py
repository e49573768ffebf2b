"""The review page on the screens that reviewers have: whatever one reads, one can decide."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from matching.choices import MatchState
from matching.models import Match
from tests.browser.conftest import NewPage, SignIn
from tests.browser.scenes import proposal, reference_data
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def opened(new_page: NewPage, sign_in: SignIn) -> Callable[[int, int], Page]:
    """The review page of the first of three matches on a screen of that size."""
    reference_data()
    for value in (0.9, 0.8, 0.7):
        proposal(value=value, score=value)
    page = new_page(width=390)
    sign_in(page, StaffFactory(language="en"))

    def sized(width: int, height: int) -> Page:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(reverse("matching:review"))
        return page

    return sized


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found, "not drawn"
    return dict(found)


def reads_to_the_end(page: Page) -> None:
    # What lies behind the match comes after it; the history is its end.
    end = page.get_by_role("link", name="Mails about this match")
    expect(end).to_be_attached()
    page.mouse.wheel(0, 100_000)
    expect(end).to_be_in_viewport()


def test_a_desk_shows_queue_sides_and_decision_beside_each_other(
    opened: Callable[[int, int], Page],
) -> None:
    stands_beside_each_other(opened(1440, 900))
    page = opened(1024, 768)
    stands_beside_each_other(page)

    # What makes the room: a rail of icons, which shows its words to who comes to it.
    page.mouse.move(600, 400)
    rail = page.locator(".rail")
    expect(rail).to_have_css("width", "64px")
    rail.get_by_role("link", name="Verification").focus()
    expect(rail).to_have_css("width", "232px")


def stands_beside_each_other(page: Page) -> None:
    queue, sides, decision = (
        box(page.locator(f".workbench-{name}")) for name in ("queue", "sides", "decision")
    )
    assert queue["x"] + queue["width"] <= sides["x"]
    assert sides["x"] + sides["width"] <= decision["x"]
    assert queue["y"] == sides["y"] == decision["y"]
    reads_to_the_end(page)
    for key in "arh":
        button = page.locator(f"[data-key={key}], [data-key-open={key}] > summary")
        expect(button).to_be_in_viewport(ratio=1)


def test_a_phone_keeps_the_decision_above_its_bar(opened: Callable[[int, int], Page]) -> None:
    page = opened(390, 844)
    assert box(page.locator(".workbench-queue"))["height"] < 844 / 2
    reads_to_the_end(page)
    bar, places = page.locator(".decision-buttons"), box(page.locator(".bottom-bar"))
    for name in ("Approve", "Reject", "Hold", "Ask the firm"):
        expect(bar.get_by_text(name).first).to_be_in_viewport(ratio=1)
    assert abs(box(bar)["y"] + box(bar)["height"] - places["y"]) <= 1

    bar.locator("summary", has_text="Reject").click()
    bar.get_by_label("The products do not correspond.").check()
    bar.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert Match.objects.filter(state=MatchState.REJECTED).count() == 1
