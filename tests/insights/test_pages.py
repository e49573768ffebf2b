"""Pages and files of figures: what they show is what was counted, and who may see it."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import StaffRole
from companies.models import Company
from insights.definitions import FIGURES, GROUPS, Measure
from insights.forms.scope import ScopeForm
from insights.queries.figures import Value, values, wilson
from insights.queries.firms import gini
from insights.queries.lorenz import lorenz_curve
from insights.queries.scope import Scope
from insights.services import count_journeys
from insights.views.showing import Shown, change_text, duration_text, plain_number, value_text
from mailing.models import Message
from tests.factories import StaffFactory
from tests.insights.history import FIRST, LAST, year
from tests.matching.scenes import introduced_match

pytestmark = pytest.mark.django_db

YEAR = Scope(FIRST, LAST)
OWN = f"period=own&first={FIRST}&last={LAST}"


def staff(role: str = StaffRole.REVIEWER) -> Client:
    client = Client()
    client.force_login(StaffFactory(staff_role=role, language="en"))
    return client


def lines_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:])))


@pytest.fixture
def history(db: None) -> Any:
    return year(pairs=150, firms=12)


def test_a_match_that_went_through_the_services_is_a_journey() -> None:
    """The generated history is no invention of its own: the services leave the same behind."""
    match = introduced_match()
    match.events.create(
        to_state="proposed", reason="found", at=match.created_at - timedelta(hours=2)
    )
    count_journeys(now=datetime.now(UTC))
    journey = match.journeys.get()
    assert journey.state == "introduced"
    assert journey.decision == "approved"
    assert journey.decided_by == match.decided_by
    assert journey.both_answered_at is not None
    assert journey.introduced_at == match.introduction.at


def test_the_file_of_each_figure_holds_its_rows(history: Any) -> None:
    client = staff(StaffRole.SUPERVISOR)
    found = values(FIGURES, YEAR)
    assert found["proposed"].rows > 150
    for code, value in found.items():
        address = reverse("insights:figure_file", args=[code])
        _head, *rows = lines_of(client.get(f"{address}?{OWN}"))
        assert len(rows) == value.rows, code


def test_the_file_of_a_group_says_what_the_figures_say(history: Any) -> None:
    client = staff(StaffRole.SUPERVISOR)
    for code, group in GROUPS.items():
        found = values(group.figures, YEAR)
        _head, *rows = lines_of(client.get(f"{reverse('insights:group_file', args=[code])}?{OWN}"))
        told = {row[4]: row for row in rows if not row[2]}
        for name, value in found.items():
            assert told[name][7] == str(value.rows)
            assert told[name][6] == ("" if value.is_too_small else plain_number(value))
        months = [row for row in rows if row[2] == "By month"]
        for name in {row[4] for row in months}:
            assert sum(int(row[7]) for row in months if row[4] == name) == found[name].rows


def test_no_cell_of_a_file_is_a_formula(history: Any) -> None:
    Company.objects.update(name_en="=HYPERLINK(1)", name_ko="", name_ja="")
    address = reverse("insights:figure_file", args=["firms"])
    _head, *rows = lines_of(staff(StaffRole.SUPERVISOR).get(f"{address}?{OWN}"))
    assert {row[0] for row in rows} == {"'=HYPERLINK(1)"}


def test_reviewers_take_no_files(history: Any) -> None:
    client = staff()
    for name, args in (("figure_file", ["proposed"]), ("group_file", ["funnel"])):
        assert client.get(reverse(f"insights:{name}", args=args)).status_code == 403
    assert "As a file" not in client.get(reverse("insights:funnel")).text


def test_a_reviewer_sees_of_the_reviewers_only_the_own_line(history: Any) -> None:
    own, other = history.reviewers[0], history.reviewers[1]
    client = Client()
    client.force_login(own)
    page = client.get(f"{reverse('insights:workload')}?{OWN}").text
    assert own.name in page
    assert other.name not in page
    assert (
        other.name in staff(StaffRole.SUPERVISOR).get(f"{reverse('insights:workload')}?{OWN}").text
    )


def test_the_page_of_each_figure_shows_it_and_counts_its_rows(history: Any) -> None:
    client = staff()
    for code, value in values(FIGURES, YEAR).items():
        page = client.get(f"{reverse('insights:figure', args=[code])}?{OWN}")
        assert page.context["page"].paginator.count == value.rows, code
        assert value_text(value) in page.text, code
        assert str(FIGURES[code].counted) in unescape(page.text), code


def test_an_unknown_figure_is_not_found() -> None:
    assert staff().get(reverse("insights:figure", args=["nonsense"])).status_code == 404
    client = staff(StaffRole.SUPERVISOR)
    assert client.get(reverse("insights:group_file", args=["nonsense"])).status_code == 404


# Queries beyond those of the frame, which the page of definitions asks as well, when what was
# counted is kept.
BUDGETS = (
    ("overview", [], 30),
    ("funnel", [], 30),
    ("satisfaction", [], 12),
    ("fairness", [], 40),
    ("mail", [], 9),
    ("workload", [], 30),
    ("report", [], 50),
    ("figure", ["proposed"], 8),
    ("figure", ["mail_written"], 5),
    ("figure", ["decisions"], 8),
    ("figure", ["rated"], 5),
    ("figure", ["firms"], 8),
)


def test_pages_ask_the_database_a_fixed_number_of_times(
    history: Any, subtests: pytest.Subtests
) -> None:
    """Whether there are hundreds of rows or three."""
    client = staff(StaffRole.SUPERVISOR)
    client.get(reverse("insights:definitions"))
    frame = queries_of(client, reverse("insights:definitions"))
    for scope in (OWN, f"period=own&first={LAST}&last={LAST}"):
        for name, args, budget in BUDGETS:
            address = f"{reverse(f'insights:{name}', args=args)}?{scope}"
            client.get(address)
            with subtests.test(address):
                assert queries_of(client, address) - frame <= budget


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


def test_few_answers_are_no_percentage(history: Any) -> None:
    few = Value(FIGURES["satisfied_share"], 3, 0.75, 4)
    assert value_text(few) == "3 of 4"
    assert few.interval is None
    assert Shown(few.figure, few).note == "too few for a percentage"
    enough = Value(FIGURES["satisfied_share"], 4, 0.8, 5)
    assert value_text(enough) == "80.0%"


def test_wilson_and_gini_as_in_the_books() -> None:
    # 81 of 263: Newcombe (1998), table I, the score method without continuity correction.
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert gini([1], [4]) == pytest.approx(0)
    assert gini([0, 8], [3, 1]) == pytest.approx(0.75)
    assert gini([1, 2, 3], [1, 1, 1]) == gini([1, 2, 2, 3], [1, 1, 0, 1]) == pytest.approx(2 / 9)
    assert gini([], []) is gini([0], [2]) is None


def test_the_lorenz_curve_never_lies_above_equality_and_ends_with_all(history: Any) -> None:
    curve = lorenz_curve(YEAR)
    assert [round(point.firms, 1) for point in curve] == [step / 10 for step in range(11)]
    assert curve[0].proposals == 0
    assert curve[-1].proposals == pytest.approx(1)
    assert all(point.proposals <= point.firms + 1e-9 for point in curve)


def test_differences_are_told_with_their_sign() -> None:
    count, share = FIGURES["proposed"], FIGURES["rate_approved"]
    assert change_text(Value(count, 12, 12), Value(count, 10, 10)) == "+2 (+20%)"
    assert change_text(Value(count, 8, 8), Value(count, 10, 10)) == "−2 (−20%)"
    assert change_text(Value(count, 8, 8), Value(count, 0, 0)) == "+8"
    assert change_text(Value(share, 6, 0.6, 10), Value(share, 5, 0.5, 10)) == "+10.0 points"
    assert change_text(Value(share, 6, 0.6, 10), Value(share, 2, 0.5, 4)) == ""
    wait = FIGURES["wait_answer_median"]
    assert wait.measure == Measure.MEDIAN
    two, three = timedelta(days=2), timedelta(days=3)
    assert change_text(Value(wait, 9, three), Value(wait, 9, two)) == "+1.0 days"
    assert duration_text(timedelta(hours=5)) == "5.0 hours"


def periods() -> Iterator[tuple[str, Scope, Scope]]:
    """(query, scope, the one before) on 22 November 2026."""
    november, october = date(2026, 11, 1), date(2026, 10, 1)
    today = date(2026, 11, 22)
    yield (
        "period=last_month",
        Scope(october, date(2026, 10, 31)),
        Scope(date(2026, 9, 1), date(2026, 9, 30)),
    )
    yield (
        "period=this_month",
        Scope(november, today),
        Scope(date(2026, 10, 10), date(2026, 10, 31)),
    )
    yield (
        "period=quarter",
        Scope(october, today),
        Scope(date(2026, 8, 9), date(2026, 9, 30)),
    )
    yield "", Scope(date(2025, 12, 1), today), Scope(date(2024, 12, 9), date(2025, 11, 30))
    yield (
        "first=2026-03-05&last=2026-03-07",
        Scope(date(2026, 3, 5), date(2026, 3, 7)),
        Scope(date(2026, 3, 2), date(2026, 3, 4)),
    )


@pytest.mark.parametrize(("query", "scope", "before"), list(periods()))
def test_periods(query: str, scope: Scope, before: Scope) -> None:
    asked = ScopeForm(QueryDict(query), today=date(2026, 11, 22)).scope()
    assert asked == scope
    assert asked.before() == before


def test_a_range_that_makes_no_sense_is_said_and_the_last_year_shown() -> None:
    page = staff().get(
        f"{reverse('insights:overview')}?period=own&first=2026-03-05&last=2026-03-01"
    )
    assert "The last day comes before the first." in page.text
    assert page.context["scope"].days > 300


def test_the_report_of_a_month_compares_with_the_month_before(history: Any) -> None:
    page = staff().get(reverse("insights:report"))
    scope, before = page.context["scope"], page.context["before"]
    assert scope.first.day == 1
    assert before.last == scope.first - timedelta(days=1)
    assert scope.before() == before


def test_mails_say_that_opening_is_not_tracked(history: Any) -> None:
    assert Message.objects.exists()
    assert "is not tracked" in staff().get(reverse("insights:mail")).text
