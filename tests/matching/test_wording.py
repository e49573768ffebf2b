"""Reasons become sentences: every code, every reader, every language."""

import pytest

from common.localisation import LANGUAGES
from matching.choices import Side
from matching.engine.explain import CODES
from matching.wording import SENTENCES, sentences

LABELS = {"code": "photoresist", "ko": "감광액", "ja": "フォトレジスト", "en": "photoresist"}
ARGS = {
    "concepts": [LABELS, {"code": "x", "ko": "", "ja": "", "en": "only English"}],
    "certifications": [{"code": "iso_9001", "ko": "ISO 9001", "ja": "ISO 9001", "en": "ISO 9001"}],
    "percent": 42,
    "hs": "370790",
    "digits": 6,
    "days": 20,
    "limit": 30,
    "stage": "pilot",
    "wished": "mass_production",
}


def reasons(*codes: str) -> dict[str, list[dict[str, object]]]:
    return {
        "fits": [
            {"code": code, "args": {name: ARGS[name] for name in CODES[code]}} for code in codes
        ]
    }


def test_every_code_of_the_engine_has_a_sentence_and_no_other() -> None:
    assert set(SENTENCES) == set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", [None, Side.BUYER, Side.SELLER])
@pytest.mark.parametrize("code", CODES)
def test_every_sentence_can_be_said(code: str, side: Side | None, language: str) -> None:
    (told,) = sentences(reasons(code), side=side, language=language).fits
    assert told
    assert "%(" not in told
    if "concepts" in CODES[code]:
        assert LABELS[language] in told
    if "percent" in CODES[code]:
        assert "42 %" in told or "42%" in told


def test_the_same_fact_is_told_from_the_reader_s_side() -> None:
    told = reasons("same_concepts")
    buyer, seller, staff = (
        sentences(told, side=side, language="en").fits for side in (Side.BUYER, Side.SELLER, None)
    )
    assert buyer == ["They supply what you are looking for: photoresist, only English."]
    assert seller == ["They are looking for what you supply: photoresist, only English."]
    assert staff == ["The offering is what the need asks for: photoresist, only English."]


def test_groups_stay_apart_and_can_be_read_in_one_go() -> None:
    told = sentences(
        {
            "fits": [{"code": "price_within", "args": {}}],
            "accepts": [{"code": "responsive", "args": {}}],
            "missing": [{"code": "volume_unknown", "args": {}}],
        },
        language="en",
    )
    assert list(told) == [*told.fits, *told.accepts, *told.missing]
    assert len(list(told)) == 3


def test_a_code_of_another_version_is_passed_over() -> None:
    assert list(sentences({"fits": [{"code": "gone", "args": {}}]}, language="ko")) == []


def test_hs_codes_are_written_with_a_point() -> None:
    (told,) = sentences(reasons("same_hs"), language="en").fits
    assert "3707.90" in told
