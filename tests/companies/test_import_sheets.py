"""Whatever bytes come in: rows without a garbled character, or a plain refusal."""

import io
import struct
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companies.importing import sheets
from companies.importing.encodings import detect
from companies.importing.sheets import read_sheet
from companies.importing.unreadable import UnreadableFile
from tests.companies.lists import (
    HEADER,
    SHEET,
    cell_xml,
    csv_bytes,
    rezipped,
    sheet_xml,
    xlsx_bytes,
)

KOREAN = "엔비알모션,기타 금속 가공제품 제조업,강구 및 테이퍼롤러,경상남도"
JAPANESE = "カネコ種苗株式会社,水産・農林業,野菜・飼料作物・花の種子の育種,前橋市古市町一丁目"
KANJI_ONLY = "日本製鉄株式会社,鉄鋼業,東京都千代田区丸内"
HALF_WIDTH = "ｶﾈｺｼｭﾋﾞｮｳ,金子種苗株式会社,農林業,野菜種子の生産販売,群馬県前橋市"


def table(content: bytes) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    sheet, rows = read_sheet(content)
    return sheet.header, list(rows)


def refusal(content: bytes) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        table(content)
    return caught.value


# --- Characters --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [KOREAN, JAPANESE, KANJI_ONLY, "naïve café"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_recognised_with_and_without_its_mark(text, encoding):
    header, rows = table(f"이름,b,c,d\n{text}\n".encode(encoding))
    assert header[0] == "이름"
    assert rows == [(2, text.split(","))]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(KOREAN, "cp949"), (JAPANESE, "cp932"), (KANJI_ONLY, "cp932"), (HALF_WIDTH, "cp932")],
)
def test_cp949_and_cp932_are_not_taken_for_each_other(text, encoding):
    assert detect(text.encode(encoding)) == encoding


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("한국어 목록".encode()[:-1], "a torn UTF-8 file"),
        ("삼성전자,반도체\n".encode() + b"\xff\xfe\xfd", "UTF-8 with foreign bytes"),
        ("Müller GmbH,Köln".encode("latin-1"), "a Western encoding"),
        (b"\xff\xfea\x00b\x00c", "UTF-16 cut in the middle"),
    ],
)
def test_what_would_be_garbled_is_refused(content, why):
    assert refusal(content).code == "unknown_encoding", why


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_no_bytes_do_anything_but_read_or_refuse(content):
    try:
        sheet, rows = read_sheet(content)
        for line, cells in rows:
            assert line > sheet.header_line
            assert all("\x00" not in cell for cell in cells)
    except UnreadableFile:
        pass


# --- Text --------------------------------------------------------------------------------------


def test_lines_above_the_header_and_blank_lines_are_passed_over():
    header, rows = table(
        "실행일,2026-08-11\n\n회사명,업종,지역,제품\n\n가,나,다,라\n,,,\n".encode()
    )
    assert header == ("회사명", "업종", "지역", "제품")
    assert rows == [(5, ["가", "나", "다", "라"])]


def test_line_numbers_are_those_of_the_file_even_after_cells_of_several_lines():
    _header, rows = table(b'a,b\r\n"1\r\n2",x\r\n3,y\r\n')
    assert [line for line, _cells in rows] == [2, 4]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(delimiter):
    header, rows = table(f"a{delimiter}b\n1{delimiter}2\n".encode())
    assert (header, rows) == (("a", "b"), [(2, ["1", "2"])])


def test_duplicate_headers_are_headers_all_the_same():
    header, rows = table(b"name,name,no\nx,y,1\n")
    assert header == ("name", "name", "no")
    assert rows == [(2, ["x", "y", "1"])]


def test_ragged_rows_keep_their_width_for_the_check():
    _header, rows = table(b"a,b,c\n1,2\n1,2,3,4\n1,2,3,,,\n")
    assert [cells for _line, cells in rows] == [["1", "2"], ["1", "2", "3", "4"], ["1", "2", "3"]]


@pytest.mark.parametrize("tail", ["", "\n"])
def test_an_open_quotation_mark_is_told_with_its_line(tail):
    error = refusal(f'a,b\n1,2\n3,"4\n5,6\n7,8{tail}'.encode())
    assert (error.code, error.details) == ("damaged_line", {"line": 3})


def test_an_open_quotation_mark_in_a_large_file_is_told_as_well():
    error = refusal(b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 50_000)
    assert (error.code, error.details) == ("damaged_line", {"line": 3})


def test_nul_bytes_become_visible():
    _header, rows = table(b"a,b\n" + b"x,y\n" * 2000 + b"1,2\x003\n")
    assert rows[-1][1] == ["1", "2\ufffd3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b",,,\n,,\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_a_table"),
        (b"%PDF-1.7\n\x00\x01", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
        (b"<html><body><p>nothing</p></body></html>", "not_a_table"),
        (b"PK\x03\x04 not an archive", "damaged"),
        (b",".join(b"c%d" % n for n in range(300)) + b"\n1\n", "too_many_columns"),
    ],
)
def test_files_that_are_no_lists(content, code):
    assert refusal(content).code == code


def test_a_header_alone_has_no_rows():
    assert table(csv_bytes([]))[1] == []


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    assert refusal(csv_bytes([["x"] * 4] * 4)).details == {"most": 3}


def test_one_endless_row():
    error = refusal(b"a,b\n1," + b",".join([b"x" * 9000] * 30) + b"\n")
    assert (error.code, error.details) == ("row_too_long", {"line": 2})


# --- Web tables --------------------------------------------------------------------------------


def test_a_web_table_named_xls():
    page = (
        '<html><head><meta charset="utf-8"></head><body><table><tr><td>메뉴</td></tr></table>'
        "<table><tr><th>회사명<th>지역</tr><tr><td>가&amp;나</td><td>서울<br>종로</td></tr>"
        "<tr><td>다<td>부산</table></body></html>"
    )
    sheet, rows = read_sheet(page.encode("cp949"))
    assert (sheet.file_format, sheet.encoding, sheet.header) == (
        "html",
        "cp949",
        ("회사명", "지역"),
    )
    assert list(rows) == [(2, ["가&나", "서울종로"]), (3, ["다", "부산"])]


def test_entities_of_a_web_page_are_not_resolved():
    page = (
        b'<!DOCTYPE html [<!ENTITY a "boom"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
        b"<html><table><tr><td>a</td></tr><tr><td>x&a;&f;</td></tr></table></html>"
    )
    _header, rows = table(page)
    assert "boom" not in rows[0][1][0]
    assert rows[0][1][0].startswith("x")


# --- Workbooks ---------------------------------------------------------------------------------


def test_a_workbook_reads_as_people_see_it():
    content = xlsx_bytes([[5070001000715, "株式会社甲", "軸受", 12.0], ["x", None, None, 1.5]])
    sheet, rows = read_sheet(content)
    assert (sheet.file_format, sheet.header) == ("xlsx", HEADER)
    assert list(rows) == [
        (2, ["5070001000715", "株式会社甲", "軸受", "12"]),
        (3, ["x", "", "", "1.5"]),
    ]


def test_formulas_arrive_as_formulas_not_as_their_results():
    content = xlsx_bytes([["=1+1", "=SUM(A1:A2)", "a", "b"]])
    array = (
        b'<row><c t="str"><f t="array" ref="A2">1+1</f><v>2</v></c></row>'
        b'<row><c t="str"><f t="dataTable" ref="A3"/><v>2</v></c></row>'
    )
    header = b"<row>" + b"".join(map(cell_xml, HEADER)) + b"</row>"
    assert table(content)[1][0][1][:2] == ["=1+1", "=SUM(A1:A2)"]
    rows = table(rezipped(content, {SHEET: sheet_xml(header + array)}))[1]
    assert [cells[0] for _line, cells in rows] == ["=1+1", "=TABLE()"]


def test_a_hidden_first_sheet_is_passed_over():
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.active.append(["secret"])
    book.create_sheet().append(["회사명"])
    book.worksheets[1].append(["가"])
    file = io.BytesIO()
    book.save(file)
    assert table(file.getvalue()) == (("회사명",), [(2, ["가"])])


@pytest.fixture(scope="module")
def good_book() -> bytes:
    return xlsx_bytes([["x", "y", "z", "1"]])


HEADER_ROW = b"<row>" + b"".join(map(cell_xml, HEADER)) + b"</row>"
LAUGHS = (
    b'<!DOCTYPE lolz [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
    + b"]>"
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({SHEET: sheet_xml(HEADER_ROW, prolog=LAUGHS)}, "damaged"),
        ({SHEET: sheet_xml(b"<row>" + cell_xml("&k;") + b"</row>", prolog=LAUGHS)}, "damaged"),
        ({SHEET: sheet_xml(b"<row>" + cell_xml("&a;") + b"</row>", prolog=OUTSIDE)}, "damaged"),
        ({SHEET: b"<worksheet>no xml"}, "damaged"),
        ({"xl/workbook.xml": b""}, "damaged"),
        ({"[Content_Types].xml": LAUGHS + b"<Types/>"}, "damaged"),
        # A row that would not fit into memory, as few cells of much text or as many of none.
        ({SHEET: sheet_xml(b"<row>" + cell_xml("a" * (6 << 20)) + b"</row>")}, "zip_bomb"),
        ({SHEET: sheet_xml(b"<row>" + b"<c/>" * 300_000 + b"</row>")}, "zip_bomb"),
        ({SHEET: sheet_xml(b"<row/>" * ((1 << 20) + 2))}, "zip_bomb"),
        (
            {SHEET: sheet_xml(HEADER_ROW + b'<row r="9999999999">' + cell_xml("x") + b"</row>")},
            "too_many_rows",
        ),
        ({SHEET: sheet_xml(HEADER_ROW + b'<row><c r="ZZZZZZ2"><v>1</v></c></row>')}, "damaged"),
        (
            {SHEET: sheet_xml(HEADER_ROW + b'<row><c r="XFD2"><v>1</v></c></row>')},
            "too_many_columns",
        ),
        ({"xl/styles.xml": b"<a>" + b" " * (9 << 20) + b"</a>"}, "zip_bomb"),
        ({f"xl/media/{n}.xml": b"<a/>" for n in range(2001)}, "zip_bomb"),
    ],
)
def test_hostile_workbooks(good_book, changed, code):
    assert refusal(rezipped(good_book, changed)).code == code


def test_a_claimed_dimension_of_a_million_columns_costs_nothing(good_book):
    xml = sheet_xml(
        HEADER_ROW + HEADER_ROW.replace(b"<t>", b"<t>x"),
        before=b'<dimension ref="A1:XFD1048576"/>',
    )
    header, rows = table(rezipped(good_book, {SHEET: xml}))
    assert header == HEADER
    assert len(rows) == 1


def with_claimed_size(content: bytes, part: str, size: int) -> bytes:
    """The same archive, whose headers give another size for a part."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        true = struct.pack("<I", archive.getinfo(part).file_size)
    assert content.count(true) == 2
    return content.replace(true, struct.pack("<I", size))


def test_a_zip_bomb_is_refused_by_what_it_says(good_book):
    bomb = rezipped(good_book, {"xl/media/a.bin": b"\x00" * 123_457})
    assert refusal(with_claimed_size(bomb, "xl/media/a.bin", 401 << 20)).code == "zip_bomb"


def test_a_zip_bomb_that_lies_about_its_size_unpacks_no_further(good_book):
    xml = sheet_xml(HEADER_ROW * 10 + b" " * (50 << 20))
    bomb = rezipped(good_book, {SHEET: xml})
    assert refusal(with_claimed_size(bomb, SHEET, 1000)).code == "damaged"


def test_an_encrypted_archive(good_book):
    locked = bytearray(good_book)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(signature)
        locked[at + offset] |= 1
    assert refusal(bytes(locked)).code == "encrypted"


def test_few_shared_strings_that_make_a_huge_table(good_book, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_CHARACTERS", 10_000)
    assert refusal(xlsx_bytes([["x" * 100] * 4] * 30)).code == "zip_bomb"
