"""Tuning a policy: sliders, what they do to matches while one drags, and what is saved."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from matching.choices import RunState
from matching.models import PolicySimulation
from matching.services import compute_run, ensure_default_policy
from tests.browser.axe import violations
from tests.browser.conftest import NewPage, SignIn
from tests.browser.scenes import proposal, reference_data
from tests.factories import StaffFactory
from tests.matching.simulated import draft_like

pytestmark = pytest.mark.django_db(transaction=True)


def test_dragging_a_slider_shows_the_effect_and_the_draft_is_simulated(
    new_page: NewPage, sign_in: SignIn
) -> None:
    reference_data()
    proposal(value=0.9, criteria={"product": 0.9, "price": 0.1}, score=0.8)
    draft = draft_like(ensure_default_policy(now=timezone.now()))
    page = new_page(width=1440)
    sign_in(page, StaffFactory(staff_role="supervisor"))
    page.goto(reverse("matching:policy_edit", args=[draft.version]))
    page.evaluate("window.isSamePage = true")
    shown = page.locator("#policy-preview .preview-row").first
    expect(shown).to_contain_text("79.4%")
    slider = page.get_by_role("slider", name="price")
    slider.focus()
    slider.press("End")
    expect(page.get_by_role("spinbutton", name="price")).to_have_value("100")
    expect(shown.locator("strong").first).to_have_text("35.2%")
    assert page.evaluate("window.isSamePage === true")
    assert slider.evaluate("(it) => it === document.activeElement")
    # The number moves the slider as well, and a setting that cannot be is said at once.
    page.get_by_role("spinbutton", name="price").fill("7")
    expect(slider).to_have_value("7")
    expect(shown).to_contain_text("79.4%")
    page.get_by_label("Lowest score").fill("140")
    expect(page.locator("#policy-preview")).to_contain_text("cannot be scored yet")
    page.get_by_label("Lowest score").fill("60")
    expect(shown).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Save the draft").click()
    draft.refresh_from_db()
    assert draft.min_score == 0.6
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#simulation-progress")).to_contain_text("waiting")
    simulation = PolicySimulation.objects.get()
    compute_run(run_id=simulation.run_id, clock=timezone.now)
    simulation.run.refresh_from_db()
    assert simulation.run.state == RunState.COMPLETED
    # Found by the page itself.
    expect(page.get_by_role("heading", name="How it falls on the firms")).to_be_visible()
