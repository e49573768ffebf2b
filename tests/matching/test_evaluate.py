"""`manage.py evaluate` on a small folder of made-up lists."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

FILES = {
    "hs_parallel_dev.csv": """hs6,ko_path,ja_path
010101,반도체 > 감광액,半導体 > フォトレジスト
010102,기계 > 베어링,機械 > ベアリング
010103,화장품 > 마스크팩,化粧品 > シートマスク
""",
    "kr_companies.csv": """회사명,주요제품,ksic10
가나전자,"반도체 감광액, 인쇄회로기판",262
다라기계,"베어링, 감속기",291
마바화장품,마스크팩 등,204
""",
    "jp_companies.csv": """name_ja,business_overview_ja,jpx33
甲電子,半導体用フォトレジストの製造,電気機器
乙機械,ベアリングの製造販売,機械
丙化粧品,シートマスク,化学
""",
    "jp_buyer_inquiries.csv": "item,inquiries\n마스크팩,3\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def evaluate(folder: Path, *options: str) -> str:
    told = StringIO()
    call_command("evaluate", str(folder), *options, stdout=told)
    return told.getvalue()


def test_every_section_is_measured_without_the_database(folder: Path) -> None:
    told = json.loads(
        evaluate(
            folder,
            "--json",
            *("--only=headings", "--only=partners", "--only=fairness"),
            *("--only=stability", "--only=inquiries"),
        )
    )
    assert list(told) == ["headings", "partners", "fairness", "stability", "inquiries"]
    best = told["headings"]["rows"][0]
    assert (best["features"], best["direction"], best["R@1"]) == ("everything", "ko → ja", 1)
    partners = told["partners"]["rows"][0]
    assert partners["firms"] == 3
    assert partners["compatible"] > partners["by chance"]
    assert {row["violations"] for row in told["fairness"]["rows"]} == {0}
    assert told["inquiries"]["rows"][0]["with a partner"] == 1


def test_the_table_is_for_the_eye(folder: Path) -> None:
    told = evaluate(folder, "--only=inquiries")
    assert "Enquiries of Japanese buyers" in told
    assert "CPU s" in told


def test_planted_truth_needs_no_file(tmp_path: Path) -> None:
    (row,) = json.loads(evaluate(tmp_path, "--only=planted", "--firms=20", "--json"))["planted"][
        "rows"
    ]
    assert (row["firms"], row["needs"], row["ineligible"]) == (20, 80, 0)
    assert row["R@10"] > 0.5


def test_an_absent_file_is_said_and_skipped(folder: Path) -> None:
    (folder / "jp_companies.csv").unlink()
    told = evaluate(folder, "--only=partners", "--only=inquiries")
    assert "partners: skipped, jp_companies.csv is not there" in told
    assert "with a partner" in told


def test_a_folder_without_anything_known_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing to measure"):
        evaluate(tmp_path, "--only=headings")


def test_what_cannot_be_used_is_said(folder: Path) -> None:
    with pytest.raises(CommandError, match="is not a folder"):
        evaluate(folder / "nowhere")
    (folder / "kr_companies.csv").write_text("name\nx\n", encoding="utf-8")
    with pytest.raises(CommandError, match="has no column ksic10, 주요제품"):
        evaluate(folder, "--only=partners")
    (folder / "jp_buyer_inquiries.csv").write_bytes("item\n歯車\n".encode("cp932"))
    with pytest.raises(CommandError, match="not UTF-8"):
        evaluate(folder, "--only=inquiries")
