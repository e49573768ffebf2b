"""Small problems for the engine, told in plain words and built into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from matching.engine.criteria import DEFAULT_WEIGHTS
from matching.engine.features import Document, extract
from matching.engine.text import Entry, Lexicon
from matching.engine.types import (
    COOPERATIONS,
    JP,
    KR,
    STAGES,
    Features,
    Firms,
    Needs,
    Offerings,
    Policy,
    Problem,
    Ragged,
)

NAN = float("nan")

LEXICON = Lexicon(
    [
        Entry("semiconductors", "industry", "", ("반도체", "半導体", "semiconductors")),
        Entry(
            "photoresist", "material", "semiconductors", ("감광액", "フォトレジスト", "photoresist")
        ),
        Entry("arf_resist", "material", "photoresist", ("ArF 감광액", "ArFレジスト"), ("370790",)),
        Entry("euv_resist", "material", "photoresist", ("EUV 감광액", "EUVレジスト"), ("370790",)),
        Entry("cmp_slurry", "material", "semiconductors", ("CMP 슬러리", "CMPスラリー")),
        Entry("plating", "process", "", ("도금", "めっき", "plating")),
        Entry("gear", "product", "", ("톱니바퀴", "歯車", "gear", "기어"), ("848340",)),
        Entry("cover", "product", "", ("덮개", "カバー", "蓋", "cover")),
    ]
)


@dataclass
class Firm:
    country: int
    id: int = 0
    is_eligible: bool = True
    is_prospect: bool = False
    capacity: int = 5
    employees: float = NAN
    region: int = 0
    experience: float = NAN
    responsiveness: float = NAN


@dataclass
class Item:
    """An offering or a need; fields of the other kind are ignored."""

    firm: int
    title: str
    id: int = 0
    concepts: tuple[str, ...] = ()
    hs6: tuple[str, ...] = ()
    is_open: bool = True
    cooperation: tuple[str, ...] = ("supply",)
    certifications: int = 0
    dimension: int = -1
    volume: float = NAN
    lead_days: float = NAN
    price_low: float = NAN
    price_high: float = NAN
    stage: str = ""
    wish_regions: int = 0
    wish_employees: float = NAN
    wish_experienced: bool = False
    are_certifications_known: bool = False
    min_order: float = NAN
    required_certifications: int = 0
    max_lead_days: float = NAN
    is_volume_required: bool = False
    seats: int = 5
    is_single_sourced: int = -1
    has_risk: bool = False


@dataclass
class World:
    firms: list[Firm]
    offerings: list[Item]
    needs: list[Item]
    policy: Policy = field(default_factory=lambda: policy())
    lexicon: Lexicon = LEXICON
    blocked: list[tuple[int, int]] = field(default_factory=list)
    closed: list[tuple[int, int]] = field(default_factory=list)
    is_exploring: bool = False
    only_with_prospects: bool = False
    certifications: tuple[str, ...] = ("iso_9001", "iatf_16949", "iso_13485")

    def problem(self) -> Problem:
        return Problem(
            firms=_firms(self.firms),
            offerings=Offerings(
                **_shared(self.offerings, self.lexicon),
                are_certifications_known=_column(
                    self.offerings, "are_certifications_known", np.bool_
                ),
                min_order=_column(self.offerings, "min_order", np.float32),
            ),
            needs=Needs(
                **_shared(self.needs, self.lexicon),
                required_certifications=_column(
                    self.needs, "required_certifications", np.uint64
                ).reshape(-1, 1),
                max_lead_days=_column(self.needs, "max_lead_days", np.float32),
                is_volume_required=_column(self.needs, "is_volume_required", np.bool_),
                seats=_column(self.needs, "seats", np.int32),
                is_single_sourced=_column(self.needs, "is_single_sourced", np.int8),
                has_risk=_column(self.needs, "has_risk", np.bool_),
            ),
            policy=self.policy,
            lexicon=self.lexicon,
            certifications=self.certifications,
            blocked=np.array(self.blocked, np.int64).reshape(-1, 2),
            closed=np.array(self.closed, np.int64).reshape(-1, 2),
            is_exploring=self.is_exploring,
            only_with_prospects=self.only_with_prospects,
        )


def policy(**changes: Any) -> Policy:
    """Everything that may be proposed is, unless `changes` say otherwise."""
    settings: dict[str, Any] = {
        "weights": DEFAULT_WEIGHTS,
        "min_score": 0.0,
        "min_confidence": 0.0,
        "min_product": 0.0,
    }
    return Policy(**{**settings, **changes})


def _firms(firms: Sequence[Firm]) -> Firms:
    return Firms(
        ids=_ids(firms),
        country=_column(firms, "country", np.uint8),
        is_eligible=_column(firms, "is_eligible", np.bool_),
        is_prospect=_column(firms, "is_prospect", np.bool_),
        capacity=_column(firms, "capacity", np.int32),
        employees=_column(firms, "employees", np.float32),
        region=_column(firms, "region", np.uint64),
        experience=_column(firms, "experience", np.float32),
        responsiveness=_column(firms, "responsiveness", np.float32),
    )


def _shared(items: Sequence[Item], lexicon: Lexicon) -> dict[str, Any]:
    documents = [Document(i.title, concepts=i.concepts, hs6=i.hs6) for i in items]
    cooperation = [sum(1 << COOPERATIONS.index(c) for c in item.cooperation) for item in items]
    return {
        "ids": _ids(items),
        "firm": _column(items, "firm", np.int32),
        "is_open": _column(items, "is_open", np.bool_),
        "features": Features(
            *(_stacked(part, documents, lexicon) for part in ("words", "concepts"))
        ),
        "hs6": Ragged.of([[int(code) for code in item.hs6] for item in items], np.int32),
        "cooperation": np.array(cooperation, np.uint32),
        "certifications": _column(items, "certifications", np.uint64).reshape(-1, 1),
        "dimension": _column(items, "dimension", np.int8),
        "volume": _column(items, "volume", np.float32),
        "lead_days": _column(items, "lead_days", np.float32),
        "price_low": _column(items, "price_low", np.float32),
        "price_high": _column(items, "price_high", np.float32),
        "stage": np.array([STAGES.index(i.stage) if i.stage else -1 for i in items], np.int8),
        "wish_regions": _column(items, "wish_regions", np.uint64),
        "wish_employees": _column(items, "wish_employees", np.float32),
        "wish_experienced": _column(items, "wish_experienced", np.bool_),
    }


@cache
def _features(document: Document, lexicon: Lexicon) -> Features:
    """One item at a time gives what many at once give (see test_features), and can be kept."""
    return extract([document], lexicon)


def _stacked(part: str, documents: Sequence[Document], lexicon: Lexicon) -> Ragged:
    rows = [getattr(_features(document, lexicon), part).row(0) for document in documents]
    return Ragged.of(rows, np.uint32)


def _ids(rows: Sequence[Any]) -> np.ndarray:
    """The given ids; where none is given, the row number."""
    return np.array([row.id or number for number, row in enumerate(rows, 1)], np.int64)


def _column(rows: Sequence[Any], name: str, dtype: Any) -> np.ndarray:
    return np.array([getattr(row, name) for row in rows], dtype)


__all__ = ["JP", "KR", "LEXICON", "NAN", "Firm", "Item", "World", "policy"]
