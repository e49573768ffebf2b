"""Items as records: all that the rules and criteria look at, in one or two cache lines.

A record holds what its firm brings as well, so that a pair is judged from two records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.concepts import Closeness
from matching.engine.types import (
    COMPATIBLE,
    COOPERATIONS,
    Firms,
    Items,
    Longs,
    Needs,
    Offerings,
    Problem,
    Ragged,
    Words,
)

MOST_CERTIFICATIONS: Final = 256
_MASKS: Final = MOST_CERTIFICATIONS // 64
_MOST_HS_CODES: Final = 8  # of an item that are compared

#: An offering or a need; fields of the other kind are 0.
ITEM: Final = np.dtype(
    [
        # What the rules look at comes first, together.
        ("certifications", "u8", (_MASKS,)),
        ("cooperation", "u4"),
        ("volume", "f4"),
        ("lead_days", "f4"),
        ("firm", "i4"),
        ("dimension", "i1"),
        ("stage", "i1"),
        ("wish_experienced", "u1"),
        ("country", "u1"),
        ("is_prospect", "u1"),
        ("are_certifications_known", "u1"),  # of an offering
        ("is_volume_required", "u1"),  # of a need, as are the next six
        ("is_certified_only", "u1"),  # a certificate is required
        ("is_blocking", "u1"),  # its firm and some other must not meet
        ("has_closed", "u1"),  # it was decided against some offering
        ("accepts", "u4"),  # cooperation types that go with it
        ("max_lead_days", "f4"),
        ("required_certifications", "u8", (_MASKS,)),
        ("concepts_begin", "i4"),  # in the pools of `kernels.Concepts`
        ("concepts_end", "i4"),
        ("hs6", "i4", (_MOST_HS_CODES,)),  # -1 beyond the last
        ("price_low", "f4"),
        ("price_high", "f4"),
        ("min_order", "f4"),  # of an offering
        ("wish_employees", "f4"),
        ("employees", "f4"),  # of the firm, as are the next three
        ("experience", "f4"),
        ("responsiveness", "f4"),
        ("region", "u8"),
        ("wish_regions", "u8"),
    ],
    align=True,
)
Records = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The records of all items of a problem, and the pairs that must not meet.

    `blocked`: buyer << 32 | seller, `closed`: need << 32 | offering; both sorted.
    """

    needs: Records
    offerings: Records
    blocked: Longs
    closed: Longs
    only_with_prospects: bool

    @classmethod
    def of(cls, problem: Problem, closeness: Closeness) -> Facts:
        """Raises ValueError for more than 256 certifications."""
        both_ways = np.concatenate((problem.blocked, problem.blocked[:, ::-1]))
        needs = need_records(problem.needs, problem.firms)
        is_blocking = np.zeros(len(problem.firms), np.bool_)
        is_blocking[both_ways[:, 0]] = True
        needs["is_blocking"] = is_blocking[problem.needs.firm]
        needs["has_closed"][problem.closed[:, 0]] = True
        offerings = offering_records(problem.offerings, problem.firms)
        for records, concepts in ((needs, closeness.asked), (offerings, closeness.shown)):
            records["concepts_begin"] = concepts.start[:-1]
            records["concepts_end"] = concepts.start[1:]
        return cls(
            needs=needs,
            offerings=offerings,
            blocked=pair_keys(both_ways),
            closed=pair_keys(problem.closed),
            only_with_prospects=problem.only_with_prospects,
        )


def pair_keys(pairs: Longs) -> Longs:
    """first << 32 | second of (m, 2) rows, sorted, each once."""
    return np.unique(pairs[:, 0].astype(np.int64) << 32 | pairs[:, 1].astype(np.int64))


def accepted_cooperations(cooperation: Words) -> Words:
    """Masks of the types that go with each mask; an unstated type (0) goes with all."""
    accepted = cooperation.copy()
    for first, second in COMPATIBLE:
        a, b = np.uint32(COOPERATIONS.index(first)), np.uint32(COOPERATIONS.index(second))
        one = np.uint32(1)
        accepted |= ((cooperation >> a) & one) << b | ((cooperation >> b) & one) << a
    return np.where(cooperation == 0, np.uint32(0xFFFFFFFF), accepted)


def need_records(needs: Needs, firms: Firms) -> Records:
    """Without what other pairs say of them: `is_blocking`, `has_closed`, their concepts."""
    records = _records(needs, firms)
    records["required_certifications"] = _masks(needs.required_certifications)
    records["accepts"] = accepted_cooperations(needs.cooperation)
    records["max_lead_days"] = needs.max_lead_days
    records["is_volume_required"] = needs.is_volume_required
    records["is_certified_only"] = needs.required_certifications.any(axis=1)
    return records


def offering_records(offerings: Offerings, firms: Firms) -> Records:
    records = _records(offerings, firms)
    records["are_certifications_known"] = offerings.are_certifications_known
    records["min_order"] = offerings.min_order
    return records


def _records(items: Items, firms: Firms) -> Records:
    records = np.zeros(len(items), ITEM)
    for name in (
        "wish_regions",
        "firm",
        "cooperation",
        "volume",
        "lead_days",
        "price_low",
        "price_high",
        "wish_employees",
        "dimension",
        "stage",
        "wish_experienced",
    ):
        records[name] = getattr(items, name)
    for name in ("region", "employees", "experience", "responsiveness", "country", "is_prospect"):
        records[name] = getattr(firms, name)[items.firm]
    records["certifications"] = _masks(items.certifications)
    records["hs6"] = _first_codes(items.hs6)
    return records


def _masks(masks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    if masks.shape[1] > _MASKS:
        raise ValueError(f"More than {MOST_CERTIFICATIONS} certifications.")
    result = np.zeros((len(masks), _MASKS), np.uint64)
    result[:, : masks.shape[1]] = masks
    return result


def _first_codes(codes: Ragged) -> NDArray[np.int32]:
    """(rows, 8): the first codes of each row, -1 beyond its end."""
    result = np.full((len(codes), _MOST_HS_CODES), -1, np.int32)
    row = codes.row_of_value
    place = np.arange(len(row)) - codes.start[row]
    kept = place < _MOST_HS_CODES
    result[row[kept], place[kept]] = codes.values[kept]
    return result
