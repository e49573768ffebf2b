"""What an entry would bring: counted over real matches with the policy's own weights."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from companies.models import Company
from matching.choices import MatchState
from matching.queries.completeness import completeness_of_firm, completeness_of_item
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
)

pytestmark = pytest.mark.django_db

ISO = {"code": "iso_9001", "ko": "ISO 9001", "ja": "ISO 9001", "en": "ISO 9001"}
WEIGHTS = {"product": 6, "certifications": 2, "lead_time": 1, "experience": 1}


@pytest.fixture
def seller() -> Company:
    PolicyFactory(weights=WEIGHTS)
    return CompanyFactory(with_owner=True, has_partner_experience=True)


def asks_for_iso(offering: Any, **fields: Any) -> Any:
    gap = {"code": "certifications_unknown", "args": {"certifications": [ISO]}}
    fields = {"criteria": {"product": 0.5, "certifications": None}, "score": 0.5} | fields
    return MatchFactory(
        offering=offering,
        need=NeedFactory(),
        reasons={"fits": [], "accepts": [], "missing": [gap]},
        **fields,
    )


def test_a_certificate_is_worth_what_the_matches_that_ask_for_it_would_gain(
    seller: Company,
) -> None:
    offering = OfferingFactory(company=seller)
    for _each in range(2):
        asks_for_iso(offering)
    asks_for_iso(offering, state=MatchState.APPROVED)
    # These do not count: over, a prospect, or not asking.
    asks_for_iso(offering, state=MatchState.DECLINED)
    asks_for_iso(offering, is_prospect=True)
    MatchFactory(offering=offering, need=NeedFactory(), criteria={"product": 0.5})
    found = completeness_of_item(offering)
    (step,) = found.steps
    assert (step.criterion, step.subject, step.matches, step.total) == (
        "certifications",
        "ISO 9001",
        3,
        4,
    )
    # (0.5 * 6 + 1 * 2) / (6 + 2) = 0.625: twelve and a half points more.
    assert step.points == 12


def test_what_the_other_side_has_not_said_either_is_no_step(seller: Company) -> None:
    offering = OfferingFactory(company=seller)
    criteria = {"product": 0.5, "lead_time": None}
    MatchFactory(offering=offering, need=NeedFactory(), criteria=criteria, score=0.5)
    assert completeness_of_item(offering).steps == []
    asked = NeedFactory(max_lead_time_days=30)
    MatchFactory(offering=offering, need=asked, criteria=criteria, score=0.5)
    (step,) = completeness_of_item(offering).steps
    assert (step.criterion, step.form_field, step.matches) == ("lead_time", "lead_time_days", 1)
    # (0.5 * 6 + 1) / 7 = 0.571
    assert step.points == 7
    offering.lead_time_days = 20
    offering.save()
    assert completeness_of_item(offering).steps == []


def test_a_buyer_is_told_of_certainty_and_not_of_points(seller: Company) -> None:
    need = NeedFactory(company__has_partner_experience=True)
    offering = OfferingFactory(company=seller, lead_time_days=20)
    MatchFactory(offering=offering, need=need, criteria={"product": 0.5, "lead_time": None})
    (step,) = completeness_of_item(need).steps
    assert (step.criterion, step.points) == ("lead_time", None)
    assert step.certainties == [0.1]


def test_a_firm_sees_the_best_three_of_all_its_items(seller: Company) -> None:
    Company.objects.filter(pk=seller.pk).update(has_partner_experience=None)
    seller.refresh_from_db()
    first, second = (OfferingFactory(company=seller) for _each in range(2))
    asks_for_iso(first)
    asks_for_iso(second)
    asks_for_iso(second)
    found = completeness_of_firm(seller)
    assert [step.criterion for step in found.steps] == ["certifications", "experience"]
    assert found.steps[0].item == second
    assert found.total == 3


def test_the_meter_weighs_what_is_said(seller: Company) -> None:
    offering = OfferingFactory(company=seller)
    # Product and experience are said: 7 of 10.
    assert completeness_of_item(offering).share == pytest.approx(0.7)
    offering.certifications.add(CertificationFactory())
    offering.lead_time_days = 30
    assert completeness_of_item(offering).share == pytest.approx(1.0)


def test_without_matches_the_heaviest_comes_first_and_no_figure_is_claimed(
    client: Client, seller: Company
) -> None:
    User.objects.update(language="en")
    offering = OfferingFactory(company=seller)
    found = completeness_of_item(offering)
    assert [step.criterion for step in found.steps] == ["certifications", "lead_time"]
    client.force_login(seller.memberships.get().user)
    page = client.get(reverse("matching:completeness")).content.decode()
    assert "There are no matches yet." in page
    assert "of your" not in page


def test_the_page_says_how_many_and_by_how_much(client: Client, seller: Company) -> None:
    User.objects.update(language="en")
    offering = OfferingFactory(company=seller)
    asks_for_iso(offering)
    asks_for_iso(offering)
    client.force_login(seller.memberships.get().user)
    for page in (
        reverse("matching:completeness"),
        reverse("matching:item_completeness", args=["offering", offering.pk]),
    ):
        shown = client.get(page).content.decode()
        assert "2 of your 2 matches ask for it." in shown
        assert "their scores rise by 12 of 100 points on average" in shown
        assert "Add the certificate ISO 9001, if you hold it" in shown
        part = client.get(page, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "2 of your 2" in part


@pytest.mark.parametrize("count", [1, 3])
def test_completeness_asks_the_same_for_any_number_of_matches(
    seller: Company, django_assert_max_num_queries: Any, count: int
) -> None:
    for _each in range(count):
        asks_for_iso(OfferingFactory(company=seller))
    with django_assert_max_num_queries(8):
        completeness_of_firm(seller)


def test_a_reader_of_the_other_side_finds_products_in_their_words(client: Client) -> None:
    etchant = ConceptFactory(code="etchant", label_ko="식각액", label_ja="エッチング液")
    seller = CompanyFactory(with_owner=True, is_name_hidden=True)
    offering = OfferingFactory(
        company=seller,
        title_ko="고순도 식각액",
        text_ko="반도체용 식각액입니다.",
        title_en="",
        text_en="",
        concepts=[etchant],
    )
    client.force_login(seller.memberships.get().user)
    page = client.get(reverse("matching:item_preview", args=["offering", offering.pk]))
    shown = page.content.decode()
    assert '<span class="gloss" lang="ja">エッチング液</span>' in shown
    assert '<h2 lang="ko">' in shown
    assert seller.name_ko not in shown.partition("<article")[2].partition("</article>")[0]
    assert "協力" in shown
