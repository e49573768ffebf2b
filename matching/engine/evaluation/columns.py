"""Problems for measuring: columns in which all that is not said is unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.types import (
    COOPERATIONS,
    Features,
    Firms,
    Needs,
    Offerings,
    Ragged,
    Words,
)

_SUPPLY = np.uint32(1 << COOPERATIONS.index("supply"))


def firms(country: NDArray[np.uint8], *, capacity: int, **known: Any) -> Firms:
    """Members that take part, `capacity` introductions each; `known` replaces whole columns."""
    count = len(country)
    columns: dict[str, Any] = {
        "ids": np.arange(count),
        "country": country,
        "is_eligible": np.ones(count, np.bool_),
        "is_prospect": np.zeros(count, np.bool_),
        "capacity": np.full(count, capacity, np.int32),
        "employees": _unknown(count),
        "region": np.zeros(count, np.uint64),
        "experience": _unknown(count),
        "responsiveness": _unknown(count),
    }
    return Firms(**{**columns, **known})


def offerings(features: Features, firm: NDArray[Any], **known: Any) -> Offerings:
    """Open, for supply; `firm` holds rows of the firms, `known` replaces whole columns."""
    columns = _shared(features, firm) | {
        "are_certifications_known": np.zeros(len(features), np.bool_),
        "min_order": _unknown(len(features)),
    }
    return Offerings(**{**columns, **known})


def needs(features: Features, firm: NDArray[Any], *, seats: int, **known: Any) -> Needs:
    """Open, for supply, `seats` partners each; `known` replaces whole columns."""
    count = len(features)
    columns = _shared(features, firm) | {
        "required_certifications": np.zeros((count, 1), np.uint64),
        "max_lead_days": _unknown(count),
        "is_volume_required": np.zeros(count, np.bool_),
        "seats": np.full(count, seats, np.int32),
        "is_single_sourced": np.full(count, -1, np.int8),
        "has_risk": np.zeros(count, np.bool_),
    }
    return Needs(**{**columns, **known})


def without(features: Features, left_out: NDArray[np.bool_], *, concepts: bool) -> Features:
    """Features less the words marked in `left_out` (one flag a word), and less all concepts
    when `concepts` is True."""
    words = _kept(features.words, ~left_out)
    if not concepts:
        return Features(words, features.concepts)
    nothing = np.zeros(len(features.concepts.values), np.bool_)
    return Features(words, _kept(features.concepts, nothing))


def _kept(rows: Ragged, keep: NDArray[np.bool_]) -> Ragged:
    before = np.concatenate(([0], np.cumsum(keep)))
    values: Words = rows.values[keep]
    return Ragged(before[rows.start], values)


def _shared(features: Features, firm: NDArray[Any]) -> dict[str, Any]:
    count = len(features)
    return {
        "ids": np.arange(count),
        "firm": firm.astype(np.int32),
        "is_open": np.ones(count, np.bool_),
        "features": features,
        "hs6": Ragged(np.zeros(count + 1, np.int64), np.zeros(0, np.int32)),
        "cooperation": np.full(count, _SUPPLY, np.uint32),
        "certifications": np.zeros((count, 1), np.uint64),
        "dimension": np.full(count, -1, np.int8),
        "volume": _unknown(count),
        "lead_days": _unknown(count),
        "price_low": _unknown(count),
        "price_high": _unknown(count),
        "stage": np.full(count, -1, np.int8),
        "wish_regions": np.zeros(count, np.uint64),
        "wish_employees": _unknown(count),
        "wish_experienced": np.zeros(count, np.bool_),
    }


def _unknown(count: int) -> NDArray[np.float32]:
    return np.full(count, np.nan, np.float32)
