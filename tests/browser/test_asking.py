"""A reviewer asks a firm by keyboard, the firm answers, and the match is back with the answer."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from matching.choices import Side
from matching.models import StaffQuestion
from tests.browser.axe import violations
from tests.browser.conftest import NewPage, SignIn
from tests.browser.scenes import proposal, reference_data
from tests.factories import StaffFactory
from tests.matching.scenes import member_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_goes_to_the_firm_and_comes_back_with_its_answer(
    new_page: NewPage, sign_in: SignIn
) -> None:
    reference_data()
    match, following = (proposal(value=value, priority=value) for value in (0.9, 0.8))
    desk = new_page(width=1440)
    sign_in(desk, StaffFactory(language="en"))
    desk.goto(reverse("matching:review"))
    desk.keyboard.press("q")
    desk.get_by_role("radio", name=str(match.seller.display_name)).check()
    desk.get_by_role("radio", name="certificate").check()
    assert violations(desk) == []
    desk.get_by_role("button", name="Send the question").click()
    expect(desk.locator("#toasts")).to_contain_text("The question is on its way.")
    expect(desk.locator(f"form[action*='{following.pk}/approve']")).to_be_attached()

    person = member_of(match, Side.SELLER)
    User.objects.filter(pk=person.pk).update(language="en")
    firm = new_page(width=390)
    sign_in(firm, User.objects.get(pk=person.pk))
    firm.goto("/")
    firm.get_by_role("link", name="Which certificates do you hold").click()
    firm.get_by_label("Your answer").fill("ISO 9001 until May 2028.")
    firm.get_by_role("button", name="Send the answer").click()
    expect(firm.get_by_text("Thank you. Your answer is with the association.")).to_be_visible()
    assert str(match.buyer.native_name) not in firm.content()

    assert StaffQuestion.objects.get().answer == "ISO 9001 until May 2028."
    desk.goto(reverse("matching:review_match", args=[match.pk]))
    expect(desk.locator(".decision-panel")).to_contain_text("ISO 9001 until May 2028.")
    expect(desk.locator(".queue-list li").first).to_contain_text("the firm answered")
