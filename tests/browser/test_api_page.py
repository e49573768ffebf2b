"""The page about the API: an operation is read, tried with real answers, and copied."""

import pytest
from playwright.sync_api import expect

from tests.api.callers import key_of
from tests.browser.conftest import Complaints, NewPage, SignIn
from tests.factories import CompanyFactory, OfferingFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_operation_is_tried_as_oneself(new_page: NewPage, sign_in: SignIn) -> None:
    person = CompanyFactory(with_owner=True).memberships.get().user
    person.language = "en"
    person.save()
    page = new_page(language="en", width=390)
    sign_in(page, person)
    page.goto("/api/")
    page.get_by_role("link", name="POST /api/v1/tokens/").click()
    form = page.locator("#tokens_create")
    form.get_by_text("Try it", exact=True).click()
    form.get_by_label("Body").fill('{"name": "script", "scopes": ["firm"]}')
    expect(form.locator("#tokens_create-curl")).to_contain_text('"name": "script"')
    form.get_by_label("Idempotency-Key").fill("once")
    expect(form.locator("#tokens_create-curl")).to_contain_text("-H 'Idempotency-Key: once'")
    form.get_by_role("button", name="Send").press("Enter")
    expect(form.locator("output")).to_contain_text("201")
    expect(form.locator("output")).to_contain_text("gagyo_")
    assert person.api_tokens.get().name == "script"


def test_an_operation_is_read_as_oneself_and_its_line_is_copied(
    new_page: NewPage, sign_in: SignIn, site: str
) -> None:
    """The console stays clear: the page's own policy lets the request through."""
    firm = CompanyFactory(with_owner=True, owner__user__language="ja")
    OfferingFactory(company=firm, title_ja="露光装置用レンズ")
    page = new_page(language="ja", width=1440)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    sign_in(page, firm.memberships.get().user)
    answer = page.goto("/api/operations/offerings/")
    assert answer is not None
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    operation = page.locator("#offerings_list")
    operation.locator("details", has=page.locator("form")).locator("summary").click()
    operation.get_by_label("limit", exact=True).fill("1")
    with page.expect_response(lambda got: "/api/v1/offerings/" in got.url) as asked:
        operation.locator("button[type=submit]").click()
    assert asked.value.request.method == "GET"
    assert asked.value.url.endswith("/api/v1/offerings/?limit=1")
    told = operation.locator("output")
    expect(told).to_contain_text("200")
    expect(told).to_contain_text("露光装置用レンズ")
    operation.locator("[data-copy]").click()
    expect(page.locator("#offerings_list-curl-said")).to_have_text("コピーしました")
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith("curl")
    assert "/api/v1/offerings/?limit=1" in line


def test_a_token_is_used_and_not_kept(new_page: NewPage, complaints: Complaints) -> None:
    complaints.expect("status of 401")
    person = UserFactory()
    _token, key = key_of(person, "firm")
    page = new_page(language="ko")
    page.goto("/api/operations/me/")
    form = page.locator("#me_retrieve")
    form.locator("details", has=page.locator("form")).locator("summary").click()
    form.locator("button[type=submit]").click()
    expect(form.locator("output")).to_contain_text('"code": "unauthenticated"')
    page.locator("#api-token").fill(key)
    form.locator("button[type=submit]").click()
    expect(form.locator("output")).to_contain_text(person.email)
    kept = "() => JSON.stringify([localStorage, sessionStorage, document.cookie])"
    assert key not in page.evaluate(kept)
    page.reload()
    expect(page.locator("#api-token")).to_have_value("")


def test_without_script_there_is_the_line_for_the_shell(new_page: NewPage) -> None:
    page = new_page(language="en", has_script=False)
    page.goto("/api/operations/offerings/")
    expect(page.locator("#offerings_create-curl")).to_contain_text("-X POST")
    expect(page.locator("#offerings_create form")).to_be_hidden()
