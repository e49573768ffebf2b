"""What static/src/js does, in the browser, under the real content security policy."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.axe import violations
from tests.browser.conftest import Complaints, NewPage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.pages"


@pytest.fixture
def opened(page: Page) -> Page:
    page.goto("/behaviour/")
    return page


def test_picker_is_used_by_keyboard_alone(opened: Page) -> None:
    box = opened.get_by_role("combobox", name="Products")
    box.focus()
    opened.keyboard.type("WAFER")
    expect(opened.get_by_role("option", name="SiC wafer")).to_have_count(1)
    opened.keyboard.press("Enter")
    opened.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(opened.get_by_role("button", name="Remove SiC wafer")).to_be_visible()
    opened.keyboard.press("Backspace")
    expect(opened.get_by_role("button", name="Remove SiC wafer")).to_have_count(0)


def test_picker_asks_the_server(opened: Page) -> None:
    opened.get_by_role("combobox", name="HS codes").fill("리튬")
    opened.get_by_role("option", name="2825 수산화리튬").click()
    expect(opened.locator("select[name=codes] option:checked")).to_have_attribute("value", "2825")


def test_draft_comes_back_and_can_be_discarded(opened: Page) -> None:
    opened.get_by_label("Title").fill("포토레지스트 필요")
    opened.get_by_role("combobox", name="Products").fill("lithium")
    opened.keyboard.press("Enter")
    opened.reload()
    expect(opened.get_by_label("Title")).to_have_value("포토레지스트 필요")
    expect(opened.get_by_role("button", name="Remove lithium hydroxide")).to_be_visible()
    opened.get_by_role("button", name="Discard it").click()
    expect(opened.get_by_label("Title")).to_have_value("")


def test_draft_goes_when_the_server_has_taken_it(opened: Page) -> None:
    opened.get_by_label("Title").fill("SiC ウエハー")
    opened.get_by_role("button", name="Save").click()
    expect(opened.get_by_role("heading", name="Saved")).to_be_visible()
    opened.goto("/behaviour/")
    expect(opened.get_by_label("Title")).to_have_value("")


def test_draft_outlives_a_refusal(opened: Page, complaints: Complaints) -> None:
    complaints.expect("403")
    opened.get_by_label("Title").fill("refuse")
    opened.get_by_role("button", name="Save").click()
    expect(opened.get_by_role("heading", name="You may not do this.")).to_be_visible()
    opened.goto("/behaviour/")
    expect(opened.get_by_label("Title")).to_have_value("refuse")


def test_refused_form_leads_to_the_field(opened: Page) -> None:
    opened.get_by_role("button", name="Save").click()
    summary = opened.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(opened.get_by_label("Title")).to_be_focused()


def test_confirmation_can_be_refused_and_given(opened: Page) -> None:
    opened.get_by_role("button", name="Delete").click()
    dialog = opened.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete it for good?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(opened.get_by_role("heading", name="Behaviour")).to_be_visible()
    opened.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Yes, go on").click()
    expect(opened.get_by_role("heading", name="Deleted")).to_be_visible()


def test_toast_from_the_server_carries_undo(opened: Page) -> None:
    opened.get_by_role("button", name="Approve").click()
    toast = opened.locator("#toasts [data-toast]")
    expect(toast).to_contain_text("Approved.")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_failed_request_is_told(opened: Page, complaints: Complaints) -> None:
    complaints.expect("503")
    opened.get_by_role("button", name="Break").click()
    expect(opened.locator("#toasts")).to_contain_text("That did not work.")


def test_menu_closes_on_escape_and_elsewhere(opened: Page) -> None:
    menu = opened.get_by_role("button", name="한국어")
    opened.locator("summary", has_text="Language").click()
    expect(menu).to_be_visible()
    opened.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    opened.locator("summary", has_text="Language").click()
    opened.get_by_role("heading", name="Behaviour").click()
    expect(menu).to_be_hidden()


def test_language_switch_answers_in_that_language(opened: Page) -> None:
    opened.locator("summary", has_text="Language").click()
    opened.get_by_role("button", name="日本語").click()
    expect(opened.locator("html")).to_have_attribute("lang", "ja")


def test_chart_stands_beside_its_table(opened: Page) -> None:
    expect(opened.get_by_role("img", name="Matches")).to_be_visible()
    expect(opened.get_by_role("table", name="Matches")).to_be_visible()


def test_a_chart_follows_the_screen_into_the_dark(opened: Page) -> None:
    chart = opened.get_by_role("img", name="Matches")
    chart.scroll_into_view_if_needed()
    light = chart.evaluate("(canvas) => canvas.toDataURL()")
    opened.emulate_media(color_scheme="dark")
    expect(chart).to_have_count(1)
    opened.wait_for_function(
        "(light) => document.querySelector('.chart-box canvas').toDataURL() !== light", arg=light
    )


def test_who_wants_no_motion_sees_the_other_theme_at_once(opened: Page) -> None:
    colours = "() => [...document.querySelectorAll('*')].map((e) => getComputedStyle(e).color)"
    opened.emulate_media(color_scheme="dark", reduced_motion="reduce")
    at_once = opened.evaluate(f"({colours})()")
    opened.wait_for_timeout(500)
    assert at_once == opened.evaluate(f"({colours})()")


@pytest.mark.parametrize("width", [1440, 390])
def test_page_is_accessible_and_fits(new_page: NewPage, width: int) -> None:
    page = new_page(width=width)
    page.goto("/behaviour/")
    page.get_by_role("combobox", name="Products").focus()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
