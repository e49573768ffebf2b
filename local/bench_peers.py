"""The engine and its peers at the same work: the ten best offerings for every need.

Each method runs in a process of its own, on the same files, with two threads where it can use
them: `python -m local.bench_peers METHOD FOLDER` prints its figures as one line of JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from local.bench_market import Market, Side, read_market
from matching.engine.evaluation.measures import ndcg

K: Final = 10
THREADS: Final = 2
_DIMENSIONS: Final = 256  # of projected vectors
_SIGNS: Final = 8  # dimensions that a feature is spread over
_GOOD_ENOUGH: Final = 0.9  # of an exact search: where approximate indexes are usually compared
_SHORT: Final = 5.0  # seconds: what is over sooner is timed again; disturbance shows there
_AGAIN: Final = 2  # times; the quickest counts, for every method

Best = NDArray[np.int64]  # (needs asked, K): offerings, best first, -1 for none
Search = Callable[[], Best]


@dataclass(frozen=True, slots=True)
class Figures:
    """`needs` were asked; `wall` and `cpu` are seconds for them, `build` before; `memory` MiB
    beyond the data."""

    method: str
    needs: int
    pairs: int
    build: float
    wall: float
    cpu: float
    memory: float
    recall: float
    ndcg: float


def measure(name: str, market: Market) -> Figures:
    """Build, then search once on the clock."""
    before = resident("VmRSS")
    began = time.perf_counter()
    asked, search = METHODS[name](market)
    build = time.perf_counter() - began
    return measure_search(name, market, asked, search, build=build, before=before)


def measure_search(
    name: str,
    market: Market,
    asked: NDArray[np.int64],
    search: Search,
    *,
    build: float,
    before: float,
) -> Figures:
    """`asked`: needs in the order of the rows that `search` returns; `before`: MiB of the data."""
    best, wall, cpu = _timed(search)
    for _ in range(_AGAIN if wall < _SHORT else 0):
        best, wall, cpu = min((best, wall, cpu), _timed(search), key=lambda each: each[1])
    is_right = np.zeros(best.shape, np.bool_)
    for place, need in enumerate(asked.tolist()):
        is_right[place] = np.isin(best[place], market.partners.row(need))
    count = market.partners.lengths[asked]
    return Figures(
        method=name,
        needs=len(asked),
        pairs=len(asked) * len(market.offerings),
        build=build,
        wall=wall,
        cpu=cpu,
        memory=max(resident("VmHWM") - before, 0.0),
        recall=float(is_right.sum() / count.sum()),
        ndcg=ndcg(is_right, count, K),
    )


def _timed(search: Search) -> tuple[Best, float, float]:
    wall, cpu = time.perf_counter(), _cpu()
    best = search()
    return best, time.perf_counter() - wall, _cpu() - cpu


def _bm25s(market: Market, queries: Any) -> tuple[NDArray[np.int64], Search]:
    import bm25s

    vocabulary = {str(token): token for token in range(market.width)}
    index = bm25s.BM25(backend="numba")
    documents = [row.tolist() for row in market.offerings.tokens]
    index.index(bm25s.tokenization.Tokenized(documents, vocabulary), show_progress=False)
    asked = bm25s.tokenization.Tokenized([row.tolist() for row in queries], vocabulary)

    def search() -> Best:
        found = index.retrieve(asked, k=K, n_threads=THREADS, show_progress=False)
        return np.asarray(found.documents, np.int64)

    few = bm25s.tokenization.Tokenized(asked.ids[:4], vocabulary)
    index.retrieve(few, k=K, n_threads=THREADS, show_progress=False)  # compiles
    return np.arange(len(market.needs)), search


def _tantivy(market: Market) -> tuple[NDArray[np.int64], Search]:
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    schema.add_integer_field("number", stored=True, fast=True)
    index = tantivy.Index(schema.build())
    writer = index.writer(num_threads=1)
    for number, row in enumerate(market.offerings.tokens):
        words = " ".join(f"t{token}" for token in row.tolist())
        writer.add_document(tantivy.Document(body=words, number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    asked = market.sample(100_000_000)

    def best_of(need: int) -> list[int]:
        words = " ".join(f"t{token}" for token in market.rarest.row(need).tolist())
        hits = searcher.search(index.parse_query(words, ["body"]), K).hits if words else []
        found = [int(searcher.doc(address)["number"][0]) for _, address in hits]
        return found + [-1] * (K - len(found))

    return asked, lambda: _in_threads(best_of, asked)


def _rapidfuzz(market: Market) -> tuple[NDArray[np.int64], Search]:
    from rapidfuzz import fuzz, process

    asked = market.sample(2_000_000)
    texts = [market.needs.texts[need] for need in asked.tolist()]

    def search() -> Best:
        scores = process.cdist(
            texts, market.offerings.texts, scorer=fuzz.token_set_ratio, workers=THREADS
        )
        return np.argsort(-scores, axis=1, kind="stable")[:, :K]

    return asked, search


def _faiss(market: Market, cells: int) -> tuple[NDArray[np.int64], Search]:
    """Cosine of random projections; `cells` of an inverted file, 0 for all vectors one by one."""
    import faiss

    faiss.omp_set_num_threads(THREADS)
    vectors = _projected(market.offerings, market.width)
    queries = _projected(market.needs, market.width)
    index: Any = faiss.IndexFlatIP(_DIMENSIONS)
    if cells:
        index = faiss.IndexIVFFlat(index, _DIMENSIONS, cells, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
    index.add(vectors)
    if cells:
        index.nprobe = _enough_cells(index, vectors, queries, cells)
    return np.arange(len(queries)), lambda: index.search(queries, K)[1]


def _enough_cells(
    index: Any, vectors: NDArray[np.float32], queries: NDArray[np.float32], cells: int
) -> int:
    """How many cells, in powers of two, find nine in ten of what an exact search finds."""
    import faiss

    few = queries[:: max(len(queries) // 200, 1)]
    exact: Any = faiss.IndexFlatIP(_DIMENSIONS)
    exact.add(vectors)
    wanted = exact.search(few, K)[1]
    index.nprobe = 1
    while index.nprobe < cells:
        found = index.search(few, K)[1]
        shared = [len(np.intersect1d(*pair)) for pair in zip(found, wanted, strict=True)]
        if np.mean(shared) >= _GOOD_ENOUGH * K:
            break
        index.nprobe = min(2 * index.nprobe, cells)
    return int(index.nprobe)


def _projected(side: Side, width: int) -> NDArray[np.float32]:
    """(rows, 256): unit vectors; each feature goes, with a sign, to eight of the dimensions."""
    rng = np.random.default_rng(11)
    place = rng.integers(0, _DIMENSIONS, width * _SIGNS)
    sign = rng.choice(np.array([-1, 1], np.float32), width * _SIGNS)
    spread = sparse.csr_array((sign, place, np.arange(width + 1) * _SIGNS), (width, _DIMENSIONS))
    rows = sparse.csr_array(
        (side.weights, side.tokens.values, side.tokens.start), (len(side), width)
    )
    vectors = np.asarray((rows @ spread).toarray(), np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.ascontiguousarray(vectors)


def _postgres(market: Market, *, by_trigrams: bool) -> tuple[NDArray[np.int64], Search]:
    """Full-text rank over the same features, or trigram similarity of the texts."""
    import psycopg

    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection.execute("create extension if not exists pg_trgm")
    connection.execute("create temporary table offered (number int, body text, said tsvector)")
    with (
        connection.cursor() as cursor,
        cursor.copy("copy offered (number, body, said) from stdin") as copy,
    ):
        for number, row in enumerate(market.offerings.tokens):
            said = " ".join(f"t{token}" for token in np.unique(row).tolist())
            copy.write_row((number, market.offerings.texts[number], said))
    column = "body gist_trgm_ops(siglen=64)" if by_trigrams else "said"
    method = "gist" if by_trigrams else "gin"
    connection.execute(f"create index on offered using {method} ({column})")
    connection.execute("analyze offered")
    asked = market.sample(400_000)
    if by_trigrams:
        statement = f"select number from offered order by body <-> %s limit {K}"
        queries = [market.needs.texts[need] for need in asked.tolist()]
    else:
        statement = (
            "select number from offered, to_tsquery('simple', %s) asked where said @@ asked "
            f"order by ts_rank(said, asked) desc limit {K}"
        )
        queries = [
            " | ".join(f"t{token}" for token in market.rarest.row(need).tolist())
            for need in asked.tolist()
        ]

    def search() -> Best:
        found = []
        for query in queries:
            rows = [row[0] for row in connection.execute(statement, (query,)).fetchall()]
            found.append(rows + [-1] * (K - len(rows)))
        return np.array(found)

    return asked, search


def _python_loop(market: Market) -> tuple[NDArray[np.int64], Search]:
    """What a view would do: every offering of the queryset compared with the need, then sorted."""
    asked = market.sample(150_000)
    said = [frozenset(row.tolist()) for row in market.offerings.tokens]
    weights = [
        dict(zip(market.needs.tokens.row(need).tolist(), weight.tolist(), strict=True))
        for need in asked.tolist()
        for weight in (
            market.needs.weights[
                market.needs.tokens.start[need] : market.needs.tokens.start[need + 1]
            ],
        )
    ]

    def search() -> Best:
        found = []
        for weight in weights:
            scored = []
            for number, tokens in enumerate(said):
                shared = sum(value for token, value in weight.items() if token in tokens)
                scored.append((-shared, number))
            scored.sort()
            found.append([number for _, number in scored[:K]])
        return np.array(found)

    return asked, search


def _in_threads(best_of: Callable[[int], list[int]], asked: NDArray[np.int64]) -> Best:
    with ThreadPoolExecutor(THREADS) as pool:
        return np.array(list(pool.map(best_of, asked.tolist())))


METHODS: Final[dict[str, Callable[[Market], tuple[NDArray[np.int64], Search]]]] = {
    "bm25s, all features": lambda market: _bm25s(market, market.needs.tokens),
    "bm25s, rarest features": lambda market: _bm25s(market, market.rarest),
    "tantivy, rarest features": _tantivy,
    "rapidfuzz token_set_ratio": _rapidfuzz,
    "projection + faiss Flat": lambda market: _faiss(market, 0),
    "projection + faiss IVF, 90 %": lambda market: _faiss(
        market, max(int(2 * len(market.offerings) ** 0.5), 1)
    ),
    "PostgreSQL full text": lambda market: _postgres(market, by_trigrams=False),
    "PostgreSQL trigrams": lambda market: _postgres(market, by_trigrams=True),
    "Python loop": _python_loop,
}


def _cpu() -> float:
    used = os.times()
    return used.user + used.system


def resident(line: str) -> float:
    """MiB of this process as Linux counts them; elsewhere 0."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    for row in status.read_text().splitlines():
        if row.startswith(line):
            return int(row.split()[1]) / 1024
    return 0.0


def main() -> None:
    name, folder = sys.argv[1:]
    print(json.dumps(asdict(measure(name, read_market(Path(folder))))))


if __name__ == "__main__":
    main()
