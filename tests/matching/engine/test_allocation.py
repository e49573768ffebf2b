"""The allocation on random markets: limits, floor and certificate, against the exact optimum."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matching.engine import allocation
from matching.engine.allocation import allocate, exact
from matching.engine.allocation.market import Market, build, served
from matching.engine.types import Bools, Candidates, Problem
from tests.matching.engine import oracle
from tests.matching.engine.problems import JP, KR, Firm, Item, World, policy

STEPS = (0.08, 0.02, 0.005)
ROUNDING = 1e-4  # of a score in the exact choice


@dataclass(frozen=True)
class Wanted:
    """Firms, and what could be introduced: {(need, offering): score}."""

    firms: list[Firm]
    needs: list[Item]
    offerings: list[Item]
    scores: dict[tuple[int, int], float]

    def world(self) -> World:
        return World(self.firms, self.offerings, self.needs, policy=policy())

    def build(self) -> tuple[Problem, Candidates]:
        pairs = sorted(self.scores, key=lambda pair: (pair[0], -self.scores[pair], pair[1]))
        count = len(pairs)
        return self.world().problem(), Candidates(
            need=np.array([need for need, _ in pairs], np.int32),
            offering=np.array([offering for _, offering in pairs], np.int32),
            share=np.ones(count, np.float32),
            score=np.array([self.scores[pair] for pair in pairs], np.float32),
            confidence=np.ones(count, np.float32),
        )

    def market(self) -> Market:
        return build(*self.build())[0]

    def chosen(self, **options: int) -> list[tuple[int, int]]:
        problem, candidates = self.build()
        rows, _ = allocate(problem, candidates, **options)
        chosen = candidates.take(rows)
        return list(zip(chosen.need.tolist(), chosen.offering.tolist(), strict=True))


def item(firm: int, seats: int = 5) -> Item:
    return Item(firm, "ArF 감광액", seats=seats)


def wanted(seed: int) -> Wanted:
    """A random market: few or many partners for a need, some of them popular, tight or wide."""
    random = np.random.default_rng(seed)
    size = int(random.integers(2, 30))
    most = int(random.choice([1, 2, 4, 10]))
    countries = random.permutation([KR, JP] * size).tolist()
    firms = [Firm(country, capacity=int(random.integers(0, most + 1))) for country in countries]
    needs, offerings = (
        [
            item(int(firm), int(random.integers(0, 4)))
            for firm in random.integers(0, 2 * size, int(random.integers(1, 4 * size)))
        ]
        for _ in range(2)
    )
    fame = random.random(len(offerings)) ** random.choice([0, 1, 4])
    share = random.choice([0.05, 0.3, 1.0])
    scores = {
        (n, o): float(random.choice([0.5, random.uniform(0.35, 0.95)]))
        for n, need in enumerate(needs)
        for o, offering in enumerate(offerings)
        if firms[need.firm].country != firms[offering.firm].country
        and random.random() < share * fame[o]
    }
    return Wanted(firms, needs, offerings, scores)


@st.composite
def small(draw: Any) -> Wanted:
    """At most four firms and nine pairs."""
    limit = st.integers(0, 2)
    firms = [Firm(country, capacity=draw(limit)) for country in (KR, JP, KR, JP)]
    owner = st.integers(0, 3)
    items = st.lists(st.builds(item, owner, limit), min_size=1, max_size=4)
    needs, offerings = draw(items), draw(items)
    possible = [
        (n, o)
        for n, need in enumerate(needs)
        for o, offering in enumerate(offerings)
        if (need.firm + offering.firm) % 2
    ]
    assume(possible)
    pairs = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=9, unique=True))
    score = st.sampled_from([0.35, 0.5, 0.75, 0.95])
    return Wanted(firms, needs, offerings, {pair: draw(score) for pair in sorted(pairs)})


def keeps_limits(market: Market, chosen: Bools) -> bool:
    edges, pairs = market.edges[chosen], market.pair[chosen]
    return (
        len(np.unique(pairs)) == len(pairs)
        and within(market.firm[edges["group"]], market.capacity)
        and within(edges["partner"], market.room)
        and within(market.need[chosen], market.seats)
    )


def within(rows: Any, limit: Any) -> bool:
    return bool((np.bincount(rows, minlength=len(limit)) <= limit).all())


def worth(market: Market, chosen: Bools) -> float:
    return float(market.edges["score"][chosen].sum(dtype=np.float64))


def firms_served(market: Market, chosen: Bools) -> int:
    return sum(int(side.sum()) for side in served(market, chosen))


def test_on_two_hundred_markets_the_optimum_is_within_the_certified_gap() -> None:
    markets = [one.market() for one in map(wanted, range(250)) if one.scores]
    assert len(markets) >= 200
    gaps = []
    for market in markets:
        best = exact.best(market)
        rounding = ROUNDING * len(market.edges)
        assert keeps_limits(market, best)
        for step in STEPS:
            chosen, gap = allocation.approximate(market, step)
            assert keeps_limits(market, chosen)
            assert firms_served(market, chosen) == firms_served(market, best)
            assert worth(market, chosen) <= worth(market, best) + rounding
            assert worth(market, chosen) >= (1 - gap) * worth(market, best) - rounding
            gaps.append(gap)
    by_step = np.median(np.array(gaps).reshape(-1, len(STEPS)), axis=0)
    assert by_step.tolist() == sorted(by_step, reverse=True)  # a smaller step, a smaller gap
    assert by_step[-1] < allocation.TOLERANCE


@given(small())
def test_both_methods_keep_their_promise_against_every_choice_there_is(one: Wanted) -> None:
    most, best = oracle.best_allocation(one.world(), one.scores)
    for exact_up_to in (0, 100):
        problem, candidates = one.build()
        rows, gap = allocate(problem, candidates, exact_up_to=exact_up_to)
        chosen = candidates.take(rows)
        pairs = list(zip(chosen.need.tolist(), chosen.offering.tolist(), strict=True))
        assert oracle.is_allowed(one.world(), pairs)
        assert len(oracle.firms_of(one.world(), pairs)) == most
        assert gap <= allocation.TOLERANCE
        assert chosen.score.sum() >= (1 - gap) * best - 2e-3


@pytest.mark.parametrize("exact_up_to", [0, 1000])
def test_who_has_one_possible_partner_comes_before_better_pairs_of_others(
    exact_up_to: int,
) -> None:
    """Three buyers know only the hub, which has three introductions; others would fit it better."""
    hub = Firm(JP, capacity=3)
    others = [Firm(JP) for _ in range(3)]
    buyers = [Firm(KR) for _ in range(6)]
    needs = [item(firm) for firm in range(4, 10)]
    offerings = [item(firm) for firm in range(4)]
    scores = {(need, 0): 0.4 if need < 3 else 0.95 for need in range(6)}
    scores |= {(need, need - 2): 0.4 for need in range(3, 6)}
    one = Wanted([hub, *others, *buyers], needs, offerings, scores)
    assert one.chosen(exact_up_to=exact_up_to) == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 3)]


@given(st.integers(0, 2**32 - 1), st.integers(0, 1000))
def test_more_room_at_one_firm_never_serves_fewer(seed: int, which: int) -> None:
    before = wanted(seed)
    assume(before.scores)
    firms = list(before.firms)
    firm = which % len(firms)
    firms[firm] = replace(firms[firm], capacity=firms[firm].capacity + 1)
    markets = [before.market(), replace(before, firms=firms).market()]
    assume(all(len(market.edges) for market in markets))
    best, more = (
        (firms_served(market, chosen), worth(market, chosen))
        for market in markets
        for chosen in [exact.best(market)]
    )
    assert more[0] > best[0] or (more[0] == best[0] and more[1] >= best[1] - 0.1)
    assert firms_served(markets[1], allocation.approximate(markets[1], 0.02)[0]) >= best[0]


@given(st.integers(0, 2**32 - 1), st.integers(0, 1000))
def test_a_chosen_pair_that_gets_better_stays_chosen(seed: int, which: int) -> None:
    before = wanted(seed)
    chosen = before.chosen() if before.scores else []
    assume(chosen)
    pair = chosen[which % len(chosen)]
    better = before.scores | {pair: before.scores[pair] + 0.05}
    assert pair in replace(before, scores=better).chosen()


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed: int, random: Any) -> None:
    """Ids decide, not places, in the market itself: so both methods see the same one."""
    one = wanted(seed)
    assume(one.scores)
    for rows in (one.firms, one.needs, one.offerings):
        for number, row in enumerate(rows, 1):
            row.id = number  # type: ignore[attr-defined]
    firms, needs, offerings = (
        random.sample(range(len(rows)), len(rows)) for rows in (one.firms, one.needs, one.offerings)
    )
    shuffled = Wanted(
        [one.firms[row] for row in firms],
        [replace(one.needs[row], firm=firms.index(one.needs[row].firm)) for row in needs],
        [
            replace(one.offerings[row], firm=firms.index(one.offerings[row].firm))
            for row in offerings
        ],
        {
            (needs.index(need), offerings.index(offering)): score
            for (need, offering), score in one.scores.items()
        },
    )
    before, after = one.market(), shuffled.market()
    for name in Market._fields:
        assert getattr(before, name).tobytes() == getattr(after, name).tobytes()


def test_the_same_bytes_every_time_and_on_every_thread() -> None:
    market = max((wanted(seed).market() for seed in range(20)), key=lambda one: len(one.edges))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: allocation.approximate(market, 0.01), range(4)))
    assert len({(chosen.tobytes(), gap) for chosen, gap in found}) == 1


def test_a_market_whose_gap_stays_too_wide_is_solved_exactly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(allocation, "TOLERANCE", 0.0)
    market = wanted(5).market()
    chosen, gap = allocation.choose(market, exact_up_to=0)
    assert gap == 0
    assert worth(market, chosen) == pytest.approx(worth(market, exact.best(market)))


def test_a_firm_without_a_limit_needs_no_more_memory_than_its_pairs() -> None:
    firms = [Firm(KR, capacity=2**31 - 1), Firm(JP, capacity=2**31 - 1)]
    one = Wanted(firms, [item(0)], [item(1)], {(0, 0): 0.9})
    assert one.chosen(exact_up_to=0) == one.chosen() == [(0, 0)]


def test_nothing_to_choose_from() -> None:
    firms = [Firm(KR), Firm(JP, capacity=0)]
    assert Wanted(firms, [item(0)], [item(1)], {(0, 0): 0.9}).chosen() == []
    assert Wanted(firms, [item(0)], [item(1)], {}).chosen() == []
