"""Figures through the API: what the pages count, with the rows behind each."""

from datetime import UTC, datetime

import pytest

from insights.definitions import FIGURES
from insights.models import GapReport
from insights.queries.figures import breakdown, values
from insights.queries.scope import Scope
from insights.services import compute_gaps, request_gaps
from tests.api.callers import inside, program
from tests.factories import StaffFactory
from tests.insights.history import FIRST, LAST, year
from tests.insights.markets import random_market

pytestmark = pytest.mark.django_db
FIGURES_AT = "/api/v1/insights/"
RANGE = f"from={FIRST}&to={LAST}"


@pytest.fixture
def staff():
    return program(StaffFactory(staff_role="supervisor", language="en"), "data")


def test_every_figure_is_told_and_its_rows_are_as_many(staff):
    year(pairs=60, firms=8)
    scope = Scope(FIRST, LAST)
    told = staff.get(f"{FIGURES_AT}?{RANGE}").json()
    assert told["scope"]["first"] == str(FIRST)
    found = {figure["code"]: figure for figure in told["figures"]}
    assert found.keys() == FIGURES.keys()
    expected = values(FIGURES, scope)
    for code, figure in found.items():
        assert (figure["rows"], figure["base"]) == (expected[code].rows, expected[code].base)
        assert figure["label"]
        assert figure["definition"]
    assert found["proposed"]["unit"] == "count"
    for code in ("proposed", "decision_wait_median", "coverage_proposed", "mail_written",
                 "satisfied"):  # fmt: skip
        rows, address = 0, f"{FIGURES_AT}{code}/rows/?{RANGE}&limit=200"
        while address:
            page = staff.get(address).json()
            rows, address = rows + len(page["results"]), page["next"]
        assert rows == expected[code].rows, code


@pytest.mark.parametrize("by", ["month", "sector", "direction"])
def test_a_figure_in_its_parts(staff, by):
    year(pairs=40, firms=8)
    told = staff.get(f"{FIGURES_AT}introduced/?{RANGE}&by={by}").json()
    lines = breakdown(["introduced"], Scope(FIRST, LAST), by)
    assert [line["rows"] for line in told["lines"]] == [
        line.values["introduced"].rows for line in lines
    ]
    if by == "month":
        assert told["lines"][0]["key"] == f"{FIRST:%Y-%m}"
    if by == "direction":
        assert sum(line["rows"] for line in told["lines"]) == told["rows"]
        one = staff.get(f"{FIGURES_AT}introduced/?{RANGE}&direction=kr_to_jp").json()
        assert one["rows"] == told["lines"][0]["rows"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("from=yesterday&to=2026-01-01", "from"), ("to=2026-01-01", "from"),
     ("sector=magic", "sector"),
     ("from=2026-02-01&to=2026-01-01", "to"), ("direction=up", "direction"),
     ("group=magic", "group")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(staff, query, parameter):
    answer = staff.get(f"{FIGURES_AT}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter
    assert staff.get(f"{FIGURES_AT}mail_written/?by=sector").status_code == 422
    for wrong in ("to=", "from=", "from=2000-01-01"):
        refused = staff.get(f"{FIGURES_AT}?{wrong}")
        assert refused.status_code == 422
        assert all(each["code"] and each["detail"] for each in refused.json()["errors"])
    assert staff.get(f"{FIGURES_AT}decisions/?by=reviewer").status_code == 422
    assert staff.get(f"{FIGURES_AT}happiness/").status_code == 404


def test_reviewers_see_figures_and_take_no_rows_away():
    browser = inside(StaffFactory())
    assert browser.get(f"{FIGURES_AT}introduced/").status_code == 200
    assert browser.get(f"{FIGURES_AT}introduced/rows/").status_code == 403


def test_the_gap_map(staff, django_assert_max_num_queries):
    assert staff.get(f"{FIGURES_AT}gaps/").json()["results"] == []
    now = datetime.now(UTC)
    random_market(3, now=now)
    request_gaps(actor=None, now=now)
    compute_gaps(report_id=GapReport.objects.get().pk, clock=lambda: datetime.now(UTC))
    with django_assert_max_num_queries(6):
        rows = staff.get(f"{FIGURES_AT}gaps/?covered=true").json()["results"]
    assert rows
    assert all(row["level"] == "concept" and row["label"] and row["as_of"] for row in rows)
    short = staff.get(f"{FIGURES_AT}gaps/").json()["results"]
    assert short == [row for row in rows if row["gap"]]
    assert staff.get(f"{FIGURES_AT}gaps/?level=hs9").status_code == 422
