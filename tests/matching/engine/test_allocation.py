"""The allocation on random markets: limits, floor and certificate, against the exact optimum."""

from dataclasses import dataclass

import numpy as np

from matching.engine import allocation
from matching.engine.allocation import auction, coverage, exact
from matching.engine.allocation.market import Market, build, served
from matching.engine.types import Bools, Candidates, Problem
from tests.matching.engine.problems import JP, KR, Firm, Item, World, policy

Edge = tuple[int, int, float]


@dataclass(frozen=True)
class Wanted:
    """Firms, and what could be introduced: (need, offering, score)."""

    firms: list[Firm]
    needs: list[Item]
    offerings: list[Item]
    pairs: list[Edge]

    def build(self) -> tuple[Problem, Candidates]:
        pairs = sorted(self.pairs, key=lambda pair: (pair[0], -pair[2], pair[1]))
        problem = World(self.firms, self.offerings, self.needs, policy=policy()).problem()
        need, offering, score = (list(column) for column in zip(*pairs, strict=True))
        return problem, Candidates(
            need=np.array(need, np.int32),
            offering=np.array(offering, np.int32),
            score=np.array(score, np.float32),
            confidence=np.ones(len(pairs), np.float32),
            criteria=np.zeros((len(pairs), 1), np.float32),
        )

    def market(self) -> Market:
        return build(*self.build())[0]


def wanted(seed: int, *, size: int | None = None) -> Wanted:
    """A random market: few or many partners for a need, some of them popular, tight or wide."""
    random = np.random.default_rng(seed)
    size = size or int(random.integers(2, 30))
    most = int(random.choice([1, 2, 4, 10]))
    firms = [
        Firm(country, capacity=int(random.integers(0, most + 1)))
        for country in (KR, JP)
        for _ in range(size)
    ]
    order = random.permutation(2 * size)
    firms = [firms[place] for place in order]
    needs, offerings = (
        [
            Item(int(firm), "ArF 감광액", seats=int(random.integers(0, 4)))
            for firm in random.integers(0, 2 * size, int(random.integers(1, 4 * size)))
        ]
        for _ in range(2)
    )
    fame = random.random(len(offerings)) ** random.choice([0, 1, 4])
    share = random.choice([0.05, 0.3, 1.0])
    pairs = [
        (n, o, float(np.float32(random.choice([0.5, random.uniform(0.35, 0.95)]))))
        for n, need in enumerate(needs)
        for o, offering in enumerate(offerings)
        if firms[need.firm].country != firms[offering.firm].country
        and random.random() < share * fame[o]
    ]
    return Wanted(firms, needs, offerings, pairs)


def keeps_limits(market: Market, chosen: Bools) -> bool:
    edges = market.edges[chosen]
    pairs = market.pair[chosen]
    return (
        len(set(pairs.tolist())) == len(pairs)
        and within(market.firm[edges["group"]], market.capacity)
        and within(edges["partner"], market.room)
        and within(market.need[chosen], market.seats)
    )


def within(rows: np.ndarray, limit: np.ndarray) -> bool:
    return bool((np.bincount(rows, minlength=len(limit)) <= limit).all())


def worth(market: Market, chosen: Bools) -> float:
    return float(market.edges["score"][chosen].sum(dtype=np.float64))


def firms_served(market: Market, chosen: Bools) -> int:
    return sum(int(side.sum()) for side in served(market, chosen))


def agrees_with_the_optimum(market: Market) -> float:
    """Check every round against the exact choice; the gap of the last."""
    best = exact.best(market)
    assert keeps_limits(market, best)
    gap = 1.0
    for auctioned, price in auction.rounds(market):
        chosen = coverage.complete(market, auctioned)
        assert keeps_limits(market, auctioned)
        assert keeps_limits(market, chosen)
        assert firms_served(market, chosen) == firms_served(market, best)
        gap = allocation.gap_of(market, chosen, price)
        assert worth(market, chosen) <= worth(market, best) + 1e-4 * len(market.edges)
        assert worth(market, chosen) >= (1 - gap) * worth(market, best) - 1e-4
    return gap


def test_two_hundred_random_markets_agree_with_the_exact_optimum() -> None:
    markets = [wanted(seed) for seed in range(260)]
    gaps = [agrees_with_the_optimum(one.market()) for one in markets if one.pairs]
    assert len(gaps) >= 200
    assert np.mean(np.array(gaps) <= allocation.TOLERANCE) > 0.5
