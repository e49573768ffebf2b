"""A firm's pages of a match in the browser, from the mail's link to the outcome."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from matching.choices import AnswerKind, MatchState, OutcomeStage, Side
from matching.links import answer_url, outcome_url
from matching.models import Answer, Match, Outcome
from tests.browser.axe import violations
from tests.browser.conftest import NewPage, SignIn
from tests.factories import CertificationFactory, CompanyFactory, NeedFactory, OfferingFactory
from tests.matching.scenes import answer, introduced_match, member_of, published_match
from tests.matching.test_export import REASONS

pytestmark = pytest.mark.django_db(transaction=True)

LONG_NAME = "株式会社愛知先端マテリアルテクノロジーソリューションズホールディングス"


def full_match() -> Match:
    """Published, with everything a card can show."""
    buyer = CompanyFactory(country="JP", with_owner=True, name_ja=LONG_NAME, employees=1200)
    certification = CertificationFactory(code="iatf_16949")
    need = NeedFactory(
        company=buyer,
        title_ja="車載用プレス部品の調達(量産、年間120万個)",
        text_ja="自動車用のプレス部品を調達したい。\n品質保証体制を重視します。",
        annual_volume=1_200_000,
        lead_time_days=60,
        certifications=[certification],
    )
    offering = OfferingFactory(
        title_ko="자동차용 프레스 부품 (정밀 금형 포함)",
        text_ko="정밀 프레스 부품을 생산합니다.",
        certifications=[certification],
        minimum_order=5000,
    )
    return published_match(need=need, offering=offering, reasons=REASONS)


def test_answering_from_the_mail_without_logging_in(page: Page, new_page: NewPage) -> None:
    match = full_match()
    page.goto(answer_url(match, Side.BUYER, member_of(match, Side.BUYER)))
    page.locator("button[value=interested]").click()
    expect(page.locator(".notice.tone-success")).to_be_visible()
    assert Answer.objects.get().kind == AnswerKind.INTERESTED
    phone = new_page(width=390, height=844)
    phone.goto(answer_url(match, Side.SELLER, member_of(match, Side.SELLER)))
    phone.locator("button[value=interested]").click()
    contact = phone.get_by_role("link", name=member_of(match, Side.BUYER).email)
    expect(contact.first).to_be_visible()
    match.refresh_from_db()
    assert match.state == MatchState.INTRODUCED


def test_declining_keeps_what_was_typed(page: Page) -> None:
    match = full_match()
    person = member_of(match, Side.BUYER)
    person.language = "en"
    person.save()
    page.goto(answer_url(match, Side.BUYER, person) + "?answer=declined")
    page.get_by_label("In your own words").fill("別の仕入先があります")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_label("In your own words")).to_have_value("別の仕入先があります")
    page.locator("[name=reason][value=price]").check()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("Your answer is recorded")).to_be_visible()
    match.refresh_from_db()
    assert match.state == MatchState.DECLINED


def test_telling_the_outcome(page: Page) -> None:
    match = introduced_match()
    page.goto(outcome_url(match, Side.BUYER, member_of(match, Side.BUYER)))
    page.locator(f"input[value={OutcomeStage.SAMPLE}]").check()
    page.locator("main form button.btn-primary").click()
    expect(page.locator(".notice.tone-success")).to_be_visible()
    assert Outcome.objects.get().stage == OutcomeStage.SAMPLE


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_the_pages_fit_and_are_accessible(
    new_page: NewPage, sign_in: SignIn, language: str, width: int, tmp_path
) -> None:
    match = full_match()
    person = member_of(match, Side.SELLER)
    person.language = language
    person.save()
    introduced = introduced_match(offering=OfferingFactory(company=match.seller))
    waiting = published_match(offering=OfferingFactory(company=match.seller))
    answer(waiting, Side.SELLER)
    page = new_page(language=language, width=width)
    sign_in(page, person)
    for name, address in {
        "inbox": reverse("matching:inbox"),
        "introduced": reverse("matching:inbox") + "?folder=introduced",
        "ended": reverse("matching:inbox") + "?folder=ended",
        "match": reverse("matching:match", args=[match.pk]),
        "meeting": reverse("matching:match", args=[introduced.pk]),
        "answer": answer_url(match, Side.SELLER, person),
        "outcome": outcome_url(introduced, Side.SELLER, person),
    }.items():
        page.goto(address)
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, name
        assert violations(page) == [], name
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
