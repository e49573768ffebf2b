"""What the figures are: one query for each source that they are counted from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db.models import Aggregate, Count, F, QuerySet

from insights.choices import LEAST_SAMPLE
from insights.definitions import FIGURES, NARROWED, Figure, Measure, Source
from insights.queries.dimensions import grouping, labels, parts, scope_of
from insights.queries.firms import counted_in, firms_of
from insights.queries.keeping import kept
from insights.queries.scope import Scope
from insights.queries.sources import rows_of

# Of the normal distribution, for an interval that holds in 95 of 100 samples.
Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Value:
    """A figure in one scope: `rows` stand behind it, of `base` in the case of a share.

    `number` is the count, the share in [0, 1], the duration or the coefficient; None when there
    is none, because there are no rows.
    """

    figure: Figure
    rows: int
    number: float | timedelta | None
    base: int | None = None

    @property
    def is_too_small(self) -> bool:
        """A share of so few rows that a percentage would only look exact."""
        return self.base is not None and self.base < LEAST_SAMPLE

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of a share: Wilson's score interval, which holds in 95 of 100 samples."""
        if self.base is None or self.is_too_small or self.rows > self.base:
            return None
        return wilson(self.rows, self.base)


@dataclass(frozen=True, slots=True)
class Line:
    """One group of a breakdown."""

    key: Any
    label: str
    values: dict[str, Value]


def wilson(hits: int, total: int) -> tuple[float, float]:
    """E. B. Wilson, Probable inference (1927): the interval stays in [0, 1] and is good for few."""
    share = hits / total
    middle = (share + Z**2 / (2 * total)) / (1 + Z**2 / total)
    half = Z * (share * (1 - share) / total + Z**2 / (4 * total**2)) ** 0.5 / (1 + Z**2 / total)
    return max(middle - half, 0.0), min(middle + half, 1.0)


class Percentile(Aggregate):
    """The value that a share of the rows does not exceed, between two rows in proportion."""

    template = "percentile_cont(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, fraction: float, **extra: Any) -> None:
        super().__init__(expression, fraction=fraction, **extra)


FRACTIONS: Final = {Measure.MEDIAN: 0.5, Measure.P90: 0.9}


def values(codes: Iterable[str], scope: Scope) -> dict[str, Value]:
    """code → value in `scope`."""
    figures = [FIGURES[code] for code in codes]
    counted: dict[str, Any] = {}
    for source in dict.fromkeys(figure.source for figure in figures):
        asked = [figure for figure in figures if figure.source == source]
        if source == Source.FIRMS:
            counted |= counted_in(firms_of(scope), _counted_figures(asked))
            continue
        rows = rows_of(source, scope)
        wanted = _aggregates(asked)
        counted |= kept(source, (scope, *sorted(wanted)), partial(rows.aggregate, **wanted))
    return {figure.code: _value(figure, counted) for figure in figures}


def breakdown(codes: Iterable[str], scope: Scope, dimension: str) -> list[Line]:
    """The same figures, of one source, for each group of `dimension`, in the groups' order."""
    figures = [FIGURES[code] for code in codes]
    source = figures[0].source
    scope = scope_of(dimension, scope)
    codes = tuple(codes)
    if source == Source.FIRMS:
        return _of_firms(figures, scope, dimension)
    group = grouping(dimension, source)
    if group is None:
        return [
            Line(key, label, values(codes, part)) for key, label, part in parts(dimension, scope)
        ]
    rows = rows_of(source, scope).filter(group.where).annotate(group=group.expression)
    found = kept(source, (scope, dimension, *codes), partial(_groups, figures, rows))
    empty = dict.fromkeys(_aggregates(figures), 0)
    return [
        Line(
            key,
            label,
            {figure.code: _value(figure, found.get(key, empty)) for figure in figures},
        )
        for key, label in labels(dimension, scope, list(found))
    ]


def _groups(figures: Collection[Figure], rows: QuerySet[Any]) -> dict[Any, dict[str, Any]]:
    """What was counted of each value of `group`."""
    counted = rows.values("group").annotate(**_aggregates(figures)).order_by("group")
    return {row.pop("group"): row for row in counted}


def _of_firms(figures: Collection[Figure], scope: Scope, dimension: str) -> list[Line]:
    """Firms by country or by sector."""
    if dimension == "country":
        whole = firms_of(scope)
        groups = [
            (key, label, whole.of_country(key)) for key, label in labels(dimension, scope, [])
        ]
    else:
        groups = [(key, label, firms_of(part)) for key, label, part in parts(dimension, scope)]
    lines = []
    for key, label, part in groups:
        counted = counted_in(part, _counted_figures(figures))
        lines.append(Line(key, label, {each.code: _value(each, counted) for each in figures}))
    return lines


def rows_behind(figure: Figure, scope: Scope) -> QuerySet[Any]:
    """The rows of a figure: as many as its value says it has."""
    part = FIGURES[figure.part] if figure.part else figure
    found = rows_of(part.source, scope).filter(part.where)
    if figure.value:
        found = found.annotate(number_behind=F(figure.value))
    return found


def is_narrowed(figure: Figure) -> bool:
    """Whether a sector or a direction makes a difference to the figure."""
    return figure.source in NARROWED


def _counted_figures(figures: Iterable[Figure]) -> list[Figure]:
    """The figures themselves, and those that their shares are made of."""
    found = {}
    for figure in figures:
        for each in (figure, *(FIGURES[code] for code in (figure.part, figure.of) if code)):
            if each.measure != Measure.SHARE:
                found[each.code] = each
    return list(found.values())


def _aggregates(figures: Iterable[Figure]) -> dict[str, Any]:
    """name → aggregate: for each figure its rows `n_`, and for some the number `v_`."""
    wanted: dict[str, Any] = {}
    for each in _counted_figures(figures):
        wanted[f"n_{each.code}"] = Count("pk", filter=each.where or None)
        if each.measure in FRACTIONS:
            wanted[f"v_{each.code}"] = Percentile(
                each.value, FRACTIONS[each.measure], filter=each.where or None
            )
    return wanted


def _value(figure: Figure, counted: dict[str, Any]) -> Value:
    if figure.measure == Measure.SHARE:
        rows, base = counted[f"n_{figure.part}"], counted[f"n_{figure.of}"]
        return Value(figure, rows, rows / base if base else None, base)
    rows = counted[f"n_{figure.code}"]
    if figure.measure == Measure.COUNT:
        return Value(figure, rows, rows)
    return Value(figure, rows, counted.get(f"v_{figure.code}") if rows else None)
