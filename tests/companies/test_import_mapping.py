"""Which column means what."""

import pytest

from companies.importing.mapping import (
    FAULT_COLUMN,
    LINE_COLUMN,
    PRESETS,
    find_preset,
    fold_header,
    guess_columns,
    guess_country,
    named_columns,
    nearest_preset,
    own_columns,
)
from companies.importing.unreadable import UnreadableFile


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.code)
def test_a_known_list_is_recognised_in_any_order_width_and_case(preset):
    header = ["비고", *(f" {name.upper()} " for name in reversed(preset.columns))]
    found = find_preset(header)
    assert found == preset
    columns = guess_columns(header, found)
    assert {fold_header(header[at]): code for at, code in columns.items()} == {
        fold_header(name): code for name, code in preset.columns.items()
    }


def test_a_known_list_with_a_column_missing_or_twice_is_not_that_list_but_near_it():
    (preset,) = (each for each in PRESETS if each.code == "kr_listed")
    for header in (list(preset.columns)[1:], [*preset.columns, "회사명"]):
        assert find_preset(header) is None
        assert nearest_preset(header) == preset
        assert preset.missing(header) == ["회사명"]
    assert nearest_preset(["회사명", "지역"]) is None


def test_headers_are_guessed_each_field_once():
    header = ["기업명", "상호", "사업자 등록번호", "취급품목", "메모"]
    assert guess_columns(header) == {0: "name_ko", 2: "official_number", 3: "offerings"}


def test_a_header_that_stands_twice_says_nothing():
    assert guess_columns(["회사명", "회사명", "지역"]) == {2: "region"}


@pytest.mark.parametrize(
    ("columns", "country"),
    [({0: "name_ko"}, "KR"), ({3: "name_ja"}, "JP"), ({0: "name_en"}, "")],
)
def test_the_country_follows_from_the_names(columns, country):
    assert guess_country(columns) == country


@pytest.mark.parametrize(
    ("header", "code"), [(["a", "b"], "missing_column"), (["x", "x"], "repeated_column")]
)
def test_columns_by_name_must_stand_once(header, code):
    with pytest.raises(UnreadableFile) as caught:
        named_columns(header, {"x": "name_ko"})
    assert (caught.value.code, caught.value.details) == (code, {"column": "x"})
    assert named_columns(["a", "x"], {"x": "name_ko"}) == {1: "name_ko"}


def test_what_an_error_file_added_is_not_the_lists_own():
    assert own_columns(["a", "b", LINE_COLUMN, FAULT_COLUMN]) == 2
    assert own_columns(["line", "b"]) == 2
    assert guess_columns([LINE_COLUMN, FAULT_COLUMN]) == {}
