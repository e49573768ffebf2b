"""The second page of registration: the first items and the submission, both or neither."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from companies.choices import CompanyState, Cooperation
from companies.models import Company
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    RegionFactory,
    SectorFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PAGE = "companies:start"


@pytest.fixture
def firm(client: Client) -> Company:
    """A Korean draft with all that staff need, its owner logged in."""
    company = CompanyFactory(
        state=CompanyState.DRAFT,
        verified_at=None,
        verified_until=None,
        region=RegionFactory(code="KR-11"),
        about_ko="감광 소재를 만듭니다.",
        sectors=[SectorFactory()],
        with_owner=True,
    )
    User.objects.update(language="en")
    client.force_login(company.memberships.get().user)
    return company


def typed(**changes: object) -> dict[str, object]:
    concept = ConceptFactory(code="photoresist").pk
    return {
        "offering-title": "포토레지스트",
        "offering-text": "양산합니다.",
        "offering-concepts": [concept],
        "need-title": "웨이퍼",
        "need-text": "찾고 있습니다.",
        "need-concepts": [concept],
        **changes,
    }


def test_both_are_stored_and_the_firm_is_submitted(client: Client, firm: Company) -> None:
    answer = client.post(reverse(PAGE), typed())
    assert answer.url == reverse("companies:profile")
    firm.refresh_from_db()
    assert firm.state == CompanyState.SUBMITTED
    offering, need = firm.offerings.get(), firm.needs.get()
    assert (offering.title_ko, need.title_ko) == ("포토레지스트", "웨이퍼")
    assert (offering.language, offering.cooperation) == ("ko", [Cooperation.SUPPLY])
    assert client.get(reverse(PAGE)).url == reverse("companies:profile")


def test_one_of_them_is_enough_and_none_is_not(client: Client, firm: Company) -> None:
    empty = {name: [] if name.endswith("concepts") else "" for name in typed()}
    answer = client.post(reverse(PAGE), empty)
    assert answer.status_code == 422
    assert "at least one" in answer.content.decode()
    only = typed(**{"need-title": "", "need-text": "", "need-concepts": []})
    assert client.post(reverse(PAGE), only).status_code == 302
    assert (firm.offerings.count(), firm.needs.count()) == (1, 0)


def test_a_half_filled_item_says_what_is_missing_and_keeps_the_rest(
    client: Client, firm: Company
) -> None:
    answer = client.post(reverse(PAGE), typed(**{"need-text": ""}))
    assert answer.status_code == 422
    assert answer.context["need"].has_error("text")
    assert "포토레지스트" in answer.content.decode()
    assert not firm.offerings.exists()


def test_nothing_is_stored_while_the_firm_cannot_be_submitted(
    client: Client, firm: Company
) -> None:
    Company.objects.update(region=None)
    answer = client.post(reverse(PAGE), typed())
    assert answer.status_code == 422
    assert "in which region" in answer.content.decode()
    assert not firm.offerings.exists()


def test_words_without_a_concept_are_shown_what_was_found(client: Client, firm: Company) -> None:
    answer = client.post(reverse(PAGE), typed(**{"offering-concepts": [], "need-concepts": []}))
    assert answer.status_code == 422
    assert answer.context["offering"].has_error("concepts")
    assert not firm.offerings.exists()


@pytest.mark.parametrize(
    ("person", "leads_to"), [("new", "companies:register"), ("member", None), ("staff", None)]
)
def test_a_confirmed_address_leads_on(client: Client, person: str, leads_to: str | None) -> None:
    user: User = UserFactory(staff_role="reviewer" if person == "staff" else "")
    if person == "member":
        MembershipFactory(user=user)
    client.force_login(user)
    answer = client.get(reverse("companies:welcome"))
    assert answer.url == (reverse(leads_to) if leads_to else "/")
