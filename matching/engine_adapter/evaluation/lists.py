"""Real firms: the public lists matched in memory, as if every firm were a member.

A firm offers each product of its products cell, cut as an import cuts it. Nobody knows what it
needs, so the whole cell stands for that: what a firm makes says what it buys, sells or could do
together with another. The right partner is unknown too; that two firms work in industries that
make or use the same goods (`industries.csv`) is a rough sign of it, read against chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from companies.importing.rows import items_of
from matching.engine import match as engine
from matching.engine.criteria import DEFAULT_WEIGHTS
from matching.engine.evaluation import columns
from matching.engine.evaluation.fairness import fairness, ineligible
from matching.engine.evaluation.measures import stability
from matching.engine.features import Document, extract
from matching.engine.text import Lexicon
from matching.engine.types import JP, KR, Candidates, Features, Policy, Problem, begins_run
from matching.engine_adapter.evaluation.files import (
    INQUIRIES,
    JAPANESE_FIRMS,
    KOREAN_FIRMS,
    compatible_industries,
    read_rows,
)
from matching.engine_adapter.evaluation.tables import Cell, Table

_CAPACITY: Final = 5  # introductions a firm and seats a need, as a new installation has them
_PARTNERS: Final = 10
_CHANGED: Final = 0.01  # of the firms
_SEED: Final = 3
_FIRST_FACTORY, _LAST_FACTORY = "10", "33"  # KSIC divisions of manufacturing


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """The lists as one problem. `industry`: KSIC division or JPX-33 industry of each firm."""

    problem: Problem
    industry: NDArray[np.str_]


def read_market(folder: Path, lexicon: Lexicon) -> Market:
    """All firms that say what they make and in which industry. Raises Absent without a list."""
    korean = read_rows(folder, KOREAN_FIRMS, ("ksic10", "주요제품"))
    japanese = read_rows(folder, JAPANESE_FIRMS, ("jpx33", "business_overview_ja"))
    mapping = compatible_industries()
    known = [
        (KR, row["ksic10"][:2], row["주요제품"]) for row in korean if row["ksic10"][:2] in mapping
    ]
    known += [(JP, row["jpx33"], row["business_overview_ja"]) for row in japanese]
    firms = [(country, industry, text) for country, industry, text in known if items_of(text)]
    country = np.array([firm[0] for firm in firms], np.uint8)
    problem = market_problem(country, [text for _, _, text in firms], lexicon)
    return Market(problem, np.array([industry for _, industry, _ in firms]))


def market_problem(country: NDArray[np.uint8], texts: Iterable[str], lexicon: Lexicon) -> Problem:
    """Firm i offers each item of text i and needs all of it."""
    cells = list(texts)
    offered = [(firm, item) for firm, text in enumerate(cells) for item in items_of(text)]
    documents = [Document(item.title, (item.text,) if item.text else ()) for _, item in offered]
    return Problem(
        firms=columns.firms(country, capacity=_CAPACITY),
        offerings=columns.offerings(
            extract(documents, lexicon), np.array([firm for firm, _ in offered], np.int32)
        ),
        needs=columns.needs(
            extract([Document(text) for text in cells], lexicon),
            np.arange(len(cells)),
            seats=_CAPACITY,
        ),
        policy=Policy(DEFAULT_WEIGHTS),
        lexicon=lexicon,
    )


def evaluate_partners(market: Market) -> Table:
    """Of the ten best partners of each firm, the share in a compatible industry."""
    problem = market.problem
    scored = _all_candidates(problem)
    buyer, seller = best_partners(problem, scored)
    mapping, country = compatible_industries(), problem.firms.country
    fits = np.zeros(len(buyer), np.bool_)
    korean = np.where(country[buyer] == KR, buyer, seller)
    japanese = np.where(country[buyer] == KR, seller, buyer)
    for division, industries in mapping.items():
        of_division = market.industry[korean] == division
        fits |= of_division & np.isin(market.industry[japanese], list(industries))
    makes = _manufactures(market)
    rows: list[list[Cell]] = []
    for label, asks, firms in (
        ("Korean firms, all", KR, country == KR),
        ("Korean firms, manufacturing", KR, (country == KR) & makes),
        ("Japanese firms, all", JP, country == JP),
        ("Japanese firms, manufacturing", JP, (country == JP) & makes),
    ):
        of_these = firms[buyer]
        found = len(np.unique(buyer[of_these]))
        rows.append(
            [
                label,
                int(firms.sum()),
                found,
                int(of_these.sum()) / max(found, 1),
                float(fits[of_these].mean()) if of_these.any() else 0.0,
                _chance(market, np.flatnonzero(firms), asks),
            ]
        )
    return Table(
        "partners",
        "Real firms: the ten best partners of each",
        ("asking", "firms", "with a partner", "partners each", "compatible", "by chance"),
        rows,
        ("compatible: share of these partners in an industry that industries.csv allows.",),
    )


def evaluate_fairness(market: Market) -> Table:
    """The allocation over all firms, 5 introductions each, against everybody's best ten."""
    problem = market.problem
    prepared = engine.prepare(problem)
    scored = engine.score_block(prepared, 0, len(prepared))
    first = scored.take(_first(scored.need, _PARTNERS))
    chosen = engine.allocate(prepared, scored).matches
    rows: list[list[Cell]] = []
    for label, pairs in (("ten best of each need", first), ("after allocation", chosen)):
        found = fairness(problem, scored, pairs)
        wrong = int(ineligible(problem, pairs.need, pairs.offering).sum())
        # Without allocation nothing limits a firm: only ineligible pairs would be violations.
        violations = wrong if pairs is first else found.violations
        rows.append(
            [
                label,
                found.proposals,
                found.reachable,
                found.with_proposal,
                found.share,
                found.gini,
                int(violations),
            ]
        )
    return Table(
        "fairness",
        "Fairness: real firms, 5 introductions each",
        ("result", "proposals", "reachable", "served", "share", "Gini", "violations"),
        rows,
        ("reachable: firms in at least one pair above the policy's thresholds.",),
    )


def evaluate_stability(market: Market) -> Table:
    """The same lists again, with 1 % of the firms saying what another firm says."""
    before = market.problem
    rng = np.random.default_rng(_SEED)
    count = len(before.firms)
    changed = rng.random(count) < _CHANGED
    after = replace(
        before,
        offerings=replace(
            before.offerings,
            features=_exchanged(before.offerings.features, changed[before.offerings.firm], rng),
        ),
        needs=replace(
            before.needs,
            features=_exchanged(before.needs.features, changed[before.needs.firm], rng),
        ),
    )
    first, then = _both_results(before), _both_results(after)
    rows: list[list[Cell]] = [
        [label, len(one), len(other), stability(one, other)]
        for label, one, other in zip(
            ("ten best of each need", "after allocation"), first, then, strict=True
        )
    ]
    return Table(
        "stability",
        f"Stability: {int(changed.sum())} of {count} firms changed",
        ("result", "pairs before", "pairs after", "Jaccard"),
        rows,
        ("Jaccard: pairs in both results / pairs in either.",),
    )


def evaluate_inquiries(folder: Path, lexicon: Lexicon) -> Table:
    """What Japanese buyers asked for, looked for among the products of the Korean firms."""
    phrases = [row["item"] for row in read_rows(folder, INQUIRIES, ("item",))]
    cells = [row["주요제품"] for row in read_rows(folder, KOREAN_FIRMS, ("주요제품",))]
    country = np.array([KR] * len(cells) + [JP] * len(phrases), np.uint8)
    problem = market_problem(country, [*cells, *phrases], lexicon)
    asked = np.flatnonzero(problem.firms.country[problem.needs.firm] == JP)
    scored = _all_candidates(problem)
    scored = scored.take(np.flatnonzero(np.isin(scored.need, asked)))
    best = scored.take(_first(scored.need, 1))
    understood = problem.needs.features.concepts.lengths[asked] > 0
    row: list[Cell] = [
        len(phrases),
        float(understood.mean()),
        len(best) / max(len(phrases), 1),
        float(best.score.mean()) if len(best) else 0.0,
    ]
    return Table(
        "inquiries",
        "Enquiries of Japanese buyers, among the products of the Korean firms",
        ("enquiries", "with a concept", "with a partner", "best score"),
        [row],
        ("with a partner: above the thresholds of a new installation's policy.",),
    )


def best_partners(
    problem: Problem, scored: Candidates
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(asking firm, partner firm): the ten best partners of each need, each partner once."""
    buyer = problem.needs.firm[scored.need].astype(np.int64)
    seller = problem.offerings.firm[scored.offering].astype(np.int64)
    _, once = np.unique(buyer * len(problem.firms) + seller, return_index=True)
    once.sort()  # candidates come by need, best first
    kept = once[_first(buyer[once], _PARTNERS)]
    return buyer[kept], seller[kept]


def _all_candidates(problem: Problem) -> Candidates:
    """All candidates above the thresholds, not only as many as there are proposals."""
    policy = problem.policy
    prepared = engine.prepare(replace(problem, policy=replace(policy, top_k=policy.candidates)))
    return engine.score_block(prepared, 0, len(prepared))


def _both_results(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The (need, offering) pairs of everybody's best ten, and of the allocation."""
    prepared = engine.prepare(problem)
    scored = engine.score_block(prepared, 0, len(prepared))
    first = scored.take(_first(scored.need, _PARTNERS))
    chosen = engine.allocate(prepared, scored).matches
    return _pairs(first), _pairs(chosen)


def _pairs(found: Candidates) -> NDArray[np.int64]:
    return np.stack((found.need, found.offering), axis=1).astype(np.int64)


def _first(group: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    """Positions of the first `count` rows of each run of equal values."""
    here = np.arange(len(group))
    begin = np.maximum.accumulate(np.where(begins_run(group), here, 0))
    return np.flatnonzero(here - begin < count)


def _exchanged(
    features: Features, changed: NDArray[np.bool_], rng: np.random.Generator
) -> Features:
    """Each marked row says what a random other row says."""
    source = np.arange(len(features))
    source[changed] = rng.integers(0, len(features), int(changed.sum()))
    return features.take(source)


def _manufactures(market: Market) -> NDArray[np.bool_]:
    """Firms of a manufacturing industry; a Japanese one when a Korean one maps to it."""
    mapping = compatible_industries()
    divisions = [code for code in mapping if _FIRST_FACTORY <= code <= _LAST_FACTORY]
    goods = frozenset[str]().union(*(mapping[code] for code in divisions)) - {"水産・農林業"}
    return np.isin(market.industry, [*divisions, *goods])


def _chance(market: Market, asking: NDArray[np.int64], asks: int) -> float:
    """The share that partners drawn at random would have."""
    mapping = compatible_industries()
    others = market.industry[market.problem.firms.country != asks].tolist()
    shares: dict[str, float] = {}
    for industry in set(market.industry[asking].tolist()):
        if asks == KR:
            good = [other in mapping[industry] for other in others]
        else:
            good = [industry in mapping[other] for other in others]
        shares[industry] = float(np.mean(good))
    return float(np.mean([shares[industry] for industry in market.industry[asking].tolist()]))
