"""The watchful page itself: what it must notice, and what it may let pass."""

from playwright.sync_api import Page

from tests.browser.conftest import Complaints


def test_page_notices_script_that_the_policy_forbids(page: Page, complaints: Complaints) -> None:
    page.goto("/healthz/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )
    complaints.expect("Content Security Policy")
    assert any("Content Security Policy" in text for text in complaints.found)


def test_page_notices_missing_address(page: Page, complaints: Complaints) -> None:
    page.goto("/no-such-page/")
    complaints.expect("404")
    assert any("404" in text for text in complaints.found)
