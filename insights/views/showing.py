"""Figures as a reader sees them: numbers in the reader's language, differences, charts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from common.formatting import number_text, percent_text
from insights.definitions import FIGURES, Breakdown, Figure, Group, Measure, Section, Text
from insights.queries.figures import Line, Value, breakdown, values
from insights.queries.scope import Scope

DAY, HOUR, MINUTE = 86_400, 3600, 60


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure in one line: its number, what it was before, and how sure it is."""

    figure: Figure
    value: Value
    before: Value | None = None

    @property
    def text(self) -> str:
        return value_text(self.value)

    @property
    def plain(self) -> str:
        """As a chart reads it."""
        return plain_number(self.value)

    @property
    def before_text(self) -> str:
        return value_text(self.before) if self.before else "–"

    @property
    def change(self) -> str:
        return change_text(self.value, self.before) if self.before else ""

    @property
    def note(self) -> str:
        """Of a share: how many of how many, and the interval in which the truth may lie."""
        value = self.value
        if not value.base:
            return ""
        if value.is_too_small:
            return _("too few for a percentage")
        return of_text(value)

    @property
    def interval(self) -> str:
        if not (ends := self.value.interval):
            return ""
        low, high = (percent_text(end, 1) for end in ends)
        return _("95%% interval: %(low)s to %(high)s") % {"low": low, "high": high}


@dataclass(frozen=True, slots=True)
class ShownSection:
    title: Text
    rows: list[Shown]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A breakdown; only tables with rows are drawn."""

    asked: Breakdown
    figures: list[Figure]
    lines: list[tuple[str, list[Shown]]]

    @property
    def chart(self) -> str:
        return self.asked.chart if len(self.lines) > 1 else ""


def value_text(value: Value) -> str:
    number = value.number
    if number is None:
        return "–"
    if value.is_too_small:
        return of_text(value)
    if isinstance(number, timedelta):
        return duration_text(number)
    if value.figure.measure == Measure.SHARE:
        return percent_text(number, 1)
    if value.figure.measure == Measure.GINI:
        return number_text(number, 2)
    return number_text(number)


def of_text(value: Value) -> str:
    return _("%(part)s of %(whole)s") % {
        "part": number_text(value.rows),
        "whole": number_text(value.base or 0),
    }


def duration_text(duration: timedelta) -> str:
    """In the largest unit of which there is at least one."""
    seconds = duration.total_seconds()
    if seconds >= DAY:
        return _("%(number)s days") % {"number": number_text(seconds / DAY, 1)}
    if seconds >= HOUR:
        return _("%(number)s hours") % {"number": number_text(seconds / HOUR, 1)}
    return _("%(number)s minutes") % {"number": number_text(seconds / MINUTE, 1)}


def change_text(value: Value, before: Value) -> str:
    """How much more or less than before, with its sign; empty where there is nothing to compare."""
    if value.number is None or before.number is None:
        return ""
    if value.base is not None and (value.is_too_small or before.is_too_small):
        return ""
    if isinstance(value.number, timedelta) and isinstance(before.number, timedelta):
        longer = value.number - before.number
        return _signed(longer.total_seconds(), duration_text(abs(longer)))
    return _change_of_number(value, float(plain_number(value)), float(plain_number(before)))


def _change_of_number(value: Value, now: float, before: float) -> str:
    difference = now - before
    if value.figure.measure == Measure.SHARE:
        points = _("%(number)s points") % {"number": number_text(abs(difference), 1)}
        return _signed(difference, points)
    if value.figure.measure == Measure.GINI:
        return _signed(difference, number_text(abs(difference), 2))
    text = _signed(difference, number_text(abs(int(difference))))
    if not before or not difference:
        return text
    share = difference / before
    return f"{text} ({_signed(share, percent_text(abs(share)))})"


def _signed(difference: float, text: str) -> str:
    return f"+{text}" if difference > 0 else f"−{text}" if difference < 0 else text


def plain_number(value: Value) -> str:
    """For charts and files, in no language: durations in days, shares in percent."""
    number = value.number
    if number is None:
        return ""
    if isinstance(number, timedelta):
        return f"{number.total_seconds() / DAY:.4f}"
    if value.figure.measure == Measure.SHARE:
        return f"{number * 100:.4f}"
    return f"{number:.4f}" if isinstance(number, float) else str(number)


def sections(group: Group, scope: Scope) -> list[ShownSection]:
    now, before = values(group.figures, scope), values(group.figures, scope.before())
    return [_section(section, now, before) for section in group.sections]


def _section(section: Section, now: dict[str, Value], before: dict[str, Value]) -> ShownSection:
    rows = [Shown(FIGURES[code], now[code], before[code]) for code in section.figures]
    return ShownSection(section.title, rows)


def tables(group: Group, scope: Scope, *, only_reviewer: Any = None) -> list[ShownTable]:
    """The breakdowns of a page; `only_reviewer`: of the reviewers only this one."""
    return [_table(asked, scope, only_reviewer) for asked in group.breakdowns]


def _table(asked: Breakdown, scope: Scope, only_reviewer: Any) -> ShownTable:
    lines = breakdown(asked.figures, scope, asked.dimension)
    if asked.dimension == "reviewer" and only_reviewer is not None:
        lines = [line for line in lines if line.key == only_reviewer]
    return ShownTable(
        asked, [FIGURES[code] for code in asked.figures], [_line(line, asked) for line in lines]
    )


def _line(line: Line, asked: Breakdown) -> tuple[str, list[Shown]]:
    return line.label, [Shown(FIGURES[code], line.values[code]) for code in asked.figures]
