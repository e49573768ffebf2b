"""A supervisor brings a list in, and takes it back: upload, columns, check, import, with a real
worker."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.choices import StaffRole
from companies.choices import ImportState
from companies.models import Company, ImportJob
from tests.browser.axe import violations
from tests.companies.lists import csv_bytes, finished_import, firm_row, spoiled
from tests.factories import StaffFactory

PATIENCE_MS = 30_000


def look(page: Page, name: str) -> None:
    """No accessibility violation; a picture of it where GAGYO_SHOTS names a folder."""
    if folder := os.environ.get("GAGYO_SHOTS"):
        page.screenshot(
            path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True
        )
    assert violations(page) == []


@pytest.mark.usefixtures("celery_worker")
@pytest.mark.parametrize("width", [1440, 390])
def test_a_list_comes_in(new_page, sign_in, complaints, width):
    complaints.expect("422")
    page = new_page(width=width)
    sign_in(page, StaffFactory(staff_role=StaffRole.SUPERVISOR))
    page.goto("/staff/imports/")
    look(page, "empty")
    page.get_by_role("link", name="Import a list").first.click()
    look(page, "new")
    file = {"name": "회원 목록.csv", "mimeType": "text/csv", "buffer": b"\x00\x01"}
    page.get_by_label("File").set_input_files(files=[file])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("No table was found in the file.").first).to_be_visible()
    look(page, "refused")

    rows = [firm_row(n, "ArF用フォトレジスト、EUVペリクル") for n in range(300)]
    content = csv_bytes([*rows, *(spoiled(n) for n in range(900, 980))], encoding="cp932")
    page.get_by_label("File").set_input_files(files=[{**file, "buffer": content}])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("CP932")).to_be_visible()
    page.get_by_label("Save this mapping as").fill("Members")
    look(page, "mapping")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_text("300 of 380 rows are good")).to_be_visible(timeout=PATIENCE_MS)
    expect(
        page.get_by_text("The check digit of the official number is wrong.").first
    ).to_be_visible()
    expect(page.get_by_role("region", name="The first good rows")).to_contain_text("第0工業")
    assert not Company.objects.exists(), "the check writes nothing"
    look(page, "checked")

    with page.expect_download() as download:
        page.get_by_role("button", name="Bad rows as a file").click()
    assert download.value.suggested_filename == "회원 목록-errors.csv"
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 81

    page.get_by_role("button", name="Import 300 rows").click()
    expect(page.get_by_text("Unchanged firms")).to_be_visible(timeout=PATIENCE_MS)
    look(page, "done")
    assert Company.objects.count() == 300
    page.get_by_role("link", name="All imports").click()
    expect(page.get_by_role("link", name="회원 목록.csv")).to_be_visible()
    look(page, "list")

    page.get_by_role("link", name="회원 목록.csv").click()
    page.get_by_label("Why is it taken back?").fill("The list of last year.")
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    undone = page.get_by_role("region", name="This import was taken back")
    expect(undone).to_contain_text("The list of last year.", timeout=PATIENCE_MS)
    look(page, "taken-back")
    assert not Company.objects.exists()


def test_the_progress_moves_by_itself_until_the_result_is_there(page, sign_in, transactional_db):
    job = finished_import(csv_bytes([firm_row(n) for n in range(4)]))
    rows = ImportJob.objects.filter(pk=job.pk)
    rows.update(state=ImportState.RUNNING, rows_done=1)
    sign_in(page, StaffFactory(staff_role=StaffRole.SUPERVISOR, language="en"))
    page.goto(reverse("companies:import_detail", args=[job.pk]))
    bar = page.get_by_role("progressbar", name="Importing the rows")
    expect(bar).to_have_js_property("value", 1)
    rows.update(rows_done=3)
    expect(bar).to_have_js_property("value", 3)
    rows.update(state=ImportState.DONE, rows_done=4)
    expect(page.get_by_role("region", name="Result")).to_contain_text("4")
    expect(bar).to_have_count(0)


def test_a_file_that_is_too_large_is_told_to_the_browser(
    new_page, sign_in, complaints, settings, tmp_path
):
    """The answer arrives although the form's body is never taken in."""
    complaints.expect("413")
    settings.IMPORT_MAX_BYTES = 1 << 20
    page = new_page()
    sign_in(page, StaffFactory(staff_role=StaffRole.SUPERVISOR))
    path = tmp_path / "list.csv"
    path.write_bytes(b"x" * (8 << 20))
    page.goto("/staff/imports/new/")
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The file is larger than 1 MB.").first).to_be_visible()
