"""Every figure equals an independent SQL computation, and adds up to the rows behind it."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from insights.definitions import FIGURES, GROUPS, Measure, Source, funnel, mail
from insights.queries.dimensions import BECAUSE
from insights.queries.figures import Value, breakdown, rows_behind, values
from insights.queries.scope import Scope
from insights.services import count_journeys
from matching.choices import Direction
from taxonomy.models import Sector
from tests.insights import independent
from tests.insights.history import END, FIRST, LAST, year
from tests.insights.independent import SQL, Asked

pytestmark = pytest.mark.django_db

YEAR = Scope(FIRST, LAST)


@pytest.fixture
def history(db: None) -> Any:
    made = year()
    independent.prepare()
    return made


def number_of(value: Value) -> float | None:
    number = value.number
    return number.total_seconds() if isinstance(number, timedelta) else number


def same(ours: float | None, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return abs(ours - float(theirs)) <= 1e-5 * max(1, abs(ours))


def months() -> list[tuple[date, date]]:
    firsts = [date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 13))]
    return [(a, b - timedelta(days=1)) for a, b in itertools.pairwise(firsts)]


def differences(scope: Scope, asked: Asked, codes: Any = FIGURES) -> list[str]:
    found = values(codes, scope)
    return [
        f"{code}: {number_of(found[code])} is not {theirs} in {asked}"
        for code in codes
        if not same(number_of(found[code]), theirs := SQL[code](asked))
    ]


def test_every_figure_has_its_own_sql() -> None:
    assert set(SQL) == set(FIGURES)
    assert set(FIGURES) == {code for group in GROUPS.values() for code in group.figures}


def test_the_year_holds_something_of_everything(history: Any) -> None:
    """Else equal figures would prove nothing."""
    found = values(FIGURES, YEAR)
    assert [code for code, value in found.items() if not value.rows] == []
    assert [code for code, value in found.items() if value.number is None] == []


def test_every_figure_equals_its_sql_overall(history: Any) -> None:
    assert differences(YEAR, Asked(FIRST, LAST)) == []


def test_every_figure_equals_its_sql_by_sector_and_direction(history: Any) -> None:
    faults = []
    for sector in Sector.objects.all():
        faults += differences(
            Scope(FIRST, LAST, sector=sector.pk), Asked(FIRST, LAST, sector=sector.pk)
        )
    for direction in Direction.values:
        faults += differences(
            Scope(FIRST, LAST, direction=direction), Asked(FIRST, LAST, direction=direction)
        )
    both = {"sector": Sector.objects.get(code="bio").pk, "direction": "kr_to_jp"}
    faults += differences(Scope(FIRST, LAST, **both), Asked(FIRST, LAST, **both))
    assert faults == []


def test_every_figure_equals_its_sql_in_every_month(history: Any) -> None:
    faults = []
    for first, last in months():
        faults += differences(Scope(first, last), Asked(first, last))
    assert faults == []


@pytest.mark.parametrize("code", GROUPS)
def test_breakdowns_equal_the_sql_of_each_group(history: Any, code: str) -> None:
    faults = []
    for asked in GROUPS[code].breakdowns:
        for line in breakdown(asked.figures, YEAR, asked.dimension):
            question = question_of(asked.dimension, line.key, FIGURES[asked.figures[0]].source)
            for name, value in line.values.items():
                theirs = SQL[name](question)
                if not same(number_of(value), theirs):
                    faults.append(f"{asked.dimension} {line.label} {name}: {value.number} {theirs}")
    assert faults == []


def question_of(dimension: str, key: Any, source: str) -> Asked:
    """What the SQL is asked for one line of a breakdown."""
    if dimension == "month" and source == Source.RATINGS:
        # The last word of a side is that of the whole range.
        month = f"date_trunc('month', r.at AT TIME ZONE 'Asia/Seoul') = '{key}'"
        return Asked(FIRST, LAST, extra=month)
    if dimension == "month":
        return Asked(*next(pair for pair in months() if pair[0] == key))
    if dimension == "day":
        return Asked(key, key)
    if dimension == "sector":
        return Asked(FIRST, LAST, sector=key)
    if dimension == "direction":
        return Asked(FIRST, LAST, direction=key)
    if dimension in BECAUSE:
        state = BECAUSE[dimension]
        return Asked(FIRST, LAST, extra=f"p.because = '{key}' AND p.final = '{state}'")
    if dimension == "reviewer":
        return Asked(FIRST, LAST, extra=f"p.reviewer = {key}")
    if dimension == "country" and source == Source.RATINGS:
        buying = "jp_to_kr" if key == "KR" else "kr_to_jp"
        return Asked(FIRST, LAST, extra=f"(r.side = 'buyer') = (m.direction = '{buying}')")
    table = {Source.FIRMS: "c", Source.MAILS: "t"}[Source(source)]
    return Asked(FIRST, LAST, extra=f"{table}.{dimension} = '{key}'")


def test_the_rows_behind_are_as_many_as_the_figure_says(history: Any) -> None:
    for scope in (YEAR, Scope(*months()[4], direction="jp_to_kr")):
        found = values(FIGURES, scope)
        for code, figure in FIGURES.items():
            behind = rows_behind(figure, scope)
            assert behind.count() == found[code].rows, code
            assert len({row.pk for row in behind}) == found[code].rows, code
            if figure.measure in (Measure.MEDIAN, Measure.P90):
                assert all(row.number_behind is not None for row in behind), code


def test_where_proposals_and_mails_stand_adds_up_to_all_of_them(history: Any) -> None:
    for standing, whole in ((funnel.STANDING, "proposed"), (mail.STANDING, "mail_written")):
        found = values([*standing, whole], YEAR)
        assert sum(found[code].rows for code in standing) == found[whole].rows


def test_counting_again_changes_nothing_and_finds_what_changed(history: Any) -> None:
    assert count_journeys(now=END) == 0
    match = history.rows[next(iter(history.rows))][0]
    rounds = match.journeys.count()
    assert rounds
    match.delete()
    before = values(["proposed"], YEAR)["proposed"].rows
    assert count_journeys(now=END) == 0
    assert values(["proposed"], YEAR)["proposed"].rows == before
