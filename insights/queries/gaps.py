"""The supply gap map as it was last counted, and what stands behind one of its rows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from companies.models import Need, Offering
from insights.choices import GoodsLevel, Obstacle, ReportState
from insights.models import GapReport, GoodsGap, NeedGap
from insights.queries.market import Goods, load_demand, load_supply, supplier_of
from matching.choices import AnswerKind, DeclineReason, Direction, MatchState, RejectReason
from matching.models import Answer, Match, Review
from taxonomy.models import Concept, Sector
from taxonomy.queries import search_concepts

TILES: Final = 8
TREND_DAYS: Final = 30
# The needs of a goods' page against which its offerings are asked.
MOST_ASKED: Final = 500
TOTALS: Final = ("wanted", "gap")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the map is looked at. `with_covered`: goods without a gap as well."""

    level: str = GoodsLevel.CONCEPT
    sector: Sector | None = None
    direction: str = ""
    risk: str = ""
    is_single: bool = False
    with_covered: bool = False
    q: str = ""


def latest_report() -> GapReport | None:
    """The last complete count; its figures are on the map."""
    return GapReport.objects.filter(state=ReportState.DONE).order_by("-as_of").first()


def report_at_work() -> GapReport | None:
    """A count that waits, is being made, or failed after the last complete one."""
    last = GapReport.objects.order_by("-requested_at", "-pk").first()
    return None if last is None or last.state == ReportState.DONE else last


def goods_gaps(report: GapReport, wanted: Wanted) -> QuerySet[GoodsGap]:
    """The goods that firms themselves name, single-sourced and critical needs first."""
    rows = GoodsGap.objects.filter(report=report, level=wanted.level, named__gt=0).select_related(
        "concept"
    )
    if wanted.direction:
        rows = rows.filter(direction=wanted.direction)
    if wanted.sector:
        rows = rows.filter(_in_sector(wanted.level, wanted.sector))
    if wanted.risk:
        rows = rows.filter(risks__contains=[wanted.risk])
    if wanted.is_single:
        rows = rows.filter(single__gt=0)
    if not wanted.with_covered:
        rows = rows.filter(gap__gt=0)
    if wanted.q:
        found = Q(concept__in=search_concepts(wanted.q).order_by().values("pk"))
        digits = "".join(filter(str.isdigit, wanted.q))
        rows = rows.filter(found | Q(code__startswith=digits, concept=None) if digits else found)
    return rows


def _in_sector(level: str, sector: Sector) -> Q:
    if level == GoodsLevel.CONCEPT:
        return Q(concept__sector=sector)
    digits = 4 if level == GoodsLevel.HS4 else 6
    lists = Concept.objects.filter(sector=sector).order_by().values_list("hs6", flat=True)
    return Q(code__in=sorted({code[:digits] for codes in lists for code in codes}))


def totals(report: GapReport) -> list[dict[str, Any]]:
    """One row for each direction, over all needs of the map, each counted once."""
    short = Q(gap__gt=0)
    rows = (
        NeedGap.objects.filter(report=report)
        .order_by()
        .values("direction")
        .annotate(
            needs=Count("pk"),
            **{f"{name}_sum": Sum(name) for name in TOTALS},
            short=Count("pk", filter=short),
            short_single=Count("pk", filter=short & Q(is_single_sourced=True)),
            short_critical=Count("pk", filter=short & Q(is_critical=True)),
        )
    )
    found = {row["direction"]: row for row in rows}
    return [
        {**found[code], "label": Direction(code).label}
        for code in Direction.values
        if code in found
    ]


def heat(report: GapReport, direction: str) -> list[tuple[Sector | None, list[GoodsGap]]]:
    """For each sector its broadest goods with the most suppliers still wanted; goods of no sector
    last."""
    rows = GoodsGap.objects.filter(
        report=report, level=GoodsLevel.CONCEPT, is_top=True, wanted__gt=0
    ).select_related("concept__sector")
    if direction:
        rows = rows.filter(direction=direction)
    groups: defaultdict[Sector | None, list[GoodsGap]] = defaultdict(list)
    for row in rows.order_by("-wanted", "-gap", "code"):
        sector = row.concept.sector if row.concept else None
        if len(groups[sector]) < TILES:
            groups[sector].append(row)
    return sorted(
        groups.items(), key=lambda group: (group[0] is None, group[0].position if group[0] else 0)
    )


def needs_behind(goods: GoodsGap) -> QuerySet[NeedGap]:
    """The needs of one row of the map: their figures add up to its own."""
    rows = NeedGap.objects.filter(report=goods.report_id, direction=goods.direction)
    if goods.concept_id is not None:
        return rows.filter(goods__contains=[goods.concept_id])
    if goods.level == GoodsLevel.HS6:
        return rows.filter(hs__contains=[goods.code])
    codes = GoodsGap.objects.filter(
        report=goods.report_id, level=GoodsLevel.HS6, code__startswith=goods.code
    )
    return rows.filter(hs__overlap=sorted(set(codes.values_list("code", flat=True))))


def obstacle_texts(need: NeedGap) -> list[tuple[str, int]]:
    """[(what stands in the way, firms)], in the order in which it is asked."""
    return [
        (str(obstacle.label), need.ruled_out[obstacle.name])
        for obstacle in Obstacle
        if obstacle.name in need.ruled_out
    ]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An offering, and what stands between it and the needs of the goods: [(why, needs)].

    `fits`: needs it could be introduced to now.
    """

    offering: Offering
    fits: int
    obstacles: tuple[tuple[str, int], ...]


def offerings_behind(goods: GoodsGap, now: datetime) -> Any:
    """The open offerings of verified firms of the supplying country that offer the goods."""
    found = Offering.objects.matchable(timezone.localdate(now)).filter(
        company__country=supplier_of(goods.direction)
    )
    if goods.concept is not None:
        return found.filter(
            pk__in=Offering.concepts.through.objects.filter(
                concept__in=below(goods.concept)
            ).values("offering")
        )
    if goods.level == GoodsLevel.HS6:
        return found.filter(hs6__contains=[goods.code])
    codes = {
        code
        for listed in found.filter(hs6__len__gt=0).values_list("hs6", flat=True)
        for code in listed
        if code.startswith(goods.code)
    }
    return found.filter(hs6__overlap=sorted(codes))


def shortfalls(
    goods: GoodsGap, offerings: Sequence[Offering], now: datetime
) -> tuple[list[Shortfall], int]:
    """Why the offerings do not suffice, and how many needs were asked (at most MOST_ASKED).

    By the market as it is at `now`.
    """
    asked = list(needs_behind(goods).values_list("need", flat=True)[:MOST_ASKED])
    tree = Goods()
    demands = load_demand(now=now, goods=tree, only=asked)
    supply = load_supply(
        supplier_of(goods.direction), now=now, goods=tree, only=[each.pk for each in offerings]
    )
    met: dict[UUID, Counter[int]] = {pk: Counter() for pk in supply.ids}
    for demand in demands:
        rows = np.sort(supply.relevant(demand))
        for row, code in zip(rows, supply.obstacles(demand, rows), strict=True):
            met[supply.ids[row]][int(code)] += 1
    found = [
        Shortfall(
            offering,
            met[offering.pk][Obstacle.NONE],
            tuple(
                (str(obstacle.label), met[offering.pk][obstacle])
                for obstacle in Obstacle
                if obstacle != Obstacle.NONE and met[offering.pk][obstacle]
            ),
        )
        for offering in offerings
        if offering.pk in met
    ]
    return found, len(demands)


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of the matches of some needs: [(state, matches)], [(reason, times)]."""

    states: tuple[tuple[str, str, int], ...]
    rejected: tuple[tuple[str, int], ...]
    declined: tuple[tuple[str, int], ...]


def fates(goods: GoodsGap) -> Fates:
    """The matches of the goods' needs by state; why staff rejected and firms declined."""
    matches = Match.objects.filter(
        need__in=needs_behind(goods).order_by().values("need"), is_prospect=False
    ).order_by()
    states = dict(matches.values_list("state").annotate(n=Count("pk")))
    ids = matches.values("pk")
    rejected = _reasons(Review.objects.filter(match__in=ids), RejectReason)
    refusals = Answer.objects.filter(match__in=ids).exclude(kind=AnswerKind.INTERESTED)
    return Fates(
        tuple(
            (code, str(label), states[code]) for code, label in MatchState.choices if code in states
        ),
        rejected,
        _reasons(refusals, DeclineReason),
    )


def _reasons(rows: QuerySet[Any], words: Any) -> tuple[tuple[str, int], ...]:
    counted = rows.exclude(reason="").order_by().values_list("reason").annotate(n=Count("pk"))
    return tuple(
        (str(words(code).label), times)
        for code, times in sorted(counted, key=lambda each: (-each[1], each[0]))
    )


def trend(goods: GoodsGap, as_of: datetime) -> list[tuple[Any, int, int]]:
    """[(as of, still wanted, gap)] of each day's count in the last 30 days, oldest first."""
    rows = GoodsGap.objects.filter(
        level=goods.level,
        code=goods.code,
        direction=goods.direction,
        report__as_of__gte=as_of - timedelta(days=TREND_DAYS),
    )
    return list(rows.order_by("report__as_of").values_list("report__as_of", "wanted", "gap"))


def with_needs(rows: Sequence[NeedGap]) -> list[tuple[NeedGap, Need]]:
    """Each figure with its need and the firm."""
    ids = [row.need_id for row in rows]
    found: Any = Need.objects.filter(pk__in=ids).select_related("company")
    needs: dict[UUID, Need] = {need.pk: need for need in found}
    return [(row, needs[row.need_id]) for row in rows if row.need_id in needs]


def below(concept: Concept) -> list[int]:
    """The concept and all narrower ones."""
    below: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Concept.objects.order_by().values_list("pk", "parent_id"):
        below[parent].append(pk)
    found = [concept.pk]
    for each in found:
        found.extend(below[each])
    return found
