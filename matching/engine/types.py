"""The engine's data: columns in, columns out.

Everything is columnar and immutable by convention. Ids are any sortable one-dimensional NumPy
array of distinct values (integers or fixed-width bytes); inside the engine rows refer to rows by
position. NaN (floats), 0 (masks) and -1 (small integers) mean "not known" or "not stated".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matching.engine.text import Lexicon

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
Masks = NDArray[np.uint64]
Words = NDArray[np.uint32]

KR: Final = 0
JP: Final = 1

#: Development stages, early to late; `Items.stage` is the position here.
STAGES: Final = ("concept", "prototype", "pilot", "mass_production")

#: Cooperation types; bit i of `Items.cooperation` stands for COOPERATIONS[i].
COOPERATIONS: Final = (
    "supply",
    "contract_manufacturing",
    "joint_development",
    "rd_platform",
    "consortium",
    "mutual_certification",
    "third_country_project",
    "technical_guidance",
    "investment",
)

#: What a need of the first type accepts beside its own type; symmetric by construction.
COMPATIBLE: Final = (
    ("supply", "contract_manufacturing"),
    ("joint_development", "rd_platform"),
    ("joint_development", "consortium"),
    ("rd_platform", "consortium"),
    ("consortium", "third_country_project"),
)


def begins_run(*columns: NDArray[Any]) -> Bools:
    """True where a row differs from the one before it in any of the equally long columns."""
    begins = np.ones(len(columns[0]), np.bool_)
    begins[1:] = False
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return begins


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Rows of differing length: row i is `values[start[i]:start[i + 1]]`; `start` has n + 1."""

    start: Longs
    values: NDArray[Any]

    @classmethod
    def of(cls, rows: list[Any], dtype: Any) -> Ragged:
        """Build from a list of sequences or arrays."""
        lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        start = np.concatenate(([0], np.cumsum(lengths)))
        parts = [np.asarray(row, dtype) for row in rows if len(row)]
        return cls(start, np.concatenate(parts) if parts else np.zeros(0, dtype))

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def lengths(self) -> Longs:
        return np.diff(self.start)

    @property
    def row_of_value(self) -> Longs:
        """The row each value belongs to; same length as `values`."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self.row(index) for index in range(len(self)))

    def row(self, index: int) -> NDArray[Any]:
        return self.values[self.start[index] : self.start[index + 1]]

    def take(self, rows: NDArray[Any]) -> Ragged:
        """The given rows, in the given order."""
        lengths = self.lengths[rows]
        start = np.concatenate(([0], np.cumsum(lengths)))
        where = np.arange(start[-1]) + np.repeat(self.start[:-1][rows] - start[:-1], lengths)
        return Ragged(start, self.values[where])


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the text, concepts and HS codes of items say; see `features.py` for the words.

    `words`: uint32, channel (4 bits) | hash (24 bits) | level (4 bits), sorted within a row.
    `concepts`: uint32, key of a concept (28 bits) | level (4 bits), sorted within a row.
    """

    words: Ragged
    concepts: Ragged

    def __len__(self) -> int:
        return len(self.words)

    def take(self, rows: NDArray[Any]) -> Features:
        return Features(self.words.take(rows), self.concepts.take(rows))


@dataclass(frozen=True, slots=True, eq=False)
class Firms:
    """n firms. `experience` and `responsiveness` in [0, 1]; `region` is a one-hot mask."""

    ids: NDArray[Any]
    country: NDArray[np.uint8]
    is_eligible: Bools
    is_prospect: Bools  # not a member yet
    capacity: Ints  # introductions left this month
    employees: Floats
    region: Masks
    experience: Floats  # with the other country
    responsiveness: Floats

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """What offerings and needs share. Volumes are a year's in the base unit of `dimension`."""

    ids: NDArray[Any]
    firm: Ints  # row in Firms
    is_open: Bools
    features: Features
    hs6: Ragged  # int32 codes declared for the item
    cooperation: Words
    certifications: Masks  # (n, w): held by the offering's side / wished by the need
    dimension: NDArray[np.int8]
    volume: Floats  # yearly capacity / yearly demand
    lead_days: Floats  # promised / wished
    price_low: Floats  # in one currency, for one base unit
    price_high: Floats
    stage: NDArray[np.int8]
    wish_regions: Masks
    wish_employees: Floats
    wish_experienced: Bools

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Longs) -> Self:
        taken: dict[str, Any] = {}
        for column in fields(self):
            part = getattr(self, column.name)
            is_ragged = isinstance(part, (Ragged, Features))
            taken[column.name] = part.take(rows) if is_ragged else part[rows]
        return type(self)(**taken)


@dataclass(frozen=True, slots=True, eq=False)
class Offerings(Items):
    """`are_certifications_known`: the side stated its certificates, so a missing one is known."""

    are_certifications_known: Bools
    min_order: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Needs(Items):
    """`required_certifications`, `max_lead_days` and `is_volume_required` exclude when missed."""

    required_certifications: Masks
    max_lead_days: Floats
    is_volume_required: Bools
    seats: Ints
    is_single_sourced: NDArray[np.int8]  # 1 yes, 0 no, -1 unknown
    has_risk: Bools


@dataclass(frozen=True, slots=True)
class Policy:
    """How to weigh, cut and limit. Weights are relative; a criterion without one does not count."""

    weights: Mapping[str, float]
    min_score: float = 0.35
    min_confidence: float = 0.2
    min_product: float = 0.2  # below it two items are not about the same thing
    top_k: int = 10  # proposals for a need
    candidates: int = 64  # looked at closely for a need
    posting_budget: int = 2000  # offerings touched for a need in retrieval, about
    block_size: int = 500  # needs scored at once, at most 4096


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One snapshot to match. `blocked`: (m, 2) firm rows; `closed`: (m, 2) need and offering rows.

    `blocked` pairs never meet, whichever asked for it (firms already introduced belong here too);
    `closed` pairs were declined or decided. With `is_exploring` nobody is introduced yet, so
    capacities and seats do not limit: every need simply gets its best (prospects, simulation).
    """

    firms: Firms
    offerings: Offerings
    needs: Needs
    policy: Policy
    lexicon: Lexicon
    certifications: tuple[str, ...] = ()  # bit i of the masks stands for certifications[i]
    blocked: Longs = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    closed: Longs = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    is_exploring: bool = False
    only_with_prospects: bool = False  # one of the two firms must be a prospect


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Scored pairs, by need row and then best first.

    `need` and `offering` are rows of `Problem.needs` and `Problem.offerings`; `share`: of all that
    the need says, what the offering covers. Criteria come from these (`match.score_pairs`).
    """

    need: Ints
    offering: Ints
    share: Floats
    score: Floats
    confidence: Floats

    def __len__(self) -> int:
        return len(self.need)

    def take(self, rows: NDArray[Any]) -> Candidates:
        return Candidates(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def join(cls, parts: list[Candidates]) -> Candidates:
        """One after the other; `parts` must not be empty."""
        names = [column.name for column in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True)
class Reason:
    """A coded reason with its arguments (numbers, codes, lists of codes), worded elsewhere.

    `would_be`: of a reason in `missing`, the score in [0, 1] if nothing were missing there; None
    where the firms cannot change it or it would make no difference.
    """

    code: str
    args: Mapping[str, Any] = field(default_factory=dict)
    would_be: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`parts` add up to `score` (±1e-6); `accepts` says why the other side may say yes."""

    score: float
    confidence: float
    criteria: Mapping[str, float | None]
    parts: Mapping[str, float]
    fits: tuple[Reason, ...]
    accepts: tuple[Reason, ...]
    missing: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The chosen pairs, by need row and rank (from 1, best first within a need).

    `gap` in [0, 1]: the share by which the sum of scores may at most fall short of the best.
    """

    matches: Candidates
    rank: Ints
    gap: float = 0.0

    def __len__(self) -> int:
        return len(self.matches)
