"""The visitor's home page: the report's figures from one place, the service's own from the rows."""

from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from insights import report
from tests.factories import CompanyFactory, NeedFactory, OfferingFactory, SectorFactory

pytestmark = pytest.mark.django_db


def test_every_figure_of_the_report_stands_in_a_table_with_its_sample() -> None:
    page = unescape(Client().get("/en/").text)
    for chart in report.CHARTS:
        assert str(chart.sample) in page
        for row in chart.rows:
            for figure in row.figures:
                assert f'data-value="{figure.data}">{figure.text}</td>' in page
    for wish in report.WISHES:
        assert str(wish.what) in page


def test_trade_grew_as_the_report_says() -> None:
    first, last = (row.figures[0].value for row in report.CHARTS[0].rows)
    # The report counts with more digits than it prints: 0.2 stands for 0.215 to 0.224.
    assert 0.15 < last / report.TRADE_TIMES < first + 0.05


def test_a_service_without_firms_shows_no_zeros() -> None:
    assert "On Gagyo today" not in Client().get("/en/").text
    CompanyFactory()
    cache.clear()
    page = Client().get("/en/").text
    assert "verified Korean firms" in page
    assert "verified Japanese firms" not in page
    assert "introductions" not in page.split('id="now"')[1].split("</section>")[0]


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_the_database_the_same_for_every_number_of_firms(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        sectors = [SectorFactory(code=f"s{number}")]
        OfferingFactory(company__sectors=sectors)
        NeedFactory(company__sectors=sectors)
    Client().get("/")
    with django_assert_num_queries(3):  # figures kept, firms by sector kept, sectors
        Client().get("/")


def test_how_it_works_names_the_settings(settings: Settings) -> None:
    settings.MATCH_ANSWER_DAYS = 33
    settings.MATCH_OUTCOME_DAYS = (31, 91, 181)
    page = Client().get("/en/how-it-works/").text
    assert "33 days" in page
    assert "31, 91 and 181 days" in page


def test_privacy_names_who_processes_data(settings: Settings) -> None:
    settings.PRIVACY_PROCESSORS = []
    assert "the association runs the servers" in Client().get("/en/privacy/").text
    settings.PRIVACY_PROCESSORS = ["Example Cloud (servers, Korea)"]
    page = Client().get("/en/privacy/").text
    assert "Example Cloud (servers, Korea)" in page
    assert "the association runs the servers" not in page
