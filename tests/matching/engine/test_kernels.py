"""The compiled loops against plain Python, on random small markets."""

from collections import Counter
from itertools import pairwise
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine import kernels
from matching.engine import match as engine
from matching.engine.candidates import CHANNEL_WEIGHTS, eligible, retrieve
from matching.engine.compiling import private_folder
from matching.engine.criteria import parts
from matching.engine.kernels.choosing import cut
from tests.matching.engine import oracle
from tests.matching.engine.problems import World
from tests.matching.engine.strategies import worlds


def said(words: np.ndarray) -> list[tuple[int, int, float]]:
    """(channel, slot, level) of feature words."""
    return [(w >> 28, w >> 4 & 0xFFFFFF, (w & 15) / 15) for w in words.tolist()]


def overlaps(index: object, problem: object, need: int) -> dict[int, float]:
    """{offering: overlap, less its focus} by the formulas of docs/engine.md; no budget."""
    offerings = index.offering_rows.tolist()
    words = {row: said(problem.offerings.features.words.row(row)) for row in offerings}
    frequency = Counter(slot for own in words.values() for _, slot, _ in own)

    def weight(channel: int, slot: int) -> float:
        idf = log((len(offerings) + 1) / (frequency[slot] + 0.5)) + 0.6
        return CHANNEL_WEIGHTS[channel] * max(idf, 0.05)

    wanted = said(problem.needs.features.words.row(need))
    carried = {(c, slot): (weight(c, slot) * level) ** 2 for c, slot, level in wanted}
    whole = sum(carried.values())
    found = {}
    for row, own in words.items():
        levels = Counter()
        for _, slot, level in own:
            levels[slot] += level
        found[row] = sum(share * levels[slot] for (_, slot), share in carried.items()) / whole
    return found


@given(worlds())
def test_retrieval_is_what_the_formulas_say(world: World) -> None:
    problem = world.problem()
    prepared = engine.prepare(problem)
    for index in prepared.indexes:
        found = retrieve(index, prepared.facts, 0, len(index.need_rows), 64)
        focus = dict(zip(index.columns.row.tolist(), index.columns.focus.tolist(), strict=True))
        for i, need in enumerate(index.need_rows.tolist()):
            own = slice(found.start[i], found.start[i + 1])
            expected = {
                row: share * focus[row]
                for row, share in overlaps(index, problem, need).items()
                if oracle.is_eligible(world, need, row)
            }
            got = found.pairs.offering[own].tolist()
            assert set(got) == {row for row, share in expected.items() if share >= 0.005}
            shares = [expected[row] for row in got]
            assert all(one >= other - 1e-5 for one, other in pairwise(shares))
            assert np.all(found.pairs.share[own] <= 1)


@given(worlds())
def test_the_rules_are_the_oracle_s(world: World) -> None:
    prepared = engine.prepare(world.problem())
    pairs = [(n, o) for n in range(len(world.needs)) for o in range(len(world.offerings))]
    need, offering = np.array(pairs, np.int32).T
    got = eligible(prepared.facts, need, offering).tolist()
    for (n, o), may_meet in zip(pairs, got, strict=True):
        one, other = world.needs[n], world.offerings[o]
        takes_part = one.is_open and other.is_open
        takes_part &= world.firms[one.firm].is_eligible and world.firms[other.firm].is_eligible
        assert oracle.is_eligible(world, n, o) == (may_meet and takes_part)


@given(worlds())
def test_the_score_is_the_sum_of_its_parts(world: World) -> None:
    prepared = engine.prepare(world.problem())
    found = engine.score_block(prepared, 0, len(prepared))
    _, criteria = engine.score_pairs(prepared, found)
    total = parts(criteria, prepared.weights).sum(axis=1)
    assert found.score == pytest.approx(total, abs=1e-6)


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(0, 1500))
def test_the_budget_goes_to_the_rarest(frequencies: list[int], budget: int) -> None:
    rows = np.array(frequencies, np.float32)
    limit = int(cut(rows, len(rows), float(budget), np.empty(len(rows) + 1, np.uint64)))
    kept = [place for place, f in enumerate(frequencies) if f << 32 | place <= limit]
    expected, touched, met = [], 0, 0
    for frequency, place in sorted((f, place) for place, f in enumerate(frequencies)):
        touched += frequency
        met += frequency > 0
        if touched <= budget or met <= 3:
            expected.append(place)
    assert kept == sorted(expected)


@given(st.lists(st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 3), max_size=8), max_size=5))
def test_the_best_of_each_come_first(rows: list[list[tuple[float, float, float]]]) -> None:
    start = np.cumsum([0, *map(len, rows)])
    score, sure, relevant = np.array([v for row in rows for v in row], np.float32).reshape(-1, 3).T
    columns = (np.ascontiguousarray(column) for column in (score, sure, relevant))
    least = np.array([0.3, 0.2, 0.1])
    got, sizes = kernels.best_of_each(start, *columns, least, 3)
    assert sizes.sum() == len(got)
    for i, row in enumerate(rows):
        good = [k for k, values in enumerate(row) if all(np.float32(values) >= least)]
        best = sorted(-row[k][0] for k in good)[:3]
        own = got[sizes[:i].sum() : sizes[: i + 1].sum()] - start[i]
        assert [-row[k][0] for k in own.tolist()] == pytest.approx(best)
        assert set(own.tolist()) <= set(good)


def test_machine_code_is_taken_from_a_folder_of_ours_only(tmp_path: Path) -> None:
    folder = private_folder(tmp_path)
    assert private_folder(tmp_path) == folder
    assert folder.stat().st_mode & 0o077 == 0
    folder.chmod(0o777)
    assert private_folder(tmp_path) != folder
