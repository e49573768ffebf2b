"""Staff at the desk for firms, by keyboard; and two records of one firm put together."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from companies.choices import CompanyState
from companies.models import Company
from tests.browser.axe import violations
from tests.factories import CompanyFactory, OfferingFactory, StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_firms_are_checked_by_keyboard_and_merged(
    new_page: Callable[..., Page], sign_in: Callable[[Page, User], None]
) -> None:
    now = timezone.now()
    waiting = [
        CompanyFactory(
            state=CompanyState.SUBMITTED,
            submitted_at=now - timedelta(days=9 - number),
            name_en=name,
            name_key=name.casefold(),
            with_owner=True,
        )
        for number, name in enumerate(("Hanbit Materials", "Saebyeok Optics", "Dongnam Valves"))
    ]
    twin = CompanyFactory(name_en="Hanbit Material", name_key="hanbit material", with_owner=True)
    OfferingFactory(company=waiting[0], title_en="Quartz crucible")
    page = new_page(width=1440)
    sign_in(page, StaffFactory(staff_role="supervisor", language="en"))
    page.goto(reverse("companies:verification"))
    page.get_by_role("link", name="Hanbit Materials").click()
    heading = page.get_by_role("heading", level=1)
    page.keyboard.press("j")
    expect(heading).to_have_text("Saebyeok Optics")
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Give back to the others")).to_be_visible()
    page.keyboard.press("j")
    expect(heading).to_have_text("Dongnam Valves")
    page.keyboard.press("k")
    expect(heading).to_have_text("Saebyeok Optics")
    page.keyboard.press("k")
    expect(heading).to_have_text("Hanbit Materials")

    page.get_by_role("link", name="Compare and merge").click()
    expect(page.get_by_text("offerings that come along")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Reason in words").fill("The same firm under two names.")
    page.get_by_role("button", name="Merge the two records").click()
    page.get_by_role("dialog").get_by_role("button", name="Merge", exact=True).click()
    expect(heading).to_have_text("Hanbit Material")
    assert twin.offerings.count() == 1
    page.get_by_role("button", name="Undo the merge").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("there are two firms again")).to_be_visible()
    assert Company.objects.get(pk=waiting[0].pk).state == CompanyState.SUBMITTED
    assert twin.offerings.count() == 0
