"""The pages of the sectors show what is looked for, and never who looks for it."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from companies.choices import CompanyState, ItemState
from companies.models import Need
from portal.queries import SHOWN_NEEDS, sector_page, sectors_with_firms
from taxonomy.models import Concept
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    NeedFactory,
    OfferingFactory,
    RegionFactory,
    SectorFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def resin() -> Concept:
    return ConceptFactory(
        code="resin", label_en="resin", kind="material", sector=SectorFactory(code="mobility")
    )


def telling_need(resin: Concept) -> Need:
    """A need with everything that could tell who wrote it."""
    return NeedFactory(
        company=CompanyFactory(
            country="JP",
            name_ja="株式会社ヒミツ",
            name_en="Himitsu",
            website="https://himitsu.example",
            address="1-1 Himitsu-cho",
            region=RegionFactory(label_en="Himitsu-ken"),
            about_en="Himitsu makes cars.",
            sectors=[resin.sector],
        ),
        title_en="Resin for Himitsu's plant",
        text_en="Himitsu buys resin in Himitsu-cho.",
        concepts=[resin],
        hs6=["390730"],
        annual_volume=1234,
        unit=UnitFactory(),
        price_max=98765,
        is_single_sourced=True,
        current_source_country="TW",
        needed_by=timezone.localdate() + timedelta(days=200),
    )


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_a_need_is_shown_without_its_firm(resin: Concept, language: str) -> None:
    need = telling_need(resin)
    answer = Client().get(f"/{language}{reverse('portal:sector', args=['mobility'])}")
    page = answer.text.lower()
    secrets = ("himitsu", "ヒミツ", "1,234", "98,765", "98765", "390730", str(need.company_id))
    for secret in (*secrets, str(need.pk)):
        assert secret not in page
    assert "3907" in page
    assert "10,000" in page


def test_what_the_public_knows_of_a_need(resin: Concept) -> None:
    telling_need(resin)
    need = sector_page(resin.sector, timezone.localdate()).needs[0]
    assert need.country == "JP"
    assert need.concepts == (resin,)
    assert need.headings == ("3907",)
    assert need.volume
    assert (need.volume.low, need.volume.high) == (1000, 10_000)
    assert need.is_urgent


def test_only_open_needs_of_verified_firms_that_take_part_are_shown(resin: Concept) -> None:
    today = timezone.localdate()
    shown = {"concepts": [resin]}
    NeedFactory(**shown)
    NeedFactory(state=ItemState.CLOSED, **shown)
    NeedFactory(valid_until=today - timedelta(days=1), **shown)
    NeedFactory(company=CompanyFactory(state=CompanyState.SUBMITTED), **shown)
    NeedFactory(company=CompanyFactory(is_matching_enabled=False), **shown)
    NeedFactory(company=CompanyFactory(source="association"), **shown)
    NeedFactory(concepts=[ConceptFactory(code="other", sector=SectorFactory(code="bio"))])
    page = sector_page(resin.sector, today)
    assert page.need_count == len(page.needs) == 1


def test_a_day_that_is_over_is_not_told(resin: Concept) -> None:
    NeedFactory(concepts=[resin], needed_by=date(2020, 1, 1))
    assert sector_page(resin.sector, timezone.localdate()).needs[0].needed_by is None


def test_the_concepts_most_firms_supply_come_first_and_lead_to_the_directory(
    resin: Concept,
) -> None:
    steel = ConceptFactory(code="steel", label_en="steel", kind="material", sector=resin.sector)
    for _ in range(2):
        OfferingFactory(concepts=[resin])
    OfferingFactory(concepts=[steel])
    OfferingFactory(concepts=[steel], company=CompanyFactory(state=CompanyState.DRAFT))
    firm = OfferingFactory(concepts=[steel], state=ItemState.CLOSED).company
    page = sector_page(resin.sector, timezone.localdate())
    assert [(concept.code, count) for concept, count in page.concepts] == [
        ("resin", 2),
        ("steel", 1),
    ]
    assert page.offering_count == 3
    shown = Client().get(f"/en{reverse('portal:sector', args=['mobility'])}").text
    assert 'href="/en/directory/?q=resin"' in shown
    assert str(firm.pk) not in shown


def test_an_empty_sector_says_what_to_do(resin: Concept) -> None:
    page = Client().get(reverse("portal:sector", args=["mobility"])).text
    assert reverse("account_signup") in page


def test_an_association_account_is_no_firm_of_a_sector(resin: Concept) -> None:
    CompanyFactory(sectors=[resin.sector], source="association")
    CompanyFactory(sectors=[resin.sector])
    assert sectors_with_firms() == [(resin.sector, 1)]


@pytest.mark.parametrize("count", [1, 3])
def test_a_sector_asks_the_database_the_same_for_every_number_of_needs(
    resin: Concept, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        telling_need(resin)
        OfferingFactory(concepts=[resin])
    Client().get(reverse("portal:sector", args=["mobility"]))
    with django_assert_num_queries(6):  # the sector, figures kept, concepts, needs, theirs, others
        Client().get(reverse("portal:sector", args=["mobility"]))


def test_no_more_needs_are_read_than_are_shown(resin: Concept) -> None:
    for _ in range(SHOWN_NEEDS + 1):
        NeedFactory(concepts=[resin])
    page = sector_page(resin.sector, timezone.localdate())
    assert (len(page.needs), page.need_count) == (SHOWN_NEEDS, SHOWN_NEEDS + 1)
