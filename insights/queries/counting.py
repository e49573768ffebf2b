"""The whole market counted once: each need, and all needs of each goods."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from django.db import connection

from companies.choices import CompanyState
from insights.choices import GoodsLevel, Obstacle
from insights.models import GoodsGap, NeedGap
from insights.queries.market import (
    Demand,
    Goods,
    Rows,
    Supply,
    direction_of,
    load_demand,
    load_supply,
    supplier_of,
)
from taxonomy.choices import Country

LATEST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Sum:
    """The needs of some goods so far; sets of firms are the bits of a number."""

    needs: int = 0
    named: int = 0
    single: int = 0
    critical: int = 0
    short: int = 0
    short_single: int = 0
    short_critical: int = 0
    short_pressing: int = 0
    seats: int = 0
    taken: int = 0
    wanted: int = 0
    gap: int = 0
    offered: int = 0
    eligible: int = 0
    with_room: int = 0
    risks: set[str] = field(default_factory=set)
    opened_at: datetime = LATEST


@dataclass(frozen=True, slots=True)
class MarketCount:
    """`without_goods`: needs that name nothing that can be supplied; they are in no other list."""

    needs: list[NeedGap]
    goods: list[GoodsGap]
    total: int
    without_goods: int


def count_market(*, now: datetime) -> MarketCount:
    """All figures of the supply gap map as of `now`; the rows are not stored yet."""
    goods = Goods()
    supplies = {
        supply: load_supply(supply, now=now, goods=goods) for supply in (Country.KR, Country.JP)
    }
    demands = load_demand(now=now, goods=goods)
    sums: dict[tuple[str, str, str], _Sum] = {}
    needs = []
    without_goods = 0
    for demand in demands:
        if not demand.concepts and not demand.hs:
            without_goods += 1
            continue
        supply = supplies[Country(demand.country).other]
        counted, sets = count_need(demand, supply, goods)
        needs.append(counted)
        for key, is_named in _keys(demand, counted, goods):
            _add(sums.setdefault(key, _Sum()), counted, sets, is_named=is_named)
    return MarketCount(
        needs=needs,
        goods=_goods_rows(sums, goods),
        total=len(demands),
        without_goods=without_goods,
    )


def count_need(
    demand: Demand, supply: Supply, goods: Goods
) -> tuple[NeedGap, tuple[int, int, int]]:
    """The figures of one need, and its firms as bits: those that offer it, are eligible, have
    room."""
    rows = supply.relevant(demand)
    firms, codes = supply.firms(rows, supply.obstacles(demand, rows))
    ruled_out = Counter(codes.tolist())
    with_room = ruled_out.pop(Obstacle.NONE, 0)
    eligible = with_room + ruled_out.get(Obstacle.FULL, 0)
    wanted = max(0, demand.seats - demand.taken)
    lineage = {each for concept in demand.concepts for each in goods.lineage(concept)}
    counted = NeedGap(
        need_id=demand.id,
        direction=direction_of(supply.country),
        is_single_sourced=demand.is_single_sourced,
        is_critical=demand.is_critical,
        risk_reason=demand.risk_reason,
        opened_at=demand.opened_at,
        goods=sorted(lineage),
        hs=sorted(demand.hs),
        seats=demand.seats,
        taken=demand.taken,
        wanted=wanted,
        offered=len(firms),
        eligible=eligible,
        with_room=with_room,
        gap=max(0, wanted - with_room),
        ruled_out={Obstacle(code).name: count for code, count in sorted(ruled_out.items())},
    )
    size = len(supply.firm_ids)
    sets = (
        _bits(firms, size),
        _bits(firms[codes >= Obstacle.FULL], size),
        _bits(firms[codes == Obstacle.NONE], size),
    )
    return counted, sets


def _keys(
    demand: Demand, counted: NeedGap, goods: Goods
) -> Iterator[tuple[tuple[str, str, str], bool]]:
    """(level, code, direction) of all goods the need counts for, and whether it names them."""
    for concept in counted.goods:
        key = (GoodsLevel.CONCEPT.value, str(concept), counted.direction)
        yield key, concept in demand.concepts
    for heading in {code[:4] for code in demand.hs}:
        yield (GoodsLevel.HS4.value, heading, counted.direction), True
    for code in demand.hs:
        yield (GoodsLevel.HS6.value, code, counted.direction), True


def _add(total: _Sum, need: NeedGap, sets: tuple[int, int, int], *, is_named: bool) -> None:
    is_short = need.gap > 0
    total.needs += 1
    total.named += is_named
    total.single += need.is_single_sourced
    total.critical += need.is_critical
    total.short += is_short
    total.short_single += is_short and need.is_single_sourced
    total.short_critical += is_short and need.is_critical
    total.short_pressing += is_short and need.is_single_sourced and need.is_critical
    total.seats += need.seats
    total.taken += need.taken
    total.wanted += need.wanted
    total.gap += need.gap
    total.offered |= sets[0]
    total.eligible |= sets[1]
    total.with_room |= sets[2]
    if need.risk_reason:
        total.risks.add(need.risk_reason)
    total.opened_at = min(total.opened_at, need.opened_at)


def _goods_rows(sums: dict[tuple[str, str, str], _Sum], goods: Goods) -> list[GoodsGap]:
    of_concepts, of_hs = candidate_counts()
    rows = []
    for (level, key, direction), total in sums.items():
        supplier = supplier_of(direction).value
        concept = int(key) if level == GoodsLevel.CONCEPT else None
        listed = (
            of_hs.get((supplier, key), 0)
            if concept is None
            else of_concepts.get((supplier, concept), 0)
        )
        rows.append(
            GoodsGap(
                level=level,
                concept_id=concept,
                code=key if concept is None else goods.code[concept],
                direction=direction,
                is_top=concept is not None and len(goods.lineage(concept)) == 1,
                needs=total.needs,
                named=total.named,
                single=total.single,
                critical=total.critical,
                risks=sorted(total.risks),
                short=total.short,
                short_single=total.short_single,
                short_critical=total.short_critical,
                short_pressing=total.short_pressing,
                seats=total.seats,
                taken=total.taken,
                wanted=total.wanted,
                offered=total.offered.bit_count(),
                eligible=total.eligible.bit_count(),
                with_room=total.with_room.bit_count(),
                gap=total.gap,
                opened_at=total.opened_at,
                candidates=listed,
            )
        )
    return rows


def candidate_counts() -> tuple[dict[tuple[str, int], int], dict[tuple[str, str], int]]:
    """{(country, concept): unclaimed firms listed with it or a narrower one}, and by HS code of
    4 or 6 digits."""

    def counted(column: str) -> dict[tuple[str, Any], int]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT country, goods, count(DISTINCT company_id) "  # noqa: S608
                f"FROM companies_searchentry, unnest({column}) AS goods "
                "WHERE state = %s GROUP BY 1, 2",
                [CompanyState.UNCLAIMED],
            )
            return {(country, value): firms for country, value, firms in cursor.fetchall()}

    return counted("wide"), counted("hs")


def _bits(rows: Rows, size: int) -> int:
    flags = np.zeros(size, np.bool_)
    flags[rows] = True
    return int.from_bytes(np.packbits(flags).tobytes())
