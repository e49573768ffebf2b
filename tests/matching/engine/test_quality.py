"""Sense: the right things are close, across languages, and weak evidence scores low."""

import csv

import numpy as np
import pytest

from matching.engine import match as engine
from matching.engine.evaluation import coverage, gini, mean_reciprocal_rank, ndcg, recall, stability
from matching.engine.evaluation.headings import search
from matching.engine.explain import explain
from matching.engine.features import Document, extract
from matching.engine.text import Entry, Lexicon
from matching.engine_adapter.vocabulary import shipped_lexicon
from tests.matching.engine.problems import JP, KR, Firm, Item, World, policy
from tests.real_data import ABSENT, REAL

HEADINGS = REAL / "hs_parallel_dev.csv"


def product(need: str, offering: str, *others: str) -> float:
    """The product fit of the first offering among `others`."""
    world = World(
        [Firm(JP), Firm(KR)],
        [Item(1, title) for title in (offering, *others, "전혀 다른 물건", "의자와 책상")],
        [Item(0, need)],
    )
    prepared = engine.prepare(world.problem())
    found, criteria = engine.score_pairs(prepared, engine.score_block(prepared, 0, 1))
    values = dict(zip(found.offering.tolist(), criteria[:, 0].tolist(), strict=True))
    return values.get(0, 0.0)


@pytest.mark.parametrize(
    ("need", "offering"),
    [
        ("フォトレジスト", "감광액"),
        ("歯車", "톱니바퀴"),
        ("カバー", "덮개"),
        ("photoresist", "감광액 공급"),
        ("ベアリング", "베어링"),
        ("半導体検査", "반도체 검사"),
        ("電解液添加物", "전해액 첨가물"),
    ],
)
def test_the_same_thing_in_two_languages_fits(need: str, offering: str) -> None:
    assert product(need, offering) > 0.6


def test_closer_relatives_fit_better() -> None:
    same, sibling, cousin = (
        product("ArFレジスト", title) for title in ("ArF 감광액", "EUV 감광액", "CMP 슬러리")
    )
    assert same > sibling > cousin
    assert same > 0.75
    assert cousin < 0.3


def test_a_special_offering_covers_a_general_need_but_not_the_other_way_round() -> None:
    assert product("フォトレジスト", "ArF 감광액") > product("ArFレジスト", "감광액")


@pytest.mark.parametrize(
    ("need", "offering"),
    [
        ("自動車用精密部品の加工と熱処理", "자동차 보험"),
        ("医薬品原料の合成と精製", "식품 원료"),
        ("業務用冷蔵庫", "업무용 가구"),
    ],
)
def test_a_weak_overlap_of_words_scores_low(need: str, offering: str) -> None:
    assert product(need, offering) < 0.35


def test_the_explanation_names_the_shared_concept_and_the_gaps() -> None:
    world = World(
        [Firm(JP, experience=1.0), Firm(KR, experience=0.0)],
        [Item(1, "ArF 감광액", hs6=("370790",), certifications=1, are_certifications_known=True)],
        [
            Item(
                0,
                "ArFレジスト",
                hs6=("370790",),
                certifications=3,
                price_high=4,
                lead_days=30,
                is_single_sourced=1,
            )
        ],
        policy=policy(),
    )
    prepared = engine.prepare(world.problem())
    (told,) = explain(prepared, engine.score_block(prepared, 0, 1))
    assert {reason.code: dict(reason.args) for reason in told.fits} == {
        "same_concepts": {"concepts": ["arf_resist"]},
        "same_hs": {"hs": "370790", "digits": 6},
        "certifications_held": {"certifications": ["iso_9001"]},
    }
    assert [reason.code for reason in told.accepts] == ["buyer_experienced", "buyer_single_sourced"]
    assert {reason.code: dict(reason.args) for reason in told.missing} == {
        "certifications_missing": {"certifications": ["iatf_16949"]},
        "lead_time_unknown": {"limit": 30},
        "price_unknown": {},
    }


@pytest.mark.parametrize(
    ("need", "offering", "fits", "not_named"),
    [
        # Both are thin, and one is a cover: being thin is no ground to meet.
        ("얇은 덮개", "薄型カバー", [("same_concepts", ["cover"])], []),
        ("얇은 것", "薄型の歯車", [], []),
        # The same industry is a field in common; that nobody names it is no gap.
        ("반도체 덮개", "半導体の歯車", [("near_concepts", ["semiconductors"])], ["cover"]),
        ("반도체 덮개", "カバー", [("same_concepts", ["cover"])], []),
        # A gear box is a box: who offers the one need not name the other.
        ("기어 상자, 상자", "ギアボックス", [("same_concepts", ["gear_box"])], []),
        ("얇은 덮개", "カバー", [("same_concepts", ["cover"])], []),
    ],
)
def test_only_what_can_be_had_counts_as_the_same(
    need: str, offering: str, fits: list[tuple[str, list[str]]], not_named: list[str]
) -> None:
    lexicon = Lexicon(
        [
            Entry("semiconductors", "industry", "", ("반도체", "半導体")),
            Entry("thin", "property", "", ("얇은", "薄型")),
            Entry("gear", "product", "", ("톱니바퀴", "歯車")),
            Entry("cover", "product", "", ("덮개", "カバー")),
            Entry("gear_box", "product", "", ("기어 상자", "ギアボックス")),
            Entry("box", "product", "", ("상자", "ボックス")),
        ]
    )
    world = World(
        [Firm(KR), Firm(JP)],
        [Item(1, offering)],
        [Item(0, need)],
        policy=policy(min_product=0.0),
        lexicon=lexicon,
    )
    prepared = engine.prepare(world.problem())
    found = engine.score_block(prepared, 0, 1)
    assert len(found) == 1
    (told,) = explain(prepared, found)
    named = [(reason.code, reason.args["concepts"]) for reason in told.fits if reason.args]
    assert named == fits
    gaps = [it.args["concepts"] for it in told.missing if it.code == "concepts_not_named"]
    assert gaps == ([not_named] if not_named else [])


def test_measures() -> None:
    places = np.array([1, 2, 11], np.float32)
    assert recall(places, 10) == pytest.approx(2 / 3)
    assert mean_reciprocal_rank(places) == pytest.approx((1 + 1 / 2 + 1 / 11) / 3)
    relevant = np.array([[True, False], [False, True]])
    assert ndcg(relevant, np.array([1, 1]), 2) == pytest.approx((1 + 1 / np.log2(3)) / 2)
    assert coverage(np.array([1, 1, 3]), 4) == 0.5
    assert gini(np.array([2, 2, 2])) == pytest.approx(0)
    assert gini(np.array([0, 0, 6])) == pytest.approx(2 / 3)
    assert stability(np.array([[1, 2], [3, 4]]), np.array([[1, 2]])) == 0.5


@pytest.mark.skipif(not HEADINGS.exists(), reason=ABSENT)
def test_customs_headings_find_their_counterpart_in_the_other_language() -> None:
    with HEADINGS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))[::3]
    lexicon = shipped_lexicon()
    korean, japanese = (
        extract([Document(row[column]) for row in rows], lexicon)
        for column in ("ko_path", "ja_path")
    )
    for asked, said, country in ((korean, japanese, KR), (japanese, korean, JP)):
        found, _ = search(asked, said, lexicon, asks=country)
        assert found.recall_1 > 0.8
        assert found.recall_10 > 0.98
        assert found.mrr > 0.87
