"""The lexicon's check and coverage, and the command that shows them."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from matching.engine_adapter import vocabulary
from taxonomy.reading import CONCEPT_COLUMNS, Row, read_homographs, read_reference_data


def concept(code: str, **words: str) -> Row:
    row = dict.fromkeys(CONCEPT_COLUMNS, "")
    return row | {"code": code, "kind": "product", "ko": "기판", "ja": "基板", "en": code} | words


def test_a_sound_concept_has_no_fault() -> None:
    assert vocabulary.lint([concept("substrate"), concept("cover", ko="덮개", ja="カバー")]) == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"ja": "PCB"}, "board: no ja word in its own script"),
        ({"ko": "PCB", "ja": "回路板"}, "board: no ko word in its own script"),
        ({"ko_synonyms": "판", "ja": "回路板"}, "board: 판 hides in unrelated words"),
        ({"ja": "ネジ", "ja_synonyms": "ネ"}, "board: ネ hides in unrelated words"),
        (
            {"ko": "회로판", "ja": "回路板", "ja_synonyms": "電力変換器"},
            "board: 電力変換器 reads as 전역변환기, which is converter",
        ),
    ],
)
def test_each_fault_is_named(words: dict[str, str], fault: str) -> None:
    converter = concept("converter", ko="전력변환기", ja="コンバータ")
    assert vocabulary.lint([concept("board", **words), converter]) == [fault]


def test_words_that_sound_alike_in_the_languages_themselves_may() -> None:
    rail, battery = concept("rail", ko="전동차", ja="電車"), concept("ev", ko="전기차", ja="電動車")
    assert vocabulary.lint([rail, battery]) != []
    assert vocabulary.lint([rail, battery], homographs=["전동차"]) == []


def test_our_own_words_do_not_contradict_each_other() -> None:
    assert vocabulary.lint(read_reference_data().concepts, read_homographs()) == []


def test_coverage_counts_phrases_and_the_words_nobody_knows() -> None:
    lexicon = vocabulary.shipped_lexicon()
    phrases = ["반도체용 포토레지스트", "エッチング液", "자붕카랄", "자붕카랄 12", "ゼゼゼ"]
    found = vocabulary.coverage(phrases, lexicon)
    assert (found.phrases, found.understood) == (5, 2)
    assert found.share == pytest.approx(0.4)
    assert dict(found.unknown) == {"자붕카랄": 2, "ゼゼゼ": 1}
    assert vocabulary.coverage([], lexicon).share == 0


@pytest.fixture
def products(tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(
        "회사명,주요제품,업종\n"
        '가,"반도체용 포토레지스트, 자붕카랄",반도체\n'
        "나,리튬이온 배터리,전지\n",
        encoding="cp949",
    )
    return file


def test_the_command_tells_coverage_of_some_rows(
    products: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("lexicon", "coverage", products)
    assert capsys.readouterr().out.splitlines() == [
        "2 of 3 phrases understood (66.7%)",
        "    1  자붕카랄",
    ]
    call_command("lexicon", "coverage", products, "--where", "업종=전지|화학", "--json")
    assert json.loads(capsys.readouterr().out) == {"phrases": 1, "understood": 1, "unknown": {}}


def test_the_command_shows_what_was_found_in_a_phrase(
    products: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("lexicon", "phrases", products, "--most", "3", "--json")
    told = json.loads(capsys.readouterr().out)
    found = {line["phrase"]: line["found"] for line in told}
    assert found["자붕카랄"] == []
    assert ["포토레지스트", "photoresist"] in found["반도체용 포토레지스트"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--column", "품목"], "No column 품목"),
        (["--where", "나라=KR"], "No column 나라"),
    ],
)
def test_a_column_that_is_not_there_is_named(
    products: Path, arguments: list[str], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("lexicon", "coverage", products, *arguments)


@pytest.mark.parametrize("content", [None, b"", b"a,b\n"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: Any) -> None:
    file = tmp_path / "list.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("lexicon", "coverage", file)
