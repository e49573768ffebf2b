"""Cross-lingual retrieval: the same thing said in two languages finds itself among many.

Query i is right when it finds document i. Two orders are measured: that of the candidates, in
which retrieval hands them on, and that of the finished score with the product fit alone.
Documents beyond the first `DEPTH` count as not found.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine import match as engine
from matching.engine.candidates import retrieve
from matching.engine.evaluation import columns
from matching.engine.evaluation.measures import mean_reciprocal_rank, recall
from matching.engine.features import Channel, channels
from matching.engine.text import Lexicon
from matching.engine.types import JP, KR, Features, Floats, Policy, Problem, begins_run

DEPTH: Final = 100

_OF_CONCEPTS: Final = (Channel.CONCEPT, Channel.PAIR, Channel.TRIPLE, Channel.HS4_CONCEPT)
_HS: Final = (Channel.HS2, Channel.HS4, Channel.HS6, Channel.HS4_CONCEPT)
_READINGS: Final = (Channel.SYLLABLES_2, Channel.SYLLABLES_3)
_SOUNDS: Final = (Channel.SOUNDS, Channel.SKELETON)
#: What is left out of the features, by the name of the ablation. Headings declare no code: their
#: HS features are those their concepts usually have, so without concepts there are none.
ABLATIONS: Final[Mapping[str, tuple[Channel, ...]]] = {
    "everything": (),
    "without concepts": (*_OF_CONCEPTS, *_HS),
    "without readings": _READINGS,
    "without loanword sounds": _SOUNDS,
    "without HS": _HS,
    "without words and numbers": (Channel.WORD,),
    "concepts alone": (*_READINGS, *_SOUNDS, Channel.WORD),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Shares in [0, 1] over all queries."""

    recall_1: float
    recall_10: float
    mrr: float

    @classmethod
    def of(cls, places: Floats) -> Found:
        """`places`: where each query's answer stands, from 1; infinity: not found."""
        return cls(recall(places, 1), recall(places, 10), mean_reciprocal_rank(places))


def ablated(features: Features, name: str) -> Features:
    """The features without the families that the ablation leaves out."""
    families = ABLATIONS[name]
    left_out = np.isin(channels(features.words.values), families)
    return columns.without(features, left_out, concepts=Channel.CONCEPT in families)


def search(
    queries: Features, documents: Features, lexicon: Lexicon, *, asks: int
) -> tuple[Found, Found]:
    """(by the order of the candidates, by the finished score). `asks`: the queries' country."""
    prepared = engine.prepare(_problem(queries, documents, lexicon, asks))
    scored = engine.score_block(prepared, 0, len(prepared))
    need, offering = _candidates(prepared, asks)
    count = len(queries)
    return (
        Found.of(_places(need, offering, count)),
        Found.of(_places(scored.need, scored.offering, count)),
    )


def plain_search(queries: Sequence[str], documents: Sequence[str]) -> Found:
    """The base line: cosine of the texts' character bigrams and trigrams, weighed by rarity."""
    both = _grams([*queries, *documents])
    frequency = np.diff(both.tocsc().indptr)
    both = both @ sparse.diags_array(np.log((both.shape[0] + 1) / (frequency + 0.5)))
    length = np.sqrt((both**2).sum(axis=1)).clip(1e-9)
    both = sparse.csr_array(sparse.diags_array(1 / length) @ both)
    asked, said = both[: len(queries)], both[len(queries) :].T.tocsc()
    places = []
    for first in range(0, len(queries), 500):
        shares = (asked[first : first + 500] @ said).toarray()
        row = np.arange(len(shares))
        own = shares[row, first + row][:, None]
        # Of equals, half stand before: chance decides.
        places.append(1 + (shares > own).sum(axis=1) + ((shares == own).sum(axis=1) - 1) / 2)
    return Found.of(np.concatenate(places).astype(np.float32))


def _grams(texts: Sequence[str]) -> sparse.csr_array:
    """(texts, grams): how often each character bigram and trigram stands in each text."""
    column: dict[str, int] = {}
    where: list[int] = []
    start = [0]
    for text in texts:
        plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
        for size in (2, 3):
            where.extend(
                column.setdefault(plain[i : i + size], len(column))
                for i in range(len(plain) - size + 1)
            )
        start.append(len(where))
    ones = np.ones(len(where), np.float32)
    grams = sparse.csr_array((ones, where, start), (len(texts), len(column)))
    grams.sum_duplicates()
    return grams


def _problem(queries: Features, documents: Features, lexicon: Lexicon, asks: int) -> Problem:
    """One firm asks for everything, one of the other country has everything."""
    return Problem(
        firms=columns.firms(np.array([asks, KR if asks == JP else JP], np.uint8), capacity=1),
        offerings=columns.offerings(documents, np.ones(len(documents))),
        needs=columns.needs(queries, np.zeros(len(queries)), seats=1),
        policy=Policy(
            {"product": 1.0},
            min_score=0,
            min_confidence=0,
            min_product=0,
            top_k=DEPTH,
            candidates=DEPTH,
        ),
        lexicon=lexicon,
    )


def _candidates(prepared: engine.Prepared, asks: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """(needs, offerings) as retrieval hands them on, by need and falling overlap."""
    index = prepared.indexes[0 if asks == KR else 1]
    size = prepared.problem.policy.block_size
    pairs = [
        retrieve(index, prepared.facts, first, min(first + size, len(prepared)), DEPTH).pairs
        for first in range(0, len(prepared), size)
    ]
    return (
        np.concatenate([part.need for part in pairs]),
        np.concatenate([part.offering for part in pairs]),
    )


def _places(need: NDArray[Any], offering: NDArray[Any], count: int) -> Floats:
    """Where each of `count` needs finds the offering of its own number; infinity: nowhere."""
    here = np.arange(len(need))
    begin = np.maximum.accumulate(np.where(begins_run(need), here, 0))
    found = need == offering
    places = np.full(count, np.inf, np.float32)
    places[need[found]] = (here - begin + 1)[found]
    return places
