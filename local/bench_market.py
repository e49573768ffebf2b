"""One direction of a planted market as every method of the bench gets it: features and texts.

Korean needs ask among Japanese offerings. Tokens are feature words without their level, numbered
from 0; weights are what the engine's index gives a feature (family x rarity x level).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.candidates import (
    CHANNEL_WEIGHTS,
    matchable_needs,
    matchable_offerings,
    weighing,
)
from matching.engine.evaluation.planted import Planted, plant
from matching.engine.features import channels, levels
from matching.engine.text import Lexicon
from matching.engine.types import JP, KR, Ragged

_IDF_BASE = 0.6
_LEAST_FEATURES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """`tokens`: Ragged of int32; `weights`: one float32 a token; `texts`: one string a row."""

    tokens: Ragged
    weights: NDArray[np.float32]
    texts: list[str]

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """`rarest`: of each need the tokens that touch about as many offerings as the engine's budget
    allows; `partners`: the right offerings of each need; `width`: how many tokens there are."""

    needs: Side
    offerings: Side
    rarest: Ragged
    partners: Ragged
    width: int

    def sample(self, pairs: int) -> NDArray[np.int64]:
        """Needs, evenly spread, that make about so many pairs with all offerings; at least 50."""
        count = min(max(pairs // max(len(self.offerings), 1), 50), len(self.needs))
        return np.linspace(0, len(self.needs) - 1, count).astype(np.int64)


def write_market(folder: Path, firms: int, lexicon: Lexicon) -> None:
    planted = plant(firms, lexicon)
    problem = planted.problem
    needs = matchable_needs(problem)
    needs = needs[problem.firms.country[problem.needs.firm[needs]] == KR]
    offerings = matchable_offerings(problem, JP)
    asked = problem.needs.features.words.take(needs)
    said = problem.offerings.features.words.take(offerings)
    everything = np.concatenate((asked.values, said.values))
    _, token = np.unique(everything >> np.uint32(4), return_inverse=True)
    wanted, offered = np.split(token.astype(np.int32), [len(asked.values)])
    frequency = np.bincount(offered, minlength=int(token.max()) + 1)
    idf = np.log((len(offerings) + 1) / (frequency + 0.5)) + _IDF_BASE
    place = np.full(len(problem.offerings), -1)
    place[offerings] = np.arange(len(offerings))
    partners = planted.partners.take(needs)
    rarest = _rarest(asked, wanted, frequency, weighing(problem.policy, len(offerings)).budget)
    np.savez(
        folder / "market.npz",
        need_start=asked.start,
        need_token=wanted,
        need_weight=_weights(asked.values) * idf[wanted],
        offering_start=said.start,
        offering_token=offered,
        offering_weight=_weights(said.values) * idf[offered],
        rarest_start=rarest.start,
        rarest_token=rarest.values,
        partner_start=partners.start,
        partner=place[partners.values],
        width=len(frequency),
    )
    texts = [_texts(planted, needs, of_needs=True), _texts(planted, offerings, of_needs=False)]
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")


def read_market(folder: Path) -> Market:
    found = np.load(folder / "market.npz")
    needs, offerings = json.loads((folder / "texts.json").read_text(encoding="utf-8"))

    def side(name: str, texts: list[str]) -> Side:
        tokens = Ragged(found[f"{name}_start"], found[f"{name}_token"])
        return Side(tokens, found[f"{name}_weight"].astype(np.float32), texts)

    return Market(
        needs=side("need", needs),
        offerings=side("offering", offerings),
        rarest=Ragged(found["rarest_start"], found["rarest_token"]),
        partners=Ragged(found["partner_start"], found["partner"]),
        width=int(found["width"]),
    )


def _texts(planted: Planted, rows: NDArray[Any], *, of_needs: bool) -> list[str]:
    told = [
        " ".join((document.title, *document.texts))
        for chunk in planted.documents(of_needs=of_needs)
        for document in chunk
    ]
    return [told[row] for row in rows.tolist()]


def _weights(words: NDArray[np.uint32]) -> NDArray[np.float64]:
    family = np.zeros(16)
    for channel, weight in CHANNEL_WEIGHTS.items():
        family[channel] = weight
    weights: NDArray[np.float64] = family[channels(words)] * levels(words)
    return weights


def _rarest(
    asked: Ragged, token: NDArray[np.int32], frequency: NDArray[Any], allowed: float
) -> Ragged:
    """Each need's rarest tokens among those that offerings have, up to the budget."""
    row = asked.row_of_value
    met = np.flatnonzero(frequency[token])
    met = met[np.lexsort((frequency[token[met]], row[met]))]
    counts = np.bincount(row[met], minlength=len(asked))
    begin = np.cumsum(counts) - counts
    touched = np.cumsum(frequency[token[met]])
    before = np.concatenate(([0], touched))[begin[row[met]]]
    place = np.arange(len(met)) - begin[row[met]]
    kept = met[(touched - before <= allowed) | (place < _LEAST_FEATURES)]
    start = np.concatenate(([0], np.cumsum(np.bincount(row[kept], minlength=len(asked)))))
    return Ragged(start, token[kept])
