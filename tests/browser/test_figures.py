"""A figure is looked behind: what it counts, the very rows, and those rows as a file."""

import csv
from io import StringIO

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.factories import StaffFactory
from tests.insights.history import FIRST, LAST, year

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_figure_leads_to_its_rows_and_their_file_adds_up(page: Page, sign_in: SignIn) -> None:
    year(pairs=60, firms=8)
    sign_in(page, StaffFactory(staff_role="supervisor", language="en"))
    page.goto(f"{reverse('insights:funnel')}?period=own&first={FIRST}&last={LAST}")
    figure = page.locator("a[href*='/figures/introduced/']").first
    row = page.get_by_role("row").filter(has=figure)
    row.locator("summary").click()
    expect(row.get_by_text("both were interested")).to_be_visible()
    told = figure.inner_text()

    figure.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("introduced")
    expect(page.locator(".insight-rows caption")).to_contain_text(told)
    with page.expect_download() as download:
        page.get_by_role("link", name="These rows as a file").click()
    assert download.value.suggested_filename.endswith(".csv")
    _head, *rows = csv.reader(StringIO(download.value.path().read_text("utf-8-sig")))
    assert len(rows) == int(told) > 0
