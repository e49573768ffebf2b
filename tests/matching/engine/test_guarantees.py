"""What docs/engine.md promises, on random small markets and against a slow oracle."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matching.engine import match as engine
from matching.engine.criteria import NAMES, parts, score, weight_vector
from matching.engine.explain import CODES, explain
from matching.engine.types import Candidates, Firms, Result
from tests.matching.engine import oracle
from tests.matching.engine.problems import JP, KR, Firm, Item, World, policy
from tests.matching.engine.strategies import worlds


def pairs_of(candidates: Candidates) -> list[tuple[int, int]]:
    return list(zip(candidates.need.tolist(), candidates.offering.tolist(), strict=True))


def scored(world: World) -> tuple[engine.Prepared, Candidates]:
    prepared = engine.prepare(world.problem())
    return prepared, engine.score_block(prepared, 0, len(prepared))


def as_bytes(candidates: Candidates) -> bytes:
    return b"".join(getattr(candidates, column.name).tobytes() for column in fields(candidates))


@given(worlds())
def test_only_eligible_pairs_are_scored_and_their_values_are_the_oracle_s(world: World) -> None:
    prepared, found = scored(world)
    again, criteria = engine.score_pairs(prepared, found)
    assert as_bytes(again) == as_bytes(found)
    for row, (need, offering) in enumerate(pairs_of(found)):
        assert oracle.is_eligible(world, need, offering)
        values = dict(zip(NAMES, criteria[row].tolist(), strict=True))
        for name, expected in oracle.criteria(world, need, offering).items():
            if expected is None:
                assert np.isnan(values[name]), name
            else:
                assert values[name] == pytest.approx(expected, abs=1e-5), name
        assert 0 <= values["product"] <= 1


@given(worlds())
def test_every_eligible_pair_that_says_the_same_is_found(world: World) -> None:
    world.policy = replace(world.policy, top_k=20)
    _, found = scored(world)
    seen = set(pairs_of(found))
    for n, need in enumerate(world.needs):
        for o, offering in enumerate(world.offerings):
            if need.title == offering.title and oracle.is_eligible(world, n, o):
                assert (n, o) in seen


@given(worlds())
def test_scores_are_shares_of_one_and_their_parts_add_up(world: World) -> None:
    prepared, found = scored(world)
    assert np.all((found.score >= 0) & (found.score <= 1))
    assert np.all((found.confidence > 0) & (found.confidence <= 1))
    for row, told in enumerate(explain(prepared, found)):
        assert sum(told.parts.values()) == pytest.approx(told.score, abs=1e-6)
        assert set(told.parts) == {n for n, value in told.criteria.items() if value is not None}
        assert told.score == pytest.approx(float(found.score[row]))


@given(worlds())
def test_every_reason_is_known_to_the_wording(world: World) -> None:
    prepared, found = scored(world)
    for told in explain(prepared, found):
        for reason in (*told.fits, *told.accepts, *told.missing):
            assert set(reason.args) == set(CODES[reason.code])


@given(worlds())
def test_what_a_gap_costs_is_the_score_without_it(world: World) -> None:
    prepared, found = scored(world)
    _, criteria = engine.score_pairs(prepared, found)
    for row, told in enumerate(explain(prepared, found)):
        for reason in (*told.fits, *told.accepts):
            assert reason.would_be is None
        for reason in told.missing:
            if reason.would_be is None:
                continue
            name = next(name for name in NAMES if reason.code.startswith(PREFIX[name]))
            values = criteria[[row]].copy()
            values[0, NAMES.index(name)] = 1
            assert reason.would_be == pytest.approx(float(score(values, prepared.weights)[0]))
            assert reason.would_be > told.score


PREFIX = dict.fromkeys(NAMES, "-") | {
    "certifications": "certifications_",
    "volume": ("volume_", "minimum_order_"),
    "lead_time": "lead_time_",
    "price": "price_",
    "stage": "stage_",
}


@given(worlds())
def test_candidates_come_best_first_within_each_need(world: World) -> None:
    _, found = scored(world)
    for need in set(found.need.tolist()):
        own = found.score[found.need == need]
        assert np.all(own[1:] <= own[:-1])
        assert len(own) <= 2 * world.policy.top_k


@given(worlds(), st.integers(1, 3))
def test_blocks_add_up_to_the_whole_and_come_out_the_same_again(world: World, size: int) -> None:
    prepared, whole = scored(world)
    ranges = range(0, len(prepared), size)
    blocks = [engine.score_block(prepared, start, start + size) for start in ranges]
    _, once_more = scored(world)
    assert as_bytes(once_more) == as_bytes(whole)
    if blocks:
        assert as_bytes(Candidates.join(blocks)) == as_bytes(whole)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(world: World, random: object) -> None:
    """Ids decide, not places: shuffled rows give the same pairs of ids."""
    for number, item in enumerate(world.needs, 1):
        item.id = number
    for number, item in enumerate(world.offerings, 1):
        item.id = number
    world.closed = []
    before = chosen_ids(world)
    random.shuffle(world.needs)  # type: ignore[attr-defined]
    random.shuffle(world.offerings)  # type: ignore[attr-defined]
    assert chosen_ids(world) == before


@given(worlds())
def test_other_ids_in_the_same_order_give_the_same_result(world: World) -> None:
    before = pairs_of(engine.match(world.problem()).matches)
    for number, item in enumerate(world.needs, 1):
        item.id = 1000 + 7 * number
    for number, item in enumerate(world.offerings, 1):
        item.id = 50 + 3 * number
    assert pairs_of(engine.match(world.problem()).matches) == before


def chosen_ids(world: World) -> set[tuple[int, int, float]]:
    _, found = scored(world)
    return {
        (world.needs[n].id, world.offerings[o].id, round(float(value), 6))
        for (n, o), value in zip(pairs_of(found), found.score, strict=True)
    }


@given(worlds())
def test_capacities_seats_and_one_introduction_a_pair_hold(world: World) -> None:
    world.is_exploring = False
    result = engine.match(world.problem())
    assert oracle.is_allowed(world, pairs_of(result.matches))


@given(worlds())
def test_the_allocation_is_the_best_there_is(world: World) -> None:
    """As many firms as possible get one; then the sum of scores is the greatest possible."""
    world.is_exploring = False
    prepared, found = scored(world)
    scores = dict(zip(pairs_of(found), found.score.tolist(), strict=True))
    assume(len(scores) <= 9)
    chosen = pairs_of(engine.allocate(prepared, found).matches)
    served, total = oracle.best_allocation(world, scores)
    assert len(oracle.firms_of(world, chosen)) == served
    assert sum(scores[pair] for pair in chosen) == pytest.approx(total, abs=2e-3)


def test_two_firms_meet_over_their_second_best_when_the_best_has_no_seat_left() -> None:
    """A buyer with two like needs and two sellers: both sellers get in, one through each need."""
    buyer, sellers = Firm(KR), [Firm(JP), Firm(JP)]
    needs = [Item(0, "ArF 감광액", seats=1), Item(0, "CMP 슬러리 99.999%", seats=1)]
    needs.append(Item(0, "ArF 감광액", seats=0))
    offerings = [Item(1, "ArFレジスト、CMPスラリー"), Item(2, "ArFレジスト、CMPスラリー")]
    world = World([buyer, *sellers], offerings, needs, policy=policy(min_product=0.0))
    prepared, found = scored(world)
    assert len(found) == 6
    chosen = pairs_of(engine.allocate(prepared, found).matches)
    assert sorted(need for need, _ in chosen) == [0, 1]
    assert {offering for _, offering in chosen} == {0, 1}


@given(worlds())
def test_exploring_gives_every_need_its_best(world: World) -> None:
    world.is_exploring = True
    prepared, found = scored(world)
    result = engine.allocate(prepared, found)
    for need in set(found.need.tolist()):
        own = found.offering[found.need == need][: world.policy.top_k]
        assert result.matches.offering[result.matches.need == need].tolist() == own.tolist()


@given(worlds())
def test_ranks_count_from_one_within_each_need(world: World) -> None:
    result: Result = engine.match(world.problem())
    for need in set(result.matches.need.tolist()):
        ranks = result.rank[result.matches.need == need]
        assert ranks.tolist() == list(range(1, len(ranks) + 1))


unit = st.floats(0, 1, width=32)


@given(
    st.lists(st.one_of(unit, st.just(float("nan"))), min_size=len(NAMES), max_size=len(NAMES)),
    st.integers(0, len(NAMES) - 1),
    st.tuples(unit, unit).map(sorted),
    st.lists(st.floats(0.01, 5), min_size=len(NAMES), max_size=len(NAMES)),
)
def test_a_better_criterion_never_lowers_the_score(
    values: list[float], which: int, change: list[float], weights: list[float]
) -> None:
    vector = weight_vector(dict(zip(NAMES, weights, strict=True)))
    before = np.array([values], np.float32)
    after = before.copy()
    before[0, which], after[0, which] = change
    assert score(after, vector)[0] >= score(before, vector)[0] - 1e-6
    assert parts(after, vector).sum() == pytest.approx(score(after, vector)[0], abs=1e-6)


@given(worlds())
def test_what_is_not_known_lowers_confidence_and_not_the_score(world: World) -> None:
    """Forgetting everything about the firms leaves a pair's other criteria as they were."""
    _, before = scored(world)
    problem = world.problem()
    unknown = np.full(len(problem.firms), np.nan, np.float32)
    ignorant: Firms = replace(problem.firms, experience=unknown, responsiveness=unknown)
    prepared = engine.prepare(replace(problem, firms=ignorant))
    after = engine.score_block(prepared, 0, len(prepared))
    confidence = dict(zip(pairs_of(before), before.confidence.tolist(), strict=True))
    for pair, value in zip(pairs_of(after), after.confidence.tolist(), strict=True):
        if pair in confidence:
            assert value <= confidence[pair] + 1e-6


def test_bad_weights_are_refused() -> None:
    for weights in ({"beauty": 1.0}, {"product": -1.0}, {"product": 0.0}, {"price": float("nan")}):
        with pytest.raises(ValueError, match=r"criterion|Weights"):
            weight_vector(weights)
