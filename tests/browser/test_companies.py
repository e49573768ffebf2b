"""Pages about firms in the browser: what changes while one types, and that all of them fit."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.choices import StaffRole
from accounts.models import User
from companies.choices import CompanyState
from tests.browser.axe import violations
from tests.browser.conftest import Complaints, NewPage, SignIn
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    RegionFactory,
    SectorFactory,
    StaffFactory,
    UserFactory,
    korean_number,
)

pytestmark = pytest.mark.django_db(transaction=True)

LONG_NAME = "株式会社愛知先端マテリアルテクノロジーソリューションズホールディングス"


def test_the_number_is_checked_before_the_rest_is_typed(page: Page, sign_in: SignIn) -> None:
    here = CompanyFactory(unclaimed=True, official_number=korean_number(4711), name_ko="다리소재")
    SectorFactory()
    sign_in(page, UserFactory())
    page.goto(reverse("companies:register"))
    number = page.get_by_role("textbox", name="Official number")
    told = page.locator("#number-check")
    number.fill("123-45-67890")
    number.blur()
    expect(told).to_contain_text("does not add up")
    number.fill(korean_number(4712))
    number.blur()
    expect(told).to_contain_text("no firm is registered")
    number.fill(here.official_number)
    number.blur()
    told.get_by_role("link").click()
    page.get_by_label("Who you are in the firm").fill("CEO")
    page.get_by_role("button", name="Claim the record").click()
    expect(page.get_by_text("Your request waits for a decision")).to_be_visible()


def test_concepts_are_suggested_from_what_was_typed(page: Page, sign_in: SignIn) -> None:
    ConceptFactory(code="cmp_slurry", label_ko="CMP 슬러리", label_en="CMP slurry", hs6=["340590"])
    company = CompanyFactory(with_owner=True)
    sign_in(page, MembershipFactory(company=company).user)
    page.goto(reverse("companies:offering_new"))
    page.get_by_label("Title (Korean)").fill("웨이퍼 연마용 CMP 슬러리")
    page.get_by_label("Description (Korean)").fill("고순도")
    # One tap takes what the text names, a second its HS code.
    expect(page.get_by_text("“CMP 슬러리” stands in your text")).to_be_visible()
    page.get_by_role("button", name="CMP slurry").click()
    expect(page.get_by_role("button", name="Remove CMP slurry")).to_be_visible()
    page.get_by_role("button", name="3405.90").click()
    expect(page.get_by_label("HS codes")).to_have_value("340590")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="웨이퍼 연마용 CMP 슬러리")).to_be_visible()
    offering = company.offerings.get()
    assert [each.code for each in offering.concepts.all()] == ["cmp_slurry"]
    assert offering.hs6 == ["340590"]


@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_accessible_and_fit(
    new_page: NewPage, sign_in: SignIn, complaints: Complaints, width: int
) -> None:
    firm = CompanyFactory(
        country="JP",
        name_ja=LONG_NAME,
        name_en="Advanced Material Technology Solutions Holdings of Aichi Prefecture",
        website="https://aichi.example/a/rather/long/path/that/has/no/place/to/break/on/a/phone",
        region=RegionFactory(code="JP-23"),
        sectors=[SectorFactory()],
        with_owner=True,
    )
    owner = firm.memberships.get().user
    offering = OfferingFactory(company=firm, title_ja="高純度エッチング液" * 8)
    NeedFactory(company=firm)
    CertificationFactory()
    waiting = CompanyFactory(state=CompanyState.SUBMITTED, with_owner=True)
    own = ("profile", "profile_edit", "certificates", "team", "blocks", "items", "need_new")
    visits: dict[User | None, list[str]] = {
        None: [reverse("companies:directory"), reverse("companies:company", args=[firm.pk])],
        UserFactory(): [reverse("companies:register")],
        owner: [
            *(reverse(f"companies:{name}") for name in own),
            reverse("companies:offering_edit", args=[offering.pk]),
        ],
        StaffFactory(staff_role=StaffRole.SUPERVISOR): [
            reverse("companies:verification"),
            reverse("companies:verification_detail", args=[waiting.pk]),
            reverse("companies:verification_detail", args=[firm.pk]),
        ],
    }
    for user, addresses in visits.items():
        page = new_page(width=width)
        if user is not None:
            sign_in(page, user)
        for address in addresses:
            page.goto(address)
            assert violations(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
