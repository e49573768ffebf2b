"""Where no script runs, forms are forms: firms register and staff decide all the same."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from companies.choices import CompanyState
from companies.models import Company
from matching.choices import MatchState
from matching.models import Match
from tests.browser.conftest import Complaints, NewPage, SignIn
from tests.browser.scenes import proposal, reference_data
from tests.factories import StaffFactory, UserFactory, korean_number

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page(has_script=False)


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def test_registering_offering_and_submitting(page: Page, sign_in: SignIn) -> None:
    reference_data()
    sign_in(page, UserFactory())
    page.goto(reverse("companies:register"))
    page.get_by_role("textbox", name="Official number").fill(korean_number(4711))
    page.locator("main [name=name]").fill("주식회사 다리소재")
    page.locator("[name=sectors]").first.check()
    page.locator("[name=region]").select_option(index=1)
    page.locator("main [name=about]").fill("감광 소재를 만듭니다.")
    press(page, "Go on")
    page.goto(reverse("companies:offering_new"))
    page.locator("[name=title_ko]").fill("ArF 액침용 포토레지스트")
    page.locator("[name=text_ko]").fill("미세 공정용 포토레지스트를 양산합니다.")
    # Concepts are searched for by script; an HS code says as well what it is.
    page.locator("[name=hs6]").fill("3707.90")
    press(page, "Save")
    expect(page.get_by_role("link", name="ArF 액침용 포토레지스트")).to_be_visible()
    page.goto(reverse("companies:profile"))
    press(page, "Submit for verification")
    company = Company.objects.get()
    assert company.state == CompanyState.SUBMITTED
    assert company.offerings.get().hs6 == ["370790"]


def test_deciding(page: Page, sign_in: SignIn, complaints: Complaints) -> None:
    complaints.expect("422")
    reference_data()
    first, second, third = (proposal(value=value) for value in (0.9, 0.8, 0.7))
    sign_in(page, StaffFactory())
    page.goto(reverse("matching:review"))
    press(page, "Approve A")
    expect(page.get_by_role("heading", name="Both sides")).to_be_attached()
    expect(page).to_have_url(f"{page.url.split('/staff')[0]}{address(second)}")
    page.locator("[data-key-open=r] > summary").click()
    page.locator("[data-key-open=r] form button").click()
    expect(page.locator("[data-key-open=r] .field-error").first).to_be_visible()
    page.locator("[data-key-open=r] [name=reason]").first.check()
    page.locator("[data-key-open=r] form button").click()
    expect(page).to_have_url(f"{page.url.split('/staff')[0]}{address(third)}")
    page.goto(address(first))
    press(page, "Undo U")
    states = Match.objects.in_bulk([first.pk, second.pk, third.pk])
    assert [states[match.pk].state for match in (first, second, third)] == [
        MatchState.PROPOSED,
        MatchState.REJECTED,
        MatchState.PROPOSED,
    ]


def address(match: Match) -> str:
    return reverse("matching:review_match", args=[match.pk])
