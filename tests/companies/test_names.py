import pytest

from companies.names import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("株式会社トヨタ自動車", "トヨタ自動車"),
        ("㈱トヨタ自動車", "トヨタ自動車 株式会社"),
        ("주식회사 삼성전자", "삼성전자㈜"),
        ("(주)카카오", "카카오"),
        ("（株）ミナト", "ミナト"),
        ("ﾐﾅﾄ精工株式会社", "ミナト精工"),
        ("KANEKO SEEDS CO., LTD.", "Kaneko Seeds"),
        ("株式会社　サカタのタネ", "サカタのタネ"),
        ("유한책임회사 다온", "다온"),
    ],
)
def test_the_same_firm_folds_to_the_same_key(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("주식회사 삼성전자", "주식회사 현대자동차"),
        ("株式会社ミナト", "株式会社ミナミ"),
        ("Incheon Steel", "Cheon Steel"),
        ("Cocorico Ltd", "Rico Ltd"),
    ],
)
def test_different_firms_do_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_bare_legal_form_is_not_an_empty_key() -> None:
    assert fold("주식회사") == "주식회사"
