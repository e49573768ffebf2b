"""Reading: words of three languages become the same things."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.text import Entry, Lexicon, latin_skeleton, phonemes, read, syllables
from matching.engine.text.emphasis import EXCEPTED, levels_said
from matching.engine.text.lexicon import spellings
from matching.engine.text.scripts import normalise

LEXICON = Lexicon(
    [
        Entry("photoresist", "material", "", ("감광액", "フォトレジスト", "photoresist")),
        Entry("resist", "material", "", ("レジスト", "resist")),
        Entry("board", "product", "", ("기판", "基板", "board")),
        Entry("semiconductors", "industry", "", ("반도체", "半導体", "semiconductor")),
        Entry("sensor", "product", "", ("센서", "センサー", "sensor")),
        Entry("module", "product", "", ("모듈", "モジュール", "module")),
        Entry(
            "electrolyte", "material", "", ("고체 전해질", "固体電解質", "solid-state electrolyte")
        ),
        Entry("cosmetics", "product", "", ("화장품", "化粧品", "cosmetics")),
        Entry("glass_containers", "product", "", ("유리용기", "ガラス容器", "glass container")),
        Entry("cattle", "product", "", ("소고기", "牛", "cattle")),
        Entry("fragrance", "product", "", ("방향제", "芳香剤")),
        Entry("controller", "product", "", ("제어기", "制御器")),
        Entry("slurry", "material", "", ("CMP 슬러리", "CMPスラリー", "CMP slurry")),
    ]
)


def tagged(text: str) -> list[str]:
    return [LEXICON.codes[row] for row in LEXICON.tag(read([[text]])).concept]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("감광액을 납품합니다", ["photoresist"]),
        ("フォトレジスト用", ["photoresist"]),
        ("PHOTORESISTS, and more", ["photoresist"]),
        ("ﾌｫﾄﾚｼﾞｽﾄ", ["photoresist"]),
        ("アレジスト", []),
        ("レジストの塗布", ["resist"]),
        ("전기 판매", []),
        ("반도체기판", ["semiconductors", "board"]),
        ("車載センサモジュール", ["sensor", "module"]),
        ("온도센서모듈", ["sensor", "module"]),
        ("고체전해질 및", ["electrolyte"]),
        ("고체 전해질용", ["electrolyte"]),
        ("Solid State Electrolytes", ["electrolyte"]),
        ("半導体製造装置", ["semiconductors"]),
        ("boarding", []),
        ("CMP슬러리, CMP 슬러리", ["slurry", "slurry"]),
        ("방향제어기", ["controller"]),
        ("방향제와 제어기", ["fragrance", "controller"]),
        ("牛めし", []),
        ("牛の", ["cattle"]),
        ("牛など", ["cattle"]),
        ("牛、豚", ["cattle"]),
        ("", []),
    ],
)
def test_labels_are_found_where_they_are_words(text: str, codes: list[str]) -> None:
    assert tagged(text) == codes


def test_a_concept_before_another_qualifies_it() -> None:
    tags = LEXICON.tag(read([["화장품 유리용기, 화장품"], ["化粧品用ガラス容器"]]))
    assert tags.qualifies.tolist() == [True, False, False, True, False]


@pytest.mark.parametrize(
    ("korean", "japanese"),
    [
        ("반도체", "半導体"),
        ("요리", "料理"),
        ("원료", "原料"),
        ("여성", "女性"),
        ("절연 재료", "絶縁材料"),
        ("화학 약품", "化學藥品"),
        ("연결", "連結"),
    ],
)
def test_sino_korean_words_and_kanji_read_the_same(korean: str, japanese: str) -> None:
    one, other = syllables(read([[korean]])), syllables(read([[japanese]]))
    assert one[one > 0].tolist() == other[other > 0].tolist()


@pytest.mark.parametrize(
    ("korean", "japanese"),
    [
        ("베어링", "ベアリング"),
        ("하우징", "ハウジング"),
        ("시스템", "システム"),
        ("밸브", "バルブ"),
        ("싱글", "シングル"),
        ("로봇", "ロボット"),
        ("센서", "センサー"),
        ("필름", "フィルム"),
    ],
)
def test_loanwords_sound_the_same(korean: str, japanese: str) -> None:
    one, other = phonemes(read([[korean]]))[0], phonemes(read([[japanese]]))[0]
    assert one.tolist() == other.tolist()


def test_latin_words_have_the_consonants_of_their_loans() -> None:
    bearing = phonemes(read([["베어링"]]))[0]
    assert list(latin_skeleton("bearing")) == [sound for sound in bearing if sound < 9]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("99.999 %", "5n"),
        ("99%", "2n"),
        ("12인치", "300mm"),
        ("12 インチ", "300mm"),
        ("300 mm", "300mm"),
        ("1,000kg", "1000kg"),
        ("ＡｒＦ", "arf"),
        ("ヴァルブ", "バルブ"),
    ],
)
def test_numbers_and_widths_are_unified(written: str, meant: str) -> None:
    assert normalise(written) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("600밀리미터", "600ミリメートル"),
        ("100분의 85", "85％"),
        ("2 제곱미터", "2平方メートル"),
        ("10킬로와트시", "10 kWh"),
        ("5 인치", "5インチ"),
        ("1,000톤", "1000トン"),
        ("めっき", "めつき"),
    ],
)
def test_units_and_spellings_of_two_languages_are_one(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("written", ["sus304 a", "가1,2차", "1.5.2", "2볼"])
def test_what_is_no_quantity_is_left_alone(written: str) -> None:
    assert normalise(written) == written


def said(text: str) -> dict[int, str]:
    """The letters of a title by how firmly they are said."""
    characters = read([[text]])
    levels = levels_said(characters)
    return {
        level: "".join(
            letter for letter, at in zip(characters.string, levels, strict=True) if at == level
        ).strip("\x1e")
        for level in set(levels.tolist())
    }


def test_the_last_part_of_a_path_counts_most() -> None:
    assert said("기계 > 펌프 > 기어펌프") == {10: "기계>펌프", 14: ">기어펌프"}


@pytest.mark.parametrize(
    ("text", "excepted"),
    [
        ("고무 호스(경질고무는 제외한다)", "경질고무는"),
        ("ゴムホース（硬質ゴムのものを除く。）", "硬質ゴムのものを"),
        ("강판(폭이 좁은 것으로 한정하며, 도금한 것은 제외한다)", "도금한것은"),
        ("鋼板（幅が狭いものに限るものとし、めっきしたものを除く。）", "めつきしたものを"),
        ("펌프, 밸브, 수도꼭지 제외", "수도꼭지"),
        ("pumps other than gear pumps, valves", " gear pumps"),
        ("除く", ""),
        ("가공육(소(뼈 포함)를 제외한 것)", "소(뼈포함)를"),
    ],
)
def test_what_is_excepted_hardly_counts(text: str, excepted: str) -> None:
    assert said(text).get(EXCEPTED, "") == excepted


def test_the_long_sign_at_the_end_is_optional() -> None:
    assert spellings("センサー") == ["センサー", "センサ"]
    assert spellings("センサ") == ["センサ", "センサー"]
    assert spellings("カー") == ["カー"]


@given(st.lists(st.lists(st.text(max_size=40), min_size=1, max_size=3), max_size=6))
def test_any_text_can_be_read_and_stays_in_its_own_row(texts: list[list[str]]) -> None:
    characters = read(texts)
    assert characters.count == len(texts)
    assert len(characters.string) == len(characters.code) == len(characters.text)
    assert not len(texts) or int(characters.text.max()) == len(texts) - 1
    tags = LEXICON.tag(characters)
    assert np.all(tags.start < tags.stop)
    sound, word, position = phonemes(characters)
    assert len(sound) == len(word) == len(position)


def test_a_lexicon_must_hang_together() -> None:
    with pytest.raises(ValueError, match="unknown parent"):
        Lexicon([Entry("a", "product", "b", ("x",))])
    with pytest.raises(ValueError, match="circle"):
        Lexicon([Entry("a", "product", "b", ("x",)), Entry("b", "product", "a", ("y",))])
    with pytest.raises(ValueError, match="repeated"):
        Lexicon([Entry("a", "product", "", ("x",)), Entry("a", "product", "", ("y",))])


def test_content_grows_from_root_to_leaf() -> None:
    line = Lexicon(
        [
            Entry("root", "industry", "", ("뿌리",)),
            Entry("branch", "product", "root", ("가지",)),
            Entry("leaf", "product", "branch", ("잎새",)),
        ]
    )
    root, branch, leaf = (line.content[line.row_of[code]] for code in ("root", "branch", "leaf"))
    assert root < branch < leaf <= 1
