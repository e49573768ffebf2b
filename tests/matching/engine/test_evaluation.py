"""What is measured is what it says, and a broken rule is noticed."""

from dataclasses import replace

import numpy as np
import pytest

from matching.engine import match as engine
from matching.engine.evaluation.fairness import broken_limits, fairness, ineligible
from matching.engine.evaluation.headings import ABLATIONS, ablated, plain_search, search
from matching.engine.features import Channel, Document, channels, extract
from matching.engine.types import Candidates
from tests.matching.engine.problems import JP, KR, LEXICON, Firm, Item, World, policy

KOREAN = ["감광액", "톱니바퀴", "반도체 검사", "베어링", "덮개"]
JAPANESE = ["フォトレジスト", "歯車", "半導体検査", "ベアリング", "蓋"]


def features(texts: list[str]):
    return extract([Document(text) for text in texts], LEXICON)


def pairs(*rows: tuple[int, int]) -> Candidates:
    need, offering = np.array(rows, np.int32).T
    ones = np.ones(len(rows), np.float32)
    return Candidates(need, offering, ones, ones, ones)


def world() -> World:
    """A Japanese buyer with two needs and a Korean and a Japanese seller of the same thing."""
    return World(
        [Firm(JP, capacity=1), Firm(KR), Firm(JP)],
        [Item(1, "감광액"), Item(2, "감광액"), Item(1, "감광액", lead_days=90)],
        [Item(0, "フォトレジスト", seats=1), Item(0, "フォトレジスト", max_lead_days=30)],
    )


@pytest.mark.parametrize(
    ("asked", "said", "asks"), [(KOREAN, JAPANESE, KR), (JAPANESE, KOREAN, JP)]
)
def test_the_same_things_in_two_languages_are_found(asked, said, asks) -> None:
    for found in search(features(asked), features(said), LEXICON, asks=asks):
        assert found.recall_1 == found.recall_10 == found.mrr == 1


def test_characters_alone_find_what_is_written_alike_and_nothing_else() -> None:
    same = plain_search(["abc def", "ghi jkl"], ["abcdef", "ghijkl"])
    assert same.recall_1 == 1
    assert plain_search(KOREAN, JAPANESE).recall_1 == 0


def test_an_ablation_leaves_its_families_out_and_the_others_alone() -> None:
    whole = features(KOREAN)
    assert set(channels(whole.words.values)) > {Channel.CONCEPT, Channel.SYLLABLES_2}
    bare = ablated(whole, "without concepts")
    assert len(bare.concepts.values) == 0
    assert not set(channels(bare.words.values)) & set(ABLATIONS["without concepts"])
    kept = ~np.isin(channels(whole.words.values), ABLATIONS["without concepts"])
    assert np.array_equal(bare.words.values, whole.words.values[kept])
    assert len(bare) == len(whole)


def test_ineligible_pairs_are_recognised() -> None:
    wrong = ineligible(world().problem(), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]))
    assert wrong.tolist() == [False, True, False, True]
    blocked = replace(world(), blocked=[(1, 0)], closed=[]).problem()
    assert ineligible(blocked, np.array([0]), np.array([0])).all()
    closed = replace(world(), closed=[(0, 0)]).problem()
    assert ineligible(closed, np.array([0, 1]), np.array([0, 0])).tolist() == [True, False]


def test_broken_limits_are_counted() -> None:
    problem = world().problem()
    assert broken_limits(problem, pairs((0, 0))) == 0
    # Two introductions of a firm with one, and a second one of the same two firms.
    assert broken_limits(problem, pairs((0, 0), (1, 0))) == 2
    # A need with one seat gets two partners.
    assert broken_limits(problem, pairs((0, 0), (0, 1))) == 2


def test_the_engine_breaks_no_rule_and_serves_everybody() -> None:
    problem = replace(world(), policy=policy()).problem()
    prepared = engine.prepare(problem)
    scored = engine.score_block(prepared, 0, len(prepared))
    found = fairness(problem, scored, engine.allocate(prepared, scored).matches)
    assert (found.violations, found.reachable, found.with_proposal) == (0, 2, 2)
    assert found.share == 1
