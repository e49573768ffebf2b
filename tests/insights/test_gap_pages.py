"""The pages of the supply gap map: what they show, in how many queries, and their files."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from insights.models import GapReport, GoodsGap, NeedGap
from matching.choices import MatchState
from matching.models import Review
from taxonomy.choices import ConceptKind
from tests.factories import (
    CertificationFactory,
    ConceptFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    SectorFactory,
    StaffFactory,
)
from tests.insights.test_gap_figures import computed

pytestmark = pytest.mark.django_db

PHOTORESIST = ["kr_to_jp", "concept", "photoresist"]


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def gap_of_photoresist(**fields: Any) -> Any:
    """A Japanese need of two suppliers, and one Korean offering without its certificate."""
    concept = ConceptFactory(
        code="photoresist",
        kind=ConceptKind.MATERIAL,
        sector=SectorFactory(),
        label_en="photoresist",
    )
    need = NeedFactory(concepts=[concept], seats=2, hs6=["370790"], **fields)
    need.required_certifications.set([CertificationFactory(code="iatf_16949")])
    held = CertificationFactory(code="iso_9001", label_en="ISO 9001")
    OfferingFactory(concepts=[concept], certifications=[held], title_en="Resist of Hanbit")
    return need


def text(response: HttpResponse) -> str:
    assert response.status_code == 200
    return response.content.decode()


def rows(response: HttpResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))


def test_before_the_first_count_the_page_says_how_to_begin(staff: Client) -> None:
    assert "Nothing has been counted yet" in text(staff.get(reverse("insights:gaps")))
    said = text(staff.post(reverse("insights:gaps_compute"), follow=True))
    assert "The market is being counted." in said
    assert GapReport.objects.count() == 1


def test_the_map_shows_the_gap_with_its_marks_and_time(staff: Client) -> None:
    gap_of_photoresist(is_single_sourced=True, stock_cover_days=7, risk_reason="disaster")
    computed(timezone.now())
    page = text(staff.get(reverse("insights:gaps")))
    for shown in (
        "photoresist",
        "1 single-sourced",
        "1 critical",
        "disaster",
        "gap 2 of 2",
        "As of",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("q=photores", True),
        ("q=bearing", False),
        ("direction=jp_to_kr", False),
        ("single=on", False),
        ("risk=price", True),
        ("risk=disaster", False),
        ("level=hs4", False),
    ],
)
def test_filters(staff: Client, query: str, is_found: bool) -> None:
    gap_of_photoresist(risk_reason="price")
    computed(timezone.now())
    address = reverse("insights:gap", args=PHOTORESIST)
    page = text(staff.get(f"{reverse('insights:gaps')}?{query}"))
    assert (f'class="text-link" href="{address}"' in page) is is_found


def test_hs_view_names_the_concepts_under_the_code(staff: Client) -> None:
    gap_of_photoresist()
    ConceptFactory(code="chemicals", label_en="photographic chemicals", hs6=["370790"])
    computed(timezone.now())
    page = text(staff.get(f"{reverse('insights:gaps')}?level=hs6&sector="))
    assert "HS 3707.90" in page
    assert "photographic chemicals" in page


def test_covered_goods_are_left_out_unless_asked_for(staff: Client) -> None:
    concept = ConceptFactory(code="photoresist")
    NeedFactory(concepts=[concept], seats=1)
    OfferingFactory(concepts=[concept])
    computed(timezone.now())
    address = reverse("insights:gap", args=PHOTORESIST)
    wanted = f'class="text-link" href="{address}"'
    assert wanted not in text(staff.get(reverse("insights:gaps")))
    assert wanted in text(staff.get(f"{reverse('insights:gaps')}?covered=on"))


def test_behind_a_gap_stand_its_needs_and_why_firms_are_ruled_out(staff: Client) -> None:
    need = gap_of_photoresist(title_en="ArF resist wanted")
    match = MatchFactory(need=need, state=MatchState.REJECTED)
    Review.objects.create(
        match=match, decision="rejected", reason="wrong_product", at=timezone.now()
    )
    computed(timezone.now())
    page = text(staff.get(reverse("insights:gap", args=PHOTORESIST)))
    for shown in (
        "ArF resist wanted",
        need.company.name_en,
        "a required certificate is missing",
        "The products do not correspond.",
    ):
        assert shown in page


def test_the_offerings_there_are_say_why_they_do_not_suffice(staff: Client) -> None:
    gap_of_photoresist()
    computed(timezone.now())
    page = text(staff.get(reverse("insights:gap_offerings", args=PHOTORESIST)))
    assert "Resist of Hanbit" in page
    assert "a required certificate is missing" in page


def test_the_offerings_of_a_heading_are_those_with_its_codes(staff: Client) -> None:
    gap_of_photoresist()
    OfferingFactory(hs6=["370790"], title_en="By code alone", concepts=[])
    OfferingFactory(hs6=["854231"], title_en="Another code", concepts=[])
    computed(timezone.now())
    page = text(staff.get(reverse("insights:gap_offerings", args=["kr_to_jp", "hs4", "3707"])))
    assert "By code alone" in page
    assert "Another code" not in page


@pytest.mark.parametrize("code", ["nobody-needs-this", "9999"])
def test_goods_that_nobody_needs_are_not_found(staff: Client, code: str) -> None:
    gap_of_photoresist()
    computed(timezone.now())
    assert staff.get(reverse("insights:gap", args=["kr_to_jp", "hs4", code])).status_code == 404
    assert staff.get(reverse("insights:gap", args=["north", "hs4", "3707"])).status_code == 404


def test_the_files_hold_the_same_figures_and_the_needs_add_up(staff: Client) -> None:
    gap_of_photoresist()
    NeedFactory(concepts=[ConceptFactory(code="photoresist")], seats=3, title_en="=cmd()")
    computed(timezone.now())
    (goods,) = rows(staff.get(reverse("insights:gaps_file")))
    needs = rows(staff.get(reverse("insights:gap_file", args=PHOTORESIST)))
    stored = GoodsGap.objects.get(level="concept", code="photoresist")
    assert int(goods["Gap"]) == stored.gap == sum(int(row["Gap"]) for row in needs)
    assert int(goods["Still wanted"]) == sum(int(row["Still wanted"]) for row in needs)
    assert len(needs) == int(goods["Needs"]) == 2
    assert "'=cmd()" in {row["Need"] for row in needs}


@pytest.mark.parametrize("goods", [1, 8])
def test_the_map_costs_a_fixed_number_of_queries(
    staff: Client, goods: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sector = SectorFactory()
    for number in range(goods):
        concept = ConceptFactory(code=f"goods_{number}", sector=sector)
        NeedFactory(concepts=[concept], hs6=[f"37079{number}"])
        OfferingFactory(concepts=[concept])
    computed(timezone.now())
    staff.get(reverse("insights:gaps"))
    for view in ("concept", "hs6"):
        with django_assert_max_num_queries(20):
            text(staff.get(f"{reverse('insights:gaps')}?level={view}"))


@pytest.mark.parametrize("needs", [1, 8])
def test_the_pages_of_goods_cost_a_fixed_number_of_queries(
    staff: Client, needs: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    gap_of_photoresist()
    concept = ConceptFactory(code="photoresist")
    for _ in range(needs - 1):
        NeedFactory(concepts=[concept])
        OfferingFactory(concepts=[concept])
    computed(timezone.now())
    assert NeedGap.objects.count() == needs
    staff.get(reverse("insights:gap", args=PHOTORESIST))
    with django_assert_max_num_queries(24):
        text(staff.get(reverse("insights:gap", args=PHOTORESIST)))
    with django_assert_max_num_queries(34):
        text(staff.get(reverse("insights:gap_offerings", args=PHOTORESIST)))
