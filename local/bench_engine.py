"""The engine at the work of `local.bench_peers`, and how near its hottest stage is to the machine.

`python -m local.bench_engine FOLDER FIRMS` prints one line of JSON: figures and the limit.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import django
import numpy as np
from numba import njit
from numpy.typing import NDArray

from local.bench_market import Market, read_market
from local.bench_peers import THREADS, Best, Figures, K, measure_search, resident
from matching.engine import match as engine
from matching.engine.candidates import retrieve
from matching.engine.evaluation.planted import plant
from matching.engine.text import Lexicon
from matching.engine.types import JP, KR, Candidates, Problem, Ragged


@dataclass(frozen=True, slots=True)
class Limit:
    """Postings a second: of retrieval as a whole, and of a bare loop over the same lists that
    only adds up. `posts` were touched; seconds are wall."""

    posts: int
    retrieval: float
    bare_one: float
    bare_all: float


def one_direction(problem: Problem) -> Problem:
    """Korean needs among Japanese offerings; all else is closed."""
    of_korean = problem.firms.country[problem.needs.firm] == KR
    of_japanese = problem.firms.country[problem.offerings.firm] == JP
    return replace(
        problem,
        needs=replace(problem.needs, is_open=problem.needs.is_open & of_korean),
        offerings=replace(problem.offerings, is_open=problem.offerings.is_open & of_japanese),
    )


def measured(market: Market, firms: int, lexicon: Lexicon) -> tuple[list[Figures], Limit]:
    problem = one_direction(plant(firms, lexicon).problem)
    _warm(problem)
    before = resident("VmRSS")
    began = time.perf_counter()
    prepared = engine.prepare(problem, threads=THREADS)
    build = time.perf_counter() - began
    index = prepared.indexes[0]
    place = np.full(len(problem.offerings), -1)
    place[index.offering_rows] = np.arange(len(index.offering_rows))
    asked = np.arange(len(market.needs))

    def retrieved() -> Best:
        count, size = problem.policy.candidates, problem.policy.block_size
        steps = [(at, min(at + size, len(asked))) for at in range(0, len(asked), size)]
        with ThreadPoolExecutor(THREADS) as pool:
            parts = pool.map(
                lambda step: retrieve(index, prepared.facts, step[0], step[1], count), steps
            )
            rows = [_first(np.diff(part.start), place[part.pairs.offering]) for part in parts]
        return np.concatenate(rows)

    def matched() -> Best:
        scored = engine.score_block(prepared, 0, len(prepared), threads=THREADS)
        engine.allocate(prepared, scored)
        return _best(scored, place, prepared.needs)

    figures = [
        measure_search(name, market, asked, search, build=build, before=before)
        for name, search in (
            ("engine, retrieval of 64", retrieved),
            ("engine, scored and allocated", matched),
        )
    ]
    return figures, _limit(market, figures[0].wall)


def _warm(problem: Problem) -> None:
    """Compiles what the engine compiles, on a few needs."""
    few = np.zeros(len(problem.needs), np.bool_)
    few[:: max(len(few) // 50, 1)] = True
    needs = replace(problem.needs, is_open=problem.needs.is_open & few)
    engine.match(replace(problem, needs=needs), threads=THREADS)


def _first(counts: NDArray[Any], offerings: NDArray[Any]) -> Best:
    """(needs, K): the first offerings of each run of `counts`, -1 beyond its end."""
    begin = (np.cumsum(counts) - counts)[:, None]
    where = begin + np.arange(K)
    inside = np.arange(K) < counts[:, None]
    padded = np.append(offerings, -1)
    return np.where(inside, padded[np.minimum(where, len(offerings))], -1)


def _best(scored: Candidates, place: NDArray[Any], needs: NDArray[Any]) -> Best:
    order = np.full(int(needs.max()) + 1, -1)
    order[needs] = np.arange(len(needs))
    counts = np.bincount(order[scored.need], minlength=len(needs))
    return _first(counts, place[scored.offering])


@njit(nogil=True)
def _accumulate(start, lists, token_start, tokens, first, last, sums):  # type: ignore[no-untyped-def]
    """Every posting of every token of needs [first, last) is added; nothing is chosen or kept."""
    for need in range(first, last):
        for at in range(token_start[need], token_start[need + 1]):
            token = tokens[at]
            for posting in range(start[token], start[token + 1]):
                sums[lists[posting]] += np.float32(0.5)


def _limit(market: Market, retrieval: float) -> Limit:
    said = market.offerings.tokens
    order = np.argsort(said.values, kind="stable")
    lists = said.row_of_value[order].astype(np.int32)
    start = np.searchsorted(said.values[order], np.arange(market.width + 1))
    asked: Ragged = market.rarest
    posts = int(np.diff(start)[asked.values].sum())

    def accumulate(first: int, last: int) -> None:
        sums = np.zeros(len(market.offerings), np.float32)
        _accumulate(start, lists, asked.start, asked.values, first, last, sums)

    def in_threads() -> None:
        bounds = np.linspace(0, len(asked), 4 * THREADS + 1).astype(int).tolist()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(accumulate, bounds[:-1], bounds[1:]))

    accumulate(0, 1)  # compiles
    one = _seconds(lambda: accumulate(0, len(asked)))
    return Limit(posts, posts / retrieval, posts / one, posts / _seconds(in_threads))


def _seconds(run: Callable[[], None]) -> float:
    """The fastest of three."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from matching.engine_adapter.vocabulary import shipped_lexicon

    folder, firms = Path(sys.argv[1]), int(sys.argv[2])
    figures, limit = measured(read_market(folder), firms, shipped_lexicon())
    told = {"figures": [asdict(row) for row in figures], "limit": asdict(limit)}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
