"""The taxonomy is changed with open eyes: which items change stands there before anything does,
and a merge can be taken back."""

import pytest
from celery.contrib.testing.worker import TestWorkController
from django.urls import reverse
from playwright.sync_api import Page, expect

from companies.models import Offering
from taxonomy.models import Concept
from tests.browser.conftest import SignIn
from tests.companies.lists import csv_bytes, finished_import, firm_row
from tests.factories import ConceptFactory, PolicyFactory, StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


def tags() -> dict[str, list[str]]:
    return {
        item.title_ja: [concept.code for concept in item.concepts.all()]
        for item in Offering.objects.all()
    }


def test_words_are_added_and_a_merge_is_undone(
    page: Page, sign_in: SignIn, celery_worker: TestWorkController
) -> None:
    ConceptFactory(code="gear", label_ja="歯車", label_ko="기어", label_en="gear")
    ConceptFactory(code="pump", label_ja="ポンプ", label_ko="펌프", label_en="pump")
    finished_import(csv_bytes([firm_row(501, "歯車、ギヤードモータ")]))
    PolicyFactory()
    before = tags()
    sign_in(page, StaffFactory(staff_role="supervisor", language="en"))
    items = page.get_by_role("region", name="Which items change")
    examples = page.get_by_role("region", name="The first of them")

    page.goto(reverse("taxonomy:concepts"))
    page.get_by_role("link", name="gear", exact=True).click()
    page.get_by_role("textbox", name="Japanese synonyms").fill("ギヤードモータ")
    page.get_by_role("button", name="Show which items change").first.click()
    expect(examples.get_by_role("row", name="ギヤードモータ")).to_contain_text("gear")
    expect(items).to_contain_text("1")
    assert tags() == before
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    added = before | {"ギヤードモータ": ["gear"]}
    assert tags() == added

    page.get_by_role("link", name="Back to the concept").click()
    # The box to search in, not the list it takes the place of.
    merge = page.get_by_role("region", name="Merge")
    merge.locator("input[role=combobox]").fill("pum")
    page.get_by_role("option", name="pump").click()
    merge.get_by_role("button", name="Show which items change").click()
    expect(examples.get_by_role("row", name="ギヤードモータ")).to_contain_text("pump")
    assert tags() == added
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert tags() == {"歯車": ["pump"], "ギヤードモータ": ["pump"]}
    assert not Concept.objects.get(code="gear").is_active

    # Undoing is a change too: it is looked at before it is made.
    page.get_by_role("button", name="Undo").click()
    expect(examples.get_by_role("row", name="ギヤードモータ")).to_contain_text("gear")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("button", name="Save the change")).to_have_count(0)
    expect(page.get_by_text("applied", exact=True)).to_be_visible()
    assert tags() == added
    assert Concept.objects.get(code="gear").is_active
