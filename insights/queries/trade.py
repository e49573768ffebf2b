"""Korea–Japan trade as the uploaded statistics say it. Groups overlap: nothing is added up here."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise

from insights.choices import UploadState
from insights.models import GoodsGap, TradeFigure, TradeUpload
from insights.queries.gaps import below, needs_behind
from insights.trade_groups import GROUPS, TOTAL, Group, groups_of
from matching.choices import Direction
from taxonomy.models import Concept

# Years between a value and the one it is compared with in the long run.
LONG: Final = 5
Values = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class YearRow:
    """One year; `values`: {direction: value}, absent where the source says nothing."""

    year: int
    is_partial: bool
    kr_to_jp: Decimal | None
    jp_to_kr: Decimal | None


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One group in one year, with what it was the year before and LONG years before."""

    key: str
    goods: str
    label: str | Promise
    is_named: bool
    hs: str
    kr_to_jp: Decimal | None
    kr_to_jp_change: Decimal | None
    kr_to_jp_long: Decimal | None
    jp_to_kr: Decimal | None
    jp_to_kr_change: Decimal | None
    jp_to_kr_long: Decimal | None


@dataclass(frozen=True, slots=True)
class TradeBehind:
    """The trade of a group that some goods belong to, and why they are thought to."""

    key: str
    group: Group
    figure: TradeFigure


def current_uploads() -> list[TradeUpload]:
    """The file in use of each source, the latest first."""
    found = TradeUpload.objects.filter(state=UploadState.CURRENT).defer("content", "faults")
    return list(found.select_related("uploaded_by").order_by("-used_at", "pk"))


def years_of(upload: TradeUpload) -> list[tuple[int, bool]]:
    """[(year, whether it is partial)], the latest first."""
    found: dict[int, bool] = {}
    for year, is_partial in (
        upload.figures.order_by().values_list("year", "is_partial_year").distinct()
    ):
        found[year] = found.get(year, False) or is_partial
    return sorted(found.items(), reverse=True)


def series(upload: TradeUpload, key: str = TOTAL) -> list[YearRow]:
    """A group year by year, the earliest first."""
    values: defaultdict[int, Values] = defaultdict(dict)
    partial: set[int] = set()
    for figure in upload.figures.filter(key=key).order_by("year"):
        values[figure.year][figure.direction] = figure.value
        if figure.is_partial_year:
            partial.add(figure.year)
    return [
        YearRow(
            year,
            year in partial,
            found.get(Direction.KR_TO_JP),
            found.get(Direction.JP_TO_KR),
        )
        for year, found in sorted(values.items())
    ]


def goods_rows(upload: TradeUpload, year: int) -> list[GoodsRow]:
    """All groups in a year but the total, the largest first. No change is told from or to a part of
    a year."""
    figures = upload.figures.filter(year__in=[year, year - 1, year - LONG]).exclude(key=TOTAL)
    names: dict[str, str] = {}
    values: dict[tuple[str, str, int], Decimal] = {}
    whole: dict[tuple[str, str, int], Decimal] = {}
    for figure in figures:
        place = (figure.key, figure.direction, figure.year)
        values[place] = figure.value
        names[figure.key] = figure.goods
        if not figure.is_partial_year:
            whole[place] = figure.value

    def change(key: str, direction: str, years: int) -> Decimal | None:
        now, then = whole.get((key, direction, year)), whole.get((key, direction, year - years))
        return None if now is None or not then else (now - then) / then

    rows = [
        GoodsRow(
            key,
            name,
            label_of(key, name),
            key in GROUPS,
            ", ".join(GROUPS[key].hs) if key in GROUPS else "",
            values.get((key, Direction.KR_TO_JP, year)),
            change(key, Direction.KR_TO_JP, 1),
            change(key, Direction.KR_TO_JP, LONG),
            values.get((key, Direction.JP_TO_KR, year)),
            change(key, Direction.JP_TO_KR, 1),
            change(key, Direction.JP_TO_KR, LONG),
        )
        for key, name in names.items()
    ]
    present = [row for row in rows if row.kr_to_jp is not None or row.jp_to_kr is not None]
    return sorted(present, key=lambda row: (-max(row.kr_to_jp or 0, row.jp_to_kr or 0), row.goods))


def label_of(key: str, name: str) -> str | Promise:
    """The group in the reader's language; one that is not known as the source writes it."""
    return GROUPS[key].label if key in GROUPS else name.strip("()")


def trade_behind(goods: GoodsGap, uploads: Sequence[TradeUpload]) -> list[TradeBehind]:
    """What the supplying country sold to the other of the groups that the goods belong to, in the
    last whole year of the latest file that tells it."""
    groups = dict(groups_of(hs_codes(goods)))
    found: dict[str, TradeFigure] = {}
    order = {upload.pk: place for place, upload in enumerate(uploads)}
    figures = (
        TradeFigure.objects.filter(
            upload__in=order, key__in=groups, direction=goods.direction, is_partial_year=False
        )
        .select_related("upload")
        .defer("upload__content", "upload__faults")
        .order_by("year")
    )
    for figure in sorted(figures, key=lambda each: (-order[each.upload_id], each.year)):
        found[figure.key] = figure
    return [TradeBehind(key, groups[key], found[key]) for key in sorted(found)]


def hs_codes(goods: GoodsGap) -> set[str]:
    """The six-digit codes of the goods: those of the concept and of its narrower ones; where the
    taxonomy knows none, those that its needs name. An HS heading stands for itself."""
    if goods.concept is None:
        return {goods.code}
    lists = Concept.objects.filter(pk__in=below(goods.concept)).values_list("hs6", flat=True)
    codes = {code for codes in lists for code in codes}
    if not codes:
        codes = {code for need in needs_behind(goods) for code in need.hs}
    return codes
