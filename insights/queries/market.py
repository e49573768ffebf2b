"""Needs and offerings side by side, by the rules of the matching that are never outscored.

A need's goods are what it names: its concepts of `GOODS_KINDS`, narrower ones included, and its
HS codes of six digits. Offerings of the other country that carry any of these offer it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from companies.models import Block, Company, CompanyCertification, Need, Offering
from insights.choices import CRITICAL_NEEDED_DAYS, CRITICAL_STOCK_DAYS, GOODS_KINDS, Obstacle
from matching.choices import Direction
from matching.engine_adapter import COMPATIBLE_COOPERATION
from matching.models import Match
from matching.queries.capacity import introductions_taken, seats_taken
from taxonomy.choices import Country
from taxonomy.models import Certification, Concept

Rows = NDArray[np.int64]
NOTHING: Final[Rows] = np.zeros(0, np.int64)


def direction_of(supplier: str) -> Direction:
    """Who sells to whom when the offering is from `supplier`."""
    return Direction.KR_TO_JP if supplier == Country.KR else Direction.JP_TO_KR


def supplier_of(direction: str) -> Country:
    return Country.KR if direction == Direction.KR_TO_JP else Country.JP


class Goods:
    """The tree of concepts as far as it concerns what can be supplied."""

    def __init__(self) -> None:
        rows = Concept.objects.order_by().values_list("pk", "parent_id", "kind", "code")
        self._parent: dict[int, int | None] = {}
        self._is_goods: dict[int, bool] = {}
        self.code: dict[int, str] = {}
        for pk, parent, kind, code in rows:
            self._parent[pk], self._is_goods[pk] = parent, kind in GOODS_KINDS
            self.code[pk] = code
        self._lineage: dict[int, tuple[int, ...]] = {}

    def named(self, concepts: Iterable[int]) -> list[int]:
        """Those of `concepts` that can be supplied."""
        return [concept for concept in concepts if self._is_goods.get(concept)]

    def lineage(self, concept: int) -> tuple[int, ...]:
        """The concept and all broader ones, as far as they are goods; the broadest last."""
        if concept not in self._lineage:
            found = []
            above: int | None = concept
            while above is not None:
                if self._is_goods.get(above):
                    found.append(above)
                above = self._parent.get(above)
            self._lineage[concept] = tuple(found)
        return self._lineage[concept]


class Demand(NamedTuple):
    """One open need of a firm that takes part. `concepts`, `hs`: the goods it names."""

    id: UUID
    company: UUID
    country: str
    accepts: frozenset[str]
    required: frozenset[int]
    max_lead_days: int | None
    whole_volume: float | None
    dimension: str | None
    seats: int
    taken: int
    is_single_sourced: bool
    is_critical: bool
    risk_reason: str
    opened_at: datetime
    concepts: tuple[int, ...]
    hs: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """The open offerings of one country's firms as columns, sorted by firm.

    `held`: (offerings, certifications); `kinds`: {cooperation type: rows}; unknown numbers are
    NaN. `with_concept`: {concept: rows that carry it or a narrower one}.
    """

    country: str
    ids: tuple[UUID, ...]
    firm: Rows
    firm_ids: tuple[UUID, ...]
    has_room: NDArray[np.bool_]
    is_certified: NDArray[np.bool_]
    held: NDArray[np.bool_]
    certification_row: dict[int, int]
    kinds: dict[str, NDArray[np.bool_]]
    lead_days: NDArray[np.float64]
    volume: NDArray[np.float64]
    dimension: NDArray[np.str_]
    with_concept: dict[int, Rows]
    with_hs: dict[str, Rows]
    row_of: dict[UUID, int]
    firm_row: dict[UUID, int]
    apart: dict[UUID, Rows]
    closed: dict[UUID, Rows]

    def relevant(self, need: Demand) -> Rows:
        """The offerings that offer the need's goods."""
        lists = [self.with_concept[each] for each in need.concepts if each in self.with_concept]
        lists += [self.with_hs[code] for code in need.hs if code in self.with_hs]
        if not lists:
            return NOTHING
        return lists[0] if len(lists) == 1 else np.unique(np.concatenate(lists))

    def obstacles(self, need: Demand, rows: Rows) -> NDArray[np.uint8]:
        """What stands first in the way between the need and each of the offerings `rows`."""
        firm = self.firm[rows]
        code = np.where(self.has_room[firm], Obstacle.NONE, Obstacle.FULL).astype(np.uint8)
        # From the last question to the first, so that the first obstacle stays.
        parted = np.isin(firm, self.apart.get(need.company, NOTHING))
        parted |= np.isin(rows, self.closed.get(need.id, NOTHING))
        code[parted] = Obstacle.PARTED
        if need.whole_volume is not None:
            comparable = self.dimension[rows] == need.dimension
            code[comparable & (self.volume[rows] < need.whole_volume)] = Obstacle.VOLUME
        if need.max_lead_days is not None:
            code[self.lead_days[rows] > need.max_lead_days] = Obstacle.LEAD_TIME
        if need.required:
            asked = [self.certification_row[each] for each in need.required]
            lacking = ~self.held[rows][:, asked].all(axis=1)
            code[self.is_certified[rows] & lacking] = Obstacle.CERTIFICATION
        accepted = np.zeros(len(rows), np.bool_)
        for kind in need.accepts:
            if kind in self.kinds:
                accepted |= self.kinds[kind][rows]
        code[~accepted] = Obstacle.COOPERATION
        return code

    def firms(self, rows: Rows, code: NDArray[np.uint8]) -> tuple[Rows, NDArray[np.uint8]]:
        """The firms of `rows`, each once, with the code of the offering that gets furthest."""
        if not len(rows):
            return NOTHING, code
        firm = self.firm[rows]
        starts = np.flatnonzero(np.concatenate(([True], firm[1:] != firm[:-1])))
        return firm[starts], np.maximum.reduceat(code, starts)


def load_demand(
    *, now: datetime, goods: Goods, only: Collection[UUID] | None = None
) -> list[Demand]:
    """The open needs of firms that take part; of `only` those."""
    today = timezone.localdate(now)
    found: Any = Need.objects.matchable(today)
    if only is not None:
        found = found.filter(pk__in=only)
    rows = list(
        found.order_by("pk").values_list(
            "pk",
            "company_id",
            "company__country",
            "cooperation",
            "max_lead_time_days",
            "is_volume_required",
            "annual_volume",
            "unit__factor",
            "unit__dimension",
            "seats",
            "is_single_sourced",
            "risk_reason",
            "needed_by",
            "stock_cover_days",
            "created_at",
            "hs6",
        )
    )
    concepts = _pairs(Need.concepts.through, "need_id", "concept_id", only)
    required = _pairs(Need.required_certifications.through, "need_id", "certification_id", only)
    taken = seats_taken(needs=only)
    return [
        Demand(
            id=pk,
            company=company,
            country=country,
            accepts=_accepted(cooperation),
            required=frozenset(required.get(pk, ())),
            max_lead_days=max_lead,
            whole_volume=_base(volume, factor) if is_whole else None,
            dimension=dimension,
            seats=seats,
            taken=taken.get(pk, 0),
            is_single_sourced=bool(single),
            is_critical=is_critical(needed_by, stock, today),
            risk_reason=risk,
            opened_at=created,
            concepts=tuple(goods.named(sorted(concepts.get(pk, ())))),
            hs=frozenset(code for code in hs6 if len(code) == 6),
        )
        for (
            pk,
            company,
            country,
            cooperation,
            max_lead,
            is_whole,
            volume,
            factor,
            dimension,
            seats,
            single,
            risk,
            needed_by,
            stock,
            created,
            hs6,
        ) in rows
    ]


def load_supply(
    country: str, *, now: datetime, goods: Goods, only: Collection[UUID] | None = None
) -> Supply:
    """The open offerings of the country's firms that take part; of `only` those."""
    today = timezone.localdate(now)
    found = Offering.objects.matchable(today).filter(company__country=country)
    if only is not None:
        found = found.filter(pk__in=only)
    rows = list(
        found.order_by("company_id", "pk").values_list(
            "pk",
            "company_id",
            "cooperation",
            "lead_time_days",
            "annual_volume",
            "unit__factor",
            "unit__dimension",
            "hs6",
        )
    )
    firm_ids = tuple(dict.fromkeys(row[1] for row in rows))
    firm_row = {pk: place for place, pk in enumerate(firm_ids)}
    row_of = {row[0]: place for place, row in enumerate(rows)}
    certification_row, held = _held(rows, today, only)
    kinds: dict[str, NDArray[np.bool_]] = {}
    with_hs: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for kind in row[2]:
            kinds.setdefault(kind, np.zeros(len(rows), np.bool_))[place] = True
        for code in set(row[7]):
            with_hs[code].append(place)
    with_concept: defaultdict[int, set[int]] = defaultdict(set)
    for offering, concepts in _pairs(
        Offering.concepts.through, "offering_id", "concept_id", only
    ).items():
        if offering in row_of:
            for concept in concepts:
                for broader in goods.lineage(concept):
                    with_concept[broader].add(row_of[offering])
    return Supply(
        country=country,
        ids=tuple(row_of),
        firm=np.array([firm_row[row[1]] for row in rows], np.int64),
        firm_ids=firm_ids,
        has_room=_room(firm_ids, now, None if only is None else firm_ids),
        is_certified=np.asarray(held.any(axis=1)),
        held=held,
        certification_row=certification_row,
        kinds=kinds,
        lead_days=_numbers(row[3] for row in rows),
        volume=_numbers(_base(row[4], row[5]) for row in rows),
        dimension=np.array([row[6] or "?" for row in rows], np.str_),
        with_concept={key: np.array(sorted(each), np.int64) for key, each in with_concept.items()},
        with_hs={key: np.array(each, np.int64) for key, each in with_hs.items()},
        row_of=row_of,
        firm_row=firm_row,
        apart=_apart(firm_row),
        closed=_closed(row_of, now),
    )


def is_critical(needed_by: date | None, stock_days: int | None, today: date) -> bool:
    """It must be met, or its stock ends, soon."""
    soon = today + timedelta(days=CRITICAL_NEEDED_DAYS)
    is_urgent = needed_by is not None and needed_by <= soon
    return is_urgent or (stock_days is not None and stock_days <= CRITICAL_STOCK_DAYS)


def _accepted(cooperation: Iterable[str]) -> frozenset[str]:
    accepted = set(cooperation)
    for one, other in COMPATIBLE_COOPERATION:
        if one in cooperation:
            accepted.add(other)
        if other in cooperation:
            accepted.add(one)
    return frozenset(accepted)


def _pairs(
    through: Any, item: str, other: str, only: Collection[UUID] | None
) -> dict[UUID, list[int]]:
    rows = through.objects.order_by()
    if only is not None:
        rows = rows.filter(**{f"{item}__in": only})
    found: defaultdict[UUID, list[int]] = defaultdict(list)
    for pk, value in rows.values_list(item, other):
        found[pk].append(value)
    return found


def _held(
    rows: list[Any], today: date, only: Collection[UUID] | None
) -> tuple[dict[int, int], NDArray[np.bool_]]:
    """An offering has its own certificates and those of its firm that have not ended."""
    codes = {
        pk: place
        for place, pk in enumerate(
            Certification.objects.order_by("pk").values_list("pk", flat=True)
        )
    }
    own = _pairs(Offering.certifications.through, "offering_id", "certification_id", only)
    of_firm: defaultdict[UUID, list[int]] = defaultdict(list)
    valid = CompanyCertification.objects.exclude(expires_on__lt=today).order_by()
    if only is not None:
        valid = valid.filter(company__in={row[1] for row in rows})
    for company, certification in valid.values_list("company_id", "certification_id"):
        of_firm[company].append(certification)
    held = np.zeros((len(rows), len(codes)), np.bool_)
    for place, row in enumerate(rows):
        for certification in (*own.get(row[0], ()), *of_firm.get(row[1], ())):
            held[place, codes[certification]] = True
    return codes, held


def _room(
    firm_ids: tuple[UUID, ...], now: datetime, only: Collection[UUID] | None
) -> NDArray[np.bool_]:
    """Which firms can be introduced once more this month."""
    firms = Company.objects.order_by()
    if only is not None:
        firms = firms.filter(pk__in=only)
    limits = dict(firms.values_list("pk", "introductions_per_month"))
    taken = introductions_taken(now, firms=only)
    return np.array([limits[pk] > taken.get(pk, 0) for pk in firm_ids], np.bool_)


def _apart(firm_row: dict[UUID, int]) -> dict[UUID, Rows]:
    """{firm: firms of the supply that it must not meet, or has met}."""
    pairs = [
        *Block.objects.values_list("company_id", "blocked_id"),
        *Block.objects.values_list("blocked_id", "company_id"),
        *Match.objects.meeting().order_by().values_list("need__company_id", "offering__company_id"),
    ]
    return _grouped((one, firm_row[other]) for one, other in pairs if other in firm_row)


def _closed(row_of: dict[UUID, int], now: datetime) -> dict[UUID, Rows]:
    pairs = Match.objects.closed(now).order_by().values_list("need_id", "offering_id")
    return _grouped((need, row_of[offering]) for need, offering in pairs if offering in row_of)


def _grouped(pairs: Iterable[tuple[UUID, int]]) -> dict[UUID, Rows]:
    found: defaultdict[UUID, set[int]] = defaultdict(set)
    for one, row in pairs:
        found[one].add(row)
    return {one: np.array(sorted(rows), np.int64) for one, rows in found.items()}


def _base(value: Any, factor: float | None) -> float | None:
    return None if value is None or factor is None else float(value) * factor


def _numbers(values: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)
