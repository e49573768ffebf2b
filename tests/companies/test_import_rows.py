"""One row becomes one firm, or all its faults by column."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companies.importing.mapping import PRESET_BY_CODE, ColumnMapping, guess_columns
from companies.importing.rows import ImportedCompany, items_of, read_row
from tests.factories import japanese_number, korean_number

HEADER = ("名", "番号", "人数", "設立", "製品", "URL", "住所")
CODES = ("name_ja", "official_number", "employees", "founded_on", "offerings", "website", "address")
JAPAN = ColumnMapping(dict(enumerate(CODES)), "JP", "a-list", "ja")
GOOD = (
    "株式会社　甲",
    japanese_number(7),
    "1,200名",
    "1980年4月1日",
    "軸受、歯車",
    "",
    "東京都港区１－２",
)


def read(*changed: tuple[int, str], mapping: ColumnMapping = JAPAN):
    cells = list(GOOD)
    for position, value in changed:
        cells[position] = value
    return read_row(5, cells, HEADER, mapping)


def faults(*changed: tuple[int, str]) -> list[tuple[str, str, str]]:
    found = read(*changed)
    assert isinstance(found, list)
    return [(fault.column, fault.code, fault.value) for fault in found]


def test_a_good_row():
    firm = read()
    assert isinstance(firm, ImportedCompany)
    assert firm.official_number == firm.source_id == japanese_number(7)
    assert firm.values["name_ja"] == "株式会社 甲"
    assert firm.values["address"] == "東京都港区1-2"
    assert (firm.employees, firm.founded_on) == (1200, date(1980, 4, 1))
    assert [item.title for item in firm.offerings] == ["軸受", "歯車"]


def test_every_fault_of_a_row_is_told_with_its_column():
    found = faults((0, ""), (1, "1234567890123"), (2, "many"), (3, "2020-13-45"), (4, "=A1"))
    assert found == [
        ("製品", "formula", "=A1"),
        ("番号", "number_check_digit", "1234567890123"),
        ("名", "name_missing", ""),
        ("人数", "not_a_number", "many"),
        ("設立", "not_a_date", "2020-13-45"),
    ]


@pytest.mark.parametrize(
    ("position", "value", "code"),
    [
        (1, "12345", "number_length"),
        (1, "5.07E+12", "number_length"),
        (1, "=5070001000715", "formula"),
        (0, '=HYPERLINK("http://evil.example")', "formula"),
        (0, "株式会社\ufffd", "unreadable"),
        (0, "名" * 161, "too_long"),
        (4, "製品" * 5001, "too_long"),
        (2, "-5", "not_a_number"),
        (3, "9" * 5000, "not_a_date"),
    ],
)
def test_bad_cells(position, value, code):
    assert faults((position, value)) == [(HEADER[position], code, value[:200])]


def test_ragged_rows_are_broken_lines_but_not_in_workbooks_which_leave_out_blanks():
    mapping = {
        **{name: getattr(JAPAN, name) for name in JAPAN.__slots__},
        "is_width_certain": False,
    }
    (long,) = read_row(5, [*GOOD, "more"], HEADER, JAPAN)
    (short,) = read_row(5, GOOD[:4], HEADER, JAPAN)
    assert (long.code, short.code) == ("too_many_cells", "too_few_cells")
    assert isinstance(read_row(5, GOOD[:4], HEADER, ColumnMapping(**mapping)), ImportedCompany)


def test_korean_numbers_in_any_writing():
    mapping = ColumnMapping({0: "name_ko", 1: "official_number"}, "KR", "a-list", "ko")
    number = korean_number(7)
    written = f"{number[:3]}－{number[3:5]}－{number[5:]}"
    firm = read_row(2, ["(주)가교", written], ("a", "b"), mapping)
    assert isinstance(firm, ImportedCompany)
    assert firm.official_number == number


def test_a_stock_code_gets_the_zeros_back_that_a_spreadsheet_took():
    preset = PRESET_BY_CODE["kr_listed"]
    header = tuple(preset.columns)
    columns = guess_columns(header, preset)
    mapping = ColumnMapping(columns, "KR", "krx", "ko", widths=preset.widths)
    firm = read_row(2, ["삼성전자", "5930", "", "", "", ""], header, mapping)
    assert isinstance(firm, ImportedCompany)
    assert firm.source_id == firm.values["stock_code"] == "005930"


def test_marks_that_an_error_file_set_are_taken_off_again():
    firm = read((6, "'-1-2 港区"))
    assert isinstance(firm, ImportedCompany)
    assert firm.values["address"] == "-1-2 港区"
    assert faults((6, "'=1+1")) == [("住所", "formula", "=1+1")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("http:///www.firm.example/", "http://www.firm.example"),
        ("firm.example", "http://firm.example"),
        ("HTTPS://firm.example/a b", ""),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
        ("-", ""),
    ],
)
def test_websites(written, kept):
    firm = read((5, written))
    assert isinstance(firm, ImportedCompany)
    assert firm.values["website"] == kept


@pytest.mark.parametrize(
    ("cell", "titles"),
    [
        ("자동차부품, 중장비부품, 선박부품 등", ["자동차부품", "중장비부품", "선박부품"]),
        ("의약품(소화제,크라포란)제조,도매", ["의약품(소화제,크라포란)제조", "도매"]),
        (
            "１．野菜・花の種子の育種\n２．植物工場の開発",
            ["野菜・花の種子の育種", "植物工場の開発"],
        ),
        ("プリンター(レーザー, インク", ["プリンター(レーザー", "インク"]),
        ("화장품, 및 화장품 원료,화장품", ["화장품", "화장품 원료"]),
        ("휠", ["휠"]),
        ("- , ・ , 12", []),
        ("", []),
        (
            "鉄鋼製品、全世界に広がる営業拠点とネットワークの力を活かした多種多様な商品の販売",
            ["鉄鋼製品、全世界に広がる営業拠点とネットワークの力を活かした多種多様な商品の販売"],
        ),
    ],
)
def test_products_are_told_apart(cell, titles):
    assert [item.title for item in items_of(cell)] == titles


def test_a_very_long_list_of_products_loses_none():
    products = [f"제품{chr(0xAC00 + n)}" for n in range(40)]
    items = items_of(",".join(products))
    assert len(items) == 15
    said = ", ".join([*(item.title for item in items[:-1]), items[-1].text or items[-1].title])
    assert said == ", ".join(products)


def test_the_same_text_is_the_same_item():
    assert items_of("ＡｒＦ 포토레지스트")[0].source_id == items_of("ArF 포토레지스트")[0].source_id


@given(st.text(max_size=400))
def test_any_text_gives_items_that_fit(text):
    items = items_of(text)
    assert len({item.source_id for item in items}) == len(items) <= 15
    assert all(0 < len(item.title) <= 200 and len(item.text) <= 5000 for item in items)


def test_a_wish_says_how_many_asked():
    mapping = ColumnMapping({0: "needs", 1: "enquiries"}, "JP", "wishes", "ko", is_enquiries=True)
    header = ("item", "inquiries")
    wish = read_row(2, ["마스크팩 시트", "28"], header, mapping)
    assert isinstance(wish, ImportedCompany)
    assert [(need.title, need.text) for need in wish.needs] == [("마스크팩 시트", "문의 28건")]
    (fault,) = read_row(3, ["", "28"], header, mapping)
    assert (fault.column, fault.code) == ("item", "title_missing")
