"""What is wrong with a list, told by line and column, and given back to be corrected."""

import pytest

from companies.choices import ImportState
from companies.importing.error_file import csv_blocks, error_rows, is_writable
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import CELL_FAULTS, FILE_FAULTS, told_fault
from companies.models import Company, ImportJob
from tests.companies.lists import (
    HEADER,
    checked_import,
    counts,
    csv_bytes,
    faults,
    finished_import,
    firm_row,
    spoiled,
    xlsx_bytes,
)
from tests.factories import (
    japanese_number,
)

DB = pytest.mark.django_db


@DB
def test_every_fault_is_told_by_line_and_column_and_the_good_rows_come_in():
    rows = [
        firm_row(1),
        spoiled(2),
        ["", "", "軸受", "viele"],
        [*firm_row(4), "more"],
        firm_row(5)[:2],
        ["", "株式会社式", "=cmd|' /C calc'!A0", ""],
        firm_row(1),
        firm_row(8),
    ]
    job = finished_import(csv_bytes(rows))
    assert faults(job) == [
        (3, "法人番号", "number_check_digit"),
        (4, "企業名", "name_missing"),
        (4, "従業員数", "not_a_number"),
        (5, "", "too_many_cells"),
        (6, "", "too_few_cells"),
        (7, "事業内容", "formula"),
        (8, "", "repeated"),
    ]
    assert counts(job) == (2, 0, 0, 6)
    assert Company.objects.count() == 2


@DB
def test_formula_cells_of_a_workbook_are_told_by_row_and_column():
    row = firm_row(1)
    job = checked_import(xlsx_bytes([firm_row(2), [row[0], "=1+1", row[2], "=A2"]]), "list.xlsx")
    assert faults(job) == [(3, "企業名", "formula"), (3, "従業員数", "formula")]


@DB
def test_ten_thousand_bad_rows_are_all_told():
    rows = [spoiled(n) for n in range(10_000)]
    job = checked_import(csv_bytes([firm_row(1), *rows]))
    assert (job.rows_total, job.rows_bad) == (10_001, 10_000)
    lines = job.errors.order_by("line").values_list("line", flat=True)
    assert list(lines) == list(range(3, 10_003))
    assert not Company.objects.exists()


@DB
def test_all_or_nothing_with_a_bad_row_writes_nothing():
    job = finished_import(csv_bytes([firm_row(1), spoiled(2)]), is_all_or_nothing=True)
    assert (job.state, told_fault(job.failure)) == ("failed", str(FILE_FAULTS["bad_rows"]))
    assert not Company.objects.exists()


@DB
def test_all_or_nothing_with_good_rows_writes_all():
    job = finished_import(csv_bytes([firm_row(n) for n in range(600)]), is_all_or_nothing=True)
    assert (job.state, counts(job), job.rows_done) == ("done", (600, 0, 0, 0), 600)


@DB
def test_a_file_that_breaks_off_in_the_middle_fails_as_a_whole():
    content = csv_bytes([firm_row(n) for n in range(50)]) + b'5,"open\n1,2\n'
    job = checked_import(content)
    assert job.state == ImportState.FAILED
    assert told_fault(job.failure) == (
        "The file cannot be read beyond line 52: a quotation mark is open."
    )


@DB
def test_a_header_without_rows_fails():
    job = checked_import(csv_bytes([]))
    assert (job.state, told_fault(job.failure)) == ("failed", "The file holds no rows.")


@DB
@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"columns": {2: "offerings"}}, "no_name_column"),
        ({"country": ""}, "no_country"),
        ({"preset": "jp_enquiries"}, "no_title_column"),
    ],
)
def test_a_mapping_must_say_enough(mapping, code):
    with pytest.raises(UnreadableFile) as caught:
        checked_import(csv_bytes([firm_row(1)]), **mapping)
    assert caught.value.code == code
    assert ImportJob.objects.get().state == ImportState.UPLOADED


@DB
def test_too_large_a_file_is_not_stored(settings):
    settings.IMPORT_MAX_BYTES = 1 << 20
    with pytest.raises(UnreadableFile) as caught:
        checked_import(b"x" * ((1 << 20) + 1))
    assert (caught.value.code, caught.value.details) == ("too_large", {"most": 1})
    assert not ImportJob.objects.exists()


def test_every_fault_of_a_file_can_be_said():
    for sentence in (*FILE_FAULTS.values(), *CELL_FAULTS.values()):
        assert str(sentence).endswith((".", "%(error)s"))


# --- The file of bad rows ----------------------------------------------------------------------


@DB
def test_the_bad_rows_come_back_as_a_file_that_can_be_corrected_and_fed_again():
    bad = [spoiled(2), ["", "+81株式会社", "-軸受", "viele"]]
    job = finished_import(csv_bytes([firm_row(1), *bad]), source_list="a")
    header, first, second = error_rows(job)
    assert header == [*HEADER, "gagyo_line", "gagyo_fault"]
    assert first[4:] == ["3", "法人番号: The check digit of the official number is wrong."]
    assert second == [
        *("", "'+81株式会社", "'-軸受", "viele"),
        *("4", "従業員数: This is not a whole number."),
    ]
    first[0], second[3] = japanese_number(2), "12"
    mended = b"".join(csv_blocks([header, first, second], encoding="utf-8-sig", language="en"))
    again = finished_import(mended, source_list="a")
    assert counts(again) == (2, 0, 0, 0)
    firm = Company.objects.get(name_ja="+81株式会社")
    assert (firm.employees, firm.offerings.get().title_ja) == (12, "軸受")


@DB
def test_the_bad_rows_of_a_corrected_file_carry_their_columns_once():
    job = checked_import(csv_bytes([spoiled(1)]))
    once = b"".join(csv_blocks(error_rows(job), encoding="utf-8-sig", language="ja"))
    assert once.startswith(b"\xef\xbb\xbf")
    assert once.count(b"\xef\xbb\xbf") == 1
    again = checked_import(once)
    header, row = error_rows(again)
    assert header == [*HEADER, "gagyo_line", "gagyo_fault"]
    assert row[:4] == spoiled(1)


@DB
def test_the_bad_rows_in_the_encodings_of_korean_and_japanese_spreadsheets():
    bad = ["삼성", "가나다"]
    job = checked_import(csv_bytes([bad], ["회사명", "종업원수"]))
    assert is_writable(error_rows(job), "cp949")
    assert not is_writable(error_rows(job), "cp932")
    content = b"".join(csv_blocks(error_rows(job), encoding="cp949", language="en"))
    assert "삼성" in content.decode("cp949")
