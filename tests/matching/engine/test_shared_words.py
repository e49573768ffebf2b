"""The words two texts have in common, whatever script each writes them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.text.shared import shared_words
from tests.matching.engine.strategies import TITLES


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (
            "초음파 세척기 (산업용)",
            "産業用超音波洗浄機",
            [("산업용", "産業用"), ("초음파", "超音波")],
        ),
        ("리니어 가이드", "リニアガイド", [("리니어가이드", "リニアガイド")]),
        ("베어링", "ベアリング", [("베어링", "ベアリング")]),
        ("CMP 장치 300mm", "300 mm CMP装置", [("300mm", "300mm"), ("cmp", "cmp")]),
        ("요금 계산", "料金", [("요금", "料金")]),
        ("톱니바퀴", "歯車", []),
        ("가 나", "다", []),
        ("", "", []),
    ],
)
def test_words_in_common(one: str, other: str, words: list[tuple[str, str]]) -> None:
    found = shared_words(one, other)
    assert [pair for pair in found if pair in words] == words
    assert words or not found


@given(st.lists(st.sampled_from(TITLES)).map(" ".join), st.lists(st.sampled_from(TITLES)))
def test_every_word_stands_in_its_text_and_both_sides_agree(one: str, other: list[str]) -> None:
    two = " ".join(other)
    found = shared_words(one, two)

    def bare(text: str) -> str:
        return text.casefold().replace(" ", "").replace("99.999%", "5n")

    for ours, theirs in found:
        assert bare(ours) in bare(one)
        assert bare(theirs) in bare(two)
    assert {pair[::-1] for pair in shared_words(two, one)} == set(found)
