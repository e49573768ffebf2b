"""The steps of a run over a snapshot: blocks as bytes, the choice, and its explanation."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

import numpy as np

from common.localisation import LANGUAGES
from companies.models import Need, Offering
from matching.engine import explain as explaining
from matching.engine import match as engine
from matching.engine.match import Scales
from matching.engine.types import Candidates, Explanation, Reason, Result
from matching.engine_adapter.items import texts_of
from matching.engine_adapter.snapshot import Snapshot
from matching.engine_adapter.threads import THREADS
from taxonomy.models import Certification, Concept

_DTYPES: Final = {
    "need": np.dtype(np.int32),
    "offering": np.dtype(np.int32),
    "share": np.dtype(np.float32),
    "score": np.dtype(np.float32),
    "confidence": np.dtype(np.float32),
}
_CHUNK: Final = 2000  # matches explained at once
_DIGITS: Final = 6  # of stored numbers; parts still add up to the score within 1e-5


@dataclass(frozen=True, slots=True)
class Proposal:
    """One pair the run chose. `rank` from 1 within the need; the rest as in `Match`.

    Concepts and certifications in `reasons` carry their labels: [{code, ko, ja, en}, …].
    """

    need_id: UUID
    offering_id: UUID
    rank: int
    score: float
    confidence: float
    criteria: dict[str, float | None]
    parts: dict[str, float]
    reasons: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    snapshot: Snapshot
    engine: engine.Prepared

    @property
    def scales(self) -> Scales:
        """The statistics that it is weighed by."""
        one, other = self.engine.indexes
        return one.scale, other.scale


def prepare(snapshot: Snapshot, *, scales: Scales | None = None) -> Prepared:
    """Build the indexes, by `scales` or by the snapshot's own statistics.

    Raises ValueError for a policy of unknown criteria or without weight.
    """
    return Prepared(snapshot, engine.prepare(snapshot.problem, scales=scales, threads=THREADS))


def score_block(prepared: Prepared, start: int, stop: int) -> bytes:
    """The candidates of needs [start, stop) of `snapshot.need_ids`: same snapshot, same bytes."""
    found = engine.score_block(prepared.engine, start, stop, threads=THREADS)
    return zlib.compress(
        b"".join(np.ascontiguousarray(getattr(found, name)).tobytes() for name in _DTYPES), 1
    )


def allocate(prepared: Prepared, payloads: Sequence[bytes]) -> Result:
    """Choose among the candidates of all blocks, given in any order."""
    parts = [_unpacked(zlib.decompress(payload)) for payload in payloads]
    found = Candidates.join([_unpacked(b""), *parts])
    order = np.argsort(found.need, kind="stable")  # a need is in one block, best first
    return engine.allocate(prepared.engine, found.take(order))


def count_candidates(payloads: Sequence[bytes]) -> int:
    """How many pairs the blocks held to choose among."""
    size = sum(dtype.itemsize for dtype in _DTYPES.values())
    return sum(len(zlib.decompress(payload)) // size for payload in payloads)


def explain(prepared: Prepared, result: Result) -> Iterator[Proposal]:
    """Every chosen pair with its reasons, by need and rank."""
    snapshot = prepared.snapshot
    labels = {"concepts": _labels(Concept), "certifications": _labels(Certification)}
    for first in range(0, len(result), _CHUNK):
        rows = np.arange(first, min(first + _CHUNK, len(result)))
        chosen = result.matches.take(rows)
        told = explaining.explain(prepared.engine, chosen)
        vague = [row for row, it in enumerate(told) if explaining.is_vague(it)]
        needs = texts_of(Need, [snapshot.id_of_need[chosen.need[row]] for row in vague])
        offerings = texts_of(
            Offering, [snapshot.id_of_offering[chosen.offering[row]] for row in vague]
        )
        for row, texts in zip(vague, zip(needs, offerings, strict=True), strict=True):
            told[row] = explaining.naming_shared_words(told[row], *texts)
        for row, explanation in enumerate(told):
            yield Proposal(
                need_id=snapshot.id_of_need[chosen.need[row]],
                offering_id=snapshot.id_of_offering[chosen.offering[row]],
                rank=int(result.rank[first + row]),
                score=round(explanation.score, _DIGITS),
                confidence=round(explanation.confidence, _DIGITS),
                criteria={
                    name: None if value is None else round(value, _DIGITS)
                    for name, value in explanation.criteria.items()
                },
                parts={name: round(part, 2 * _DIGITS) for name, part in explanation.parts.items()},
                reasons=_reasons(explanation, labels),
            )


def _unpacked(data: bytes) -> Candidates:
    count = len(data) // sum(dtype.itemsize for dtype in _DTYPES.values())
    columns: dict[str, Any] = {}
    offset = 0
    for column in fields(Candidates):
        dtype = _DTYPES[column.name]
        columns[column.name] = np.frombuffer(data, dtype, count, offset)
        offset += count * dtype.itemsize
    return Candidates(**columns)


def _labels(model: type[Concept] | type[Certification]) -> dict[str, dict[str, str]]:
    columns = [f"label_{language}" for language in LANGUAGES]
    return {
        code: {"code": code, **dict(zip(LANGUAGES, labels, strict=True))}
        for code, *labels in model.objects.values_list("code", *columns)
    }


def _reasons(
    explanation: Explanation, labels: dict[str, dict[str, dict[str, str]]]
) -> dict[str, list[dict[str, Any]]]:
    def told(reason: Reason) -> dict[str, Any]:
        args = {
            name: [labels[name][code] for code in value] if name in labels else value
            for name, value in reason.args.items()
        }
        hint = {} if reason.would_be is None else {"would_be": round(reason.would_be, _DIGITS)}
        return {"code": reason.code, "args": args, **hint}

    return {
        "fits": [told(reason) for reason in explanation.fits],
        "accepts": [told(reason) for reason in explanation.accepts],
        "missing": [told(reason) for reason in explanation.missing],
    }
