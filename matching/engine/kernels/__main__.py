"""`python -m matching.engine.kernels` compiles all kernels ahead, so that no run has to wait."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from matching.engine import match
from matching.engine.allocation import approximate, coverage
from matching.engine.allocation import market as markets
from matching.engine.candidates import eligible
from matching.engine.changes import Change
from matching.engine.features import Document, extract
from matching.engine.incremental import LiveIndex
from matching.engine.index import build
from matching.engine.text import Entry, Lexicon
from matching.engine.types import JP, KR, Features, Firms, Needs, Offerings, Policy, Problem, Ragged

_LEXICON: Final = Lexicon([Entry("gear", "product", "", ("톱니바퀴", "歯車"), ("848340",))])


def main() -> None:
    started_at = time.monotonic()
    problem = _problem()
    prepared = match.prepare(problem)
    found = match.score_block(prepared, 0, len(prepared))
    eligible(prepared.facts, found.need, found.offering)
    market, _ = markets.build(problem, found)
    approximate(market, step=0.1)
    coverage.complete(market, np.zeros(len(market.edges), np.bool_))
    with TemporaryDirectory() as folder:
        build(prepared, Path(folder))
        index = LiveIndex(Path(folder), _LEXICON, problem.policy)
        nobody = np.zeros((0, 2), np.int64)
        index.rematch(Change(problem.firms, problem.offerings, problem.needs, nobody, nobody))
    print(f"The kernels are compiled: {time.monotonic() - started_at:.1f} s")  # noqa: T201


def _problem() -> Problem:
    """A Korean and a Japanese firm that both offer and need a gear."""
    country = np.array([KR, JP], np.uint8)
    unknown = np.full(2, np.nan, np.float32)
    firms = Firms(
        ids=np.arange(2),
        country=country,
        is_eligible=np.ones(2, np.bool_),
        is_prospect=np.zeros(2, np.bool_),
        capacity=np.ones(2, np.int32),
        employees=unknown,
        region=np.zeros(2, np.uint64),
        experience=unknown,
        responsiveness=unknown,
    )
    shared: dict[str, Any] = {
        "ids": np.arange(2),
        "firm": np.arange(2, dtype=np.int32),
        "is_open": np.ones(2, np.bool_),
        "features": _features(),
        "hs6": Ragged.of([[], []], np.int32),
        "cooperation": np.ones(2, np.uint32),
        "certifications": np.zeros((2, 1), np.uint64),
        "dimension": np.full(2, -1, np.int8),
        "volume": unknown,
        "lead_days": unknown,
        "price_low": unknown,
        "price_high": unknown,
        "stage": np.full(2, -1, np.int8),
        "wish_regions": np.zeros(2, np.uint64),
        "wish_employees": unknown,
        "wish_experienced": np.zeros(2, np.bool_),
    }
    offerings = Offerings(
        **shared, are_certifications_known=np.zeros(2, np.bool_), min_order=unknown
    )
    needs = Needs(
        **shared,
        required_certifications=np.zeros((2, 1), np.uint64),
        max_lead_days=unknown,
        is_volume_required=np.zeros(2, np.bool_),
        seats=np.ones(2, np.int32),
        is_single_sourced=np.full(2, -1, np.int8),
        has_risk=np.zeros(2, np.bool_),
    )
    return Problem(firms, offerings, needs, Policy({"product": 1.0}), _LEXICON)


def _features() -> Features:
    return extract([Document("톱니바퀴"), Document("歯車")], _LEXICON)


if __name__ == "__main__":
    main()
