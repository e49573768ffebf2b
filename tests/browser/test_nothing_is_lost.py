"""What was typed into a form on a phone outlives everything that can happen before it is sent."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from companies.models import Company, FormDraft, Offering
from tests.browser.conftest import Complaints, NewPage
from tests.factories import PASSWORD, CompanyFactory, ConceptFactory, OfferingFactory

pytestmark = pytest.mark.django_db(transaction=True)

TITLE, TEXT = "고순도 식각액", "반도체 공정용 식각액을 공급합니다."


@pytest.fixture
def owner() -> User:
    ConceptFactory(code="etchant", label_ko="식각액", label_ja="エッチング液", label_en="etchant")
    company: Company = CompanyFactory(with_owner=True, owner__user__language="en")
    return company.memberships.get().user


@pytest.fixture
def phone(new_page: NewPage, owner: User, sign_in: Callable[..., None]) -> Page:
    page = new_page(width=390, height=844)
    sign_in(page, owner)
    return page


def types(page: Page) -> None:
    page.goto(reverse("companies:offering_new"))
    page.get_by_label("Title (Korean)").fill(TITLE)
    page.get_by_label("Description (Korean)").fill(TEXT)


def kept(page: Page) -> None:
    expect(page.get_by_text("Your draft is kept.")).to_be_visible()


def finds_it_again(page: Page) -> None:
    expect(page.get_by_label("Title (Korean)")).to_have_value(TITLE)
    expect(page.get_by_label("Description (Korean)")).to_have_value(TEXT)


def logs_in(page: Page, owner: User) -> None:
    page.locator("main [name=login]").fill(owner.email)
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()


def test_back_and_reload(phone: Page) -> None:
    types(phone)
    phone.reload()
    finds_it_again(phone)
    phone.goto(reverse("companies:items"))
    phone.go_back()
    finds_it_again(phone)


def test_log_out_leaves_nothing_in_the_browser_and_log_in_brings_it_back(
    phone: Page, owner: User
) -> None:
    types(phone)
    phone.locator("summary", has_text="Account").click()
    phone.get_by_role("button", name="Log out").click()
    expect(phone.get_by_text("You have signed out.")).to_be_visible()
    assert phone.evaluate("Object.keys(localStorage).filter((n) => n.startsWith('gagyo-'))") == []
    phone.goto(reverse("account_login"))
    logs_in(phone, owner)
    phone.goto(reverse("companies:offering_new"))
    finds_it_again(phone)
    expect(phone.get_by_text("What you typed before has been put back. Typed on")).to_be_visible()


def test_another_device_goes_on_and_the_sent_form_leaves_no_draft(
    phone: Page,
    owner: User,
    new_page: NewPage,
    sign_in: Callable[..., None],
    complaints: Complaints,
) -> None:
    complaints.expect("422")
    types(phone)
    kept(phone)
    desk = new_page()
    sign_in(desk, owner)
    desk.goto(reverse("companies:offering_new"))
    finds_it_again(desk)
    desk.locator("main").get_by_role("button", name="Save").click()
    # The concept is found in the text and shown before anything is saved.
    desk.locator("main").get_by_role("button", name="Save").click()
    expect(desk.get_by_role("link", name=TITLE)).to_be_visible()
    assert Offering.objects.get().title_ko == TITLE
    assert not FormDraft.objects.exists()


def test_a_lost_connection(phone: Page, complaints: Complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")
    phone.goto(reverse("companies:offering_new"))
    phone.context.set_offline(True)
    phone.get_by_label("Title (Korean)").fill(TITLE)
    phone.get_by_label("Description (Korean)").fill(TEXT)
    expect(phone.get_by_text("There is no connection.")).to_be_visible()
    phone.context.set_offline(False)
    kept(phone)
    assert FormDraft.objects.get().fields["title_ko"]["now"] == [TITLE]
    phone.reload()
    finds_it_again(phone)


def test_a_session_that_ends_while_typing_and_at_sending(
    phone: Page, owner: User, complaints: Complaints
) -> None:
    complaints.expect("401")
    types(phone)
    kept(phone)
    Session.objects.all().delete()
    longer = f"{TEXT} 소량도 가능합니다."
    phone.get_by_label("Description (Korean)").fill(longer)
    expect(phone.get_by_text("You are logged out.")).to_be_visible()
    phone.locator("main").get_by_role("button", name="Save").click()
    logs_in(phone, owner)
    expect(phone.get_by_label("Description (Korean)")).to_have_value(longer)
    expect(phone.get_by_label("Title (Korean)")).to_have_value(TITLE)
    assert not Offering.objects.exists()


def test_what_a_colleague_has_changed_meanwhile_is_not_overwritten(
    phone: Page, owner: User
) -> None:
    company = owner.memberships.get().company
    offering = OfferingFactory(company=company, title_ko="식각액", text_ko="처음 글")
    page = reverse("companies:offering_edit", args=[offering.pk])
    phone.goto(page)
    phone.get_by_label("Title (Korean)").fill(TITLE)
    phone.get_by_label("Description (Korean)").fill(TEXT)
    kept(phone)
    Offering.objects.update(text_ko="동료가 고친 글")
    phone.goto(page)
    expect(phone.get_by_label("Title (Korean)")).to_have_value(TITLE)
    expect(phone.get_by_label("Description (Korean)")).to_have_value("동료가 고친 글")
    phone.get_by_role("button", name="Put it back").click()
    finds_it_again(phone)
