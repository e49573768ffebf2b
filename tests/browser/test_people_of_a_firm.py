"""On a phone: an owner invites a colleague, who comes by the link; a person asks to be forgotten
and thinks better of it."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from companies.models import Invitation, Membership
from mailing.models import Message
from tests.browser.axe import violations_of_both_themes
from tests.browser.conftest import NewPage, SignIn
from tests.factories import PASSWORD, CompanyFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_colleague_is_invited_and_comes(new_page: NewPage, sign_in: SignIn) -> None:
    company = CompanyFactory(with_owner=True)
    owner = company.memberships.get().user
    User.objects.update(language="en")
    colleague = UserFactory(email="sora@firm.example", name="Sora")
    page = new_page(width=390)
    sign_in(page, owner)
    page.goto("/company/team/")
    page.get_by_label("E-mail address").fill("sora@firm.example")
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("valid until")).to_be_visible()
    mail = Message.objects.get(kind="company_invitation")
    link = next(word for word in mail.text.split() if "/i/" in word)

    guest = new_page(width=390)
    sign_in(guest, colleague)
    guest.goto(link)
    assert violations_of_both_themes(guest) == []
    assert not Membership.objects.filter(user=colleague).exists()
    guest.get_by_role("button", name="Accept the invitation").click()
    expect(guest.get_by_role("heading", level=1)).to_be_visible()
    assert Membership.objects.get(user=colleague).role == "viewer"
    assert Invitation.objects.get().state == "accepted"
    page.reload()
    expect(page.get_by_text("Sora", exact=True)).to_be_visible()


def test_a_person_asks_to_be_forgotten_and_stays(new_page: NewPage, sign_in: SignIn) -> None:
    person = UserFactory()
    page = new_page(width=390)
    sign_in(page, person)
    page.goto("/settings/data/")
    page.get_by_role("button", name="Erase my account").click()
    page.get_by_role("button", name="Yes, go on").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your account will be erased on")).to_be_visible()
    assert violations_of_both_themes(page) == []
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_text("Your account stays.")).to_be_visible()
