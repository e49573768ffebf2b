"""Reasons become sentences: every code, every reader, every language."""

import pytest

from common.localisation import LANGUAGES
from matching.choices import Side
from matching.engine.explain import CODES
from matching.models import Match
from matching.wording import SENTENCES, sentences

LABELS = {"code": "photoresist", "ko": "감광액", "ja": "フォトレジスト", "en": "photoresist"}
ARGS = {
    "concepts": [LABELS, {"code": "x", "ko": "", "ja": "", "en": "only English"}],
    "certifications": [{"code": "iso_9001", "ko": "ISO 9001", "ja": "ISO 9001", "en": "ISO 9001"}],
    "words": [["초음파", "超音波"], ["300mm", "300mm"]],
    "percent": 42,
    "hs": "370790",
    "digits": 6,
    "days": 20,
    "limit": 30,
    "stage": "pilot",
    "wished": "mass_production",
}


def matched(*codes: str, group: str = "fits", **more: object) -> Match:
    told = [
        {"code": code, "args": {name: ARGS[name] for name in CODES[code]}, **more} for code in codes
    ]
    return Match(score=0.7649, reasons={group: told})


def test_every_code_of_the_engine_has_a_sentence_and_no_other() -> None:
    assert set(SENTENCES) == set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", [None, Side.BUYER, Side.SELLER])
@pytest.mark.parametrize("code", CODES)
def test_every_sentence_can_be_said(code: str, side: Side | None, language: str) -> None:
    (told,) = sentences(matched(code), side=side, language=language).fits
    assert told
    assert "%(" not in told
    if "concepts" in CODES[code]:
        assert LABELS[language] in told
    if "percent" in CODES[code]:
        assert "42 %" in told or "42%" in told


def test_the_same_fact_is_told_from_the_reader_s_side() -> None:
    told = matched("same_concepts")
    buyer, seller, staff = (
        sentences(told, side=side, language="en").fits for side in (Side.BUYER, Side.SELLER, None)
    )
    assert buyer == ["They supply what you are looking for: photoresist, only English."]
    assert seller == ["They are looking for what you supply: photoresist, only English."]
    assert staff == ["The offering is what the need asks for: photoresist, only English."]


def test_groups_stay_apart_and_can_be_read_in_one_go() -> None:
    told = sentences(
        Match(
            reasons={
                "fits": [{"code": "price_within", "args": {}}],
                "accepts": [{"code": "responsive", "args": {}}],
                "missing": [{"code": "volume_unknown", "args": {}}],
            }
        ),
        language="en",
    )
    assert list(told) == [*told.fits, *told.accepts, *told.missing]
    assert len(list(told)) == 3


def test_a_code_of_another_version_is_passed_over() -> None:
    match = Match(reasons={"fits": [{"code": "gone", "args": {}}]})
    assert list(sentences(match, language="ko")) == []


def test_hs_codes_are_written_with_a_point() -> None:
    (told,) = sentences(matched("same_hs"), language="en").fits
    assert "3707.90" in told


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("en", " Without this gap the fit would rise from 76 to 84 %."),
        ("ko", ". 이 점이 보완되면 적합도가 76%에서 84%로 높아집니다."),
        ("ja", "。この点が補われれば、適合度は76%から84%に上がります。"),
    ],
)
def test_a_gap_tells_what_it_costs(language: str, hint: str) -> None:
    gap = matched("certifications_missing", group="missing", would_be=0.8351)
    (told,) = sentences(gap, side=Side.SELLER, language=language).missing
    assert told.endswith(hint)
    # A sentence with a full stop of its own gets no second one.
    short = matched("volume_short", group="missing", would_be=0.8351)
    assert sentences(short, side=Side.SELLER, language=language).missing[0].endswith(hint)
    plain = matched("certifications_missing", group="missing")
    assert sentences(plain, side=Side.SELLER, language=language).missing == [told[: -len(hint)]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", "초음파(超音波), 300mm"),
        ("ja", "超音波（초음파）、300mm"),
        ("en", "초음파(超音波), 300mm"),
    ],
)
def test_common_words_are_told_as_the_reader_writes_them(language: str, words: str) -> None:
    (told,) = sentences(matched("shared_words"), language=language).fits
    assert words in told
