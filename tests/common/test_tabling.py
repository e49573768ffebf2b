"""Files of tables: what stands in them, and that they are written while their rows are read."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest

from common.codepages import encoded
from common.spreadsheets import neutral_cell, plain_cell
from common.tabling import Column, Tally, written
from common.workbooks import MOST_SIGNS, as_workbook

FORMULAS = [
    "=1+1",
    "+cmd",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "＝1",
    "－2a",
]
FIGURES = ["-5", "+7.5", "1e3", "", "plain", "a=b", "'quoted"]
NAMES = (Column("name", "Name"), Column("state", "State", {"open": "offen"}), Column("codes"))


def whole(form, columns, rows, **more):
    return b"".join(written(form, columns, rows, **more))


def sheets(content):
    return openpyxl.load_workbook(BytesIO(content)).worksheets


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_run_as_a_formula(text):
    assert neutral_cell(text) == f"'{text}"
    assert plain_cell(neutral_cell(text)) == text
    table = whole("csv", ["cell"], [{"cell": text}]).decode("utf-8-sig")
    assert list(csv.reader(StringIO(table, newline=""))) == [["cell"], [f"'{text}"]]
    (cell,) = sheets(whole("xlsx", ["cell"], [{"cell": text}]))[0][2]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


@pytest.mark.parametrize("text", FIGURES)
def test_numbers_and_words_stay_what_they_are(text):
    assert neutral_cell(text) == text
    assert plain_cell(text) == text


def test_people_read_labels_and_words_and_programs_names_and_codes():
    row = {"name": "한빛", "state": "open", "codes": ["a", "b"]}
    table = whole("csv", NAMES, [row])
    assert table.startswith(b"\xef\xbb\xbf")
    assert table.decode("utf-8-sig").splitlines() == ["Name,State,codes", "한빛,offen,a; b"]
    assert [cell.value for cell in sheets(whole("xlsx", NAMES, [row]))[0][2]] == [
        "한빛",
        "offen",
        "a; b",
    ]
    assert json.loads(whole("jsonl", NAMES, [row])) == row


@pytest.mark.parametrize(
    ("encoding", "text", "told", "lost"),
    [
        ("cp949", "한글 日本語 かな", "한글 日本語 かな", 0),
        ("cp949", "高﨑 é ・ 〜 —", "高〓 〓 · ～ ―", 2),
        ("cp932", "株式会社 高﨑 ①", "株式会社 高﨑 ①", 0),
        ("cp932", "한글 · 〜 − €", "〓〓 ・ ～ － 〓", 3),
        ("utf-8", "高﨑 한글", "高﨑 한글", 0),
        # A name in separate letters, as some systems write it.
        ("cp949", "\u1112\u1161\u11ab", "한", 0),
    ],
)
def test_signs_that_an_encoding_lacks_are_replaced_and_counted(encoding, text, told, lost):
    assert encoded(text, encoding) == (told.encode(encoding), lost)
    tally = Tally()
    table = whole("csv", ["name"], [{"name": text}], encoding=encoding, tally=tally)
    assert table.decode("utf-8-sig" if encoding == "utf-8" else encoding).splitlines() == [
        "name",
        told,
    ]
    assert (tally.rows, tally.substituted) == (1, lost)


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_the_first_bytes_leave_before_the_last_row_is_read(form):
    read = 0

    def rows():
        nonlocal read
        for number in range(200_000):
            read += 1
            yield {"number": number, "text": f"{number:x}" * 5}

    parts = written(form, ["number", "text"], rows())
    first = next(parts)
    assert first
    assert read < 100_000
    parts.close()


def test_a_counted_table_ends_with_its_count_and_one_that_broke_off_does_not():
    lines = whole("jsonl", ["a"], [{"a": 1}, {"a": 2}], tally=Tally(has_end=True)).splitlines()
    assert json.loads(lines[-1]) == {"end": {"rows": 2}}

    def broken():
        yield {"a": 1}
        raise RuntimeError

    parts = []
    with pytest.raises(RuntimeError):
        parts.extend(written("xlsx", ["a"], broken(), tally=Tally()))
    with pytest.raises(Exception):  # noqa: B017
        openpyxl.load_workbook(BytesIO(b"".join(parts)))


def test_a_workbook_keeps_numbers_and_days_and_cuts_what_no_cell_holds():
    moment = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    cells = [1, Decimal("2.50"), True, date(2026, 2, 28), moment, None, "x" * 40_000, "a\x00<b>&"]
    content = b"".join(as_workbook([str(n) for n in range(8)], [cells]))
    told = [cell.value for cell in sheets(content)[0][2]]
    assert told[:3] == [1, 2.5, True]
    assert told[3].isoformat() == "2026-02-28T00:00:00"
    assert told[4].isoformat() == "2026-03-02T00:30:00"
    assert told[5] is None
    assert len(told[6]) == MOST_SIGNS
    assert told[7] == "a<b>&"


def test_more_rows_than_a_sheet_holds_go_on_in_the_next():
    content = b"".join(as_workbook(["n"], ([n] for n in range(7)), most_rows=4))
    found = [[row[0].value for row in sheet.rows] for sheet in sheets(content)]
    assert found == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_a_table_without_rows_is_a_whole_file():
    assert whole("csv", ["a"], []).decode("utf-8-sig") == "a\r\n"
    assert [cell.value for cell in sheets(whole("xlsx", ["a"], []))[0][1]] == ["a"]
    assert json.loads(whole("jsonl", ["a"], [], tally=Tally(has_end=True))) == {"end": {"rows": 0}}
