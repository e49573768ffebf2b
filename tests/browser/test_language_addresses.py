"""Without script too: a Japanese address stays Japanese, and the switch leads out of it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.scenes import full_sides, reference_data

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_visitor_reads_on_in_the_language_of_the_address(new_page: NewPage) -> None:
    reference_data()
    full_sides()
    page = new_page(language="en", has_script=False)
    page.goto("/ja/")
    main = page.get_by_role("main")
    main.get_by_role("link", name="次世代半導体").click()
    expect(page).to_have_url("/ja/sectors/semiconductors/")
    main.get_by_role("link", name="フォトレジスト").click()
    assert "/ja/directory/?q=" in page.url
    expect(main.get_by_text("ArF 액침용 포토레지스트")).to_be_visible()
    page.get_by_role("banner").locator("summary", has_text="日本語").click()
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    assert "/directory/?q=" in page.url
    assert "/ja/" not in page.url
