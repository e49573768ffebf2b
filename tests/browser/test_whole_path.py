"""The whole path, with a real worker, a real SMTP server, a real database and a browser.

A Korean firm registers and is verified, a Japanese firm enters a need, a run finds them, a
reviewer approves by keyboard, both answer from their mail without logging in, are introduced, and
tell what came of it.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery.contrib.testing.worker import TestWorkController
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from accounts.choices import ConsentKind
from accounts.models import Consent
from companies.choices import CompanyState
from companies.models import Company
from config.celery import app
from matching.choices import MatchState, OutcomeStage, RunState
from matching.models import Introduction, Match, Question
from matching.services import ask_outcomes
from taxonomy.models import Region
from tests.browser.conftest import NewPage
from tests.browser.person import Person, link_in
from tests.browser.scenes import reference_data
from tests.factories import PASSWORD, CompanyFactory, StaffFactory, korean_number
from tests.smtp import Received, SmtpServer

pytestmark = pytest.mark.django_db(transaction=True)

SELLER, BUYER = "hana@darisojae.example", "sato@kyushu-denshi.example"
FIRM, OFFERING = "주식회사 다리소재", "ArF 액침용 포토레지스트"
NEED = "ArF液浸用フォトレジストの調達"


@pytest.fixture
def mail_to(
    smtp_server: SmtpServer, celery_worker: TestWorkController, settings: Settings
) -> Callable[..., Received]:
    """`mail_to(address, number)`: the address's mail of that number, as soon as it has come."""
    settings.MATCH_GRACE = timedelta(seconds=1)
    settings.MAIL_SENDER_ADDRESS = "서울 강남구 영동대로 511"

    def wait(address: str, number: int) -> Received:
        deadline = time.monotonic() + 30
        while len(smtp_server.to(address)) < number:
            assert time.monotonic() < deadline, [mail.recipients for mail in smtp_server.received]
            # As beat does: some mails wait as long as a mistake can be undone.
            app.send_task("mailing.sweep_outbox")
            time.sleep(0.5)
        assert len(smtp_server.to(address)) == number
        return smtp_server.to(address)[number - 1]

    return wait


@pytest.mark.parametrize(
    ("seller_language", "buyer_language", "staff_language"),
    [("ko", "ja", "en"), ("ko", "ko", "ko"), ("ja", "ja", "ja"), ("en", "en", "en")],
)
def test_from_registration_to_outcome(
    new_page: NewPage,
    mail_to: Callable[..., Received],
    seller_language: str,
    buyer_language: str,
    staff_language: str,
) -> None:
    reference_data()
    reviewer_account = StaffFactory(name="박검토 朴", language=staff_language)
    CompanyFactory(
        country="JP",
        name_ja="株式会社九州電子",
        name_en="",
        owner__user__email=BUYER,
        owner__user__name="佐藤 健",
        owner__user__language=buyer_language,
        with_owner=True,
    )
    seller = Person(new_page(language=seller_language), seller_language)
    buyer = Person(new_page(language=buyer_language), buyer_language)
    reviewer = Person(new_page(language=staff_language), staff_language)

    open_account(seller)
    seller.goes_to(link_in(mail_to(SELLER, 1), "/confirm-email/"))
    seller.presses("Yes, confirm this address")
    register_firm(seller)
    offer(seller)

    reviewer.logs_in(reviewer_account.email)
    verify(reviewer)
    verified = mail_to(SELLER, 2)
    assert str(verified.message["Subject"]) == seller.word("%(name)s is verified", name=FIRM)

    buyer.logs_in(BUYER)
    ask_for(buyer)
    run_matching(reviewer)
    approve_by_keyboard(reviewer)

    offered = mail_to(BUYER, 1)
    wanted = mail_to(SELLER, 3)
    check_subjects(buyer, offered, seller, wanted)

    # Neither is logged in here: the link is all they have, in a browser of another language.
    guest_buyer = Person(new_page(language="en", width=390, height=844), buyer_language)
    guest_seller = Person(new_page(language="en", width=390, height=844), seller_language)
    answer_by_link(guest_buyer, link_in(offered, "/a/"))
    guest_buyer.sees(
        "Your answer is recorded: %(answer)s. Thank you.", answer=buyer.word("Interested")
    )
    assert Match.objects.get().state == MatchState.APPROVED
    answer_by_link(guest_seller, link_in(wanted, "/a/"))
    guest_seller.sees(BUYER)
    guest_buyer.goes_to(guest_buyer.page.url).sees(SELLER)
    check_introductions(mail_to(BUYER, 2), mail_to(SELLER, 4), buyer, seller)

    tell_outcome_on_the_page(seller)
    confirm_outcome_by_link(guest_buyer, link_in(mail_to(BUYER, 3), "/o/"))
    Introduction.objects.update(at=timezone.now() - timedelta(days=31))
    ask_outcomes(now=timezone.now())
    answer_question_by_link(guest_buyer, link_in(mail_to(BUYER, 4), "stage=nothing_yet"))


def open_account(person: Person) -> None:
    person.goes_to("/").follows("Register your firm")
    person.fills(email=SELLER, password1=PASSWORD, name="김하나")
    person.page.locator(f"main [name={ConsentKind.TERMS}]").check()
    person.page.locator(f"main [name={ConsentKind.CROSS_BORDER}]").check()
    person.presses("Register").sees("Look into your mailbox.")
    assert set(Consent.objects.filter(user__email=SELLER).values_list("kind", "language")) == {
        (ConsentKind.TERMS, person.language),
        (ConsentKind.CROSS_BORDER, person.language),
    }


def register_firm(person: Person) -> None:
    person.fills(official_number=korean_number(777), name=FIRM)
    # The check of the number that is going on while one types.
    person.sees("A Korean number that adds up; no firm is registered under it.")
    person.page.locator("main [name=sectors]").first.check()
    region = Region.objects.get(code="KR-48")
    person.fills(region=str(region.pk), about="반도체 공정용 감광 소재를 만듭니다.")
    person.presses("Go on").follows("Later")


def offer(person: Person) -> None:
    person.follows("New offering")
    person.fills(title_ko=OFFERING, text_ko="미세 공정용 포토레지스트를 양산합니다.")
    take_what_is_suggested(person)
    unfold(person, "Quantity, price and delivery")
    person.looks().fills(lead_time_days="45").presses("Save").sees(OFFERING)
    person.goes_to(reverse("companies:profile")).presses("Submit for verification")
    assert Company.objects.get(name_ko=FIRM).state == CompanyState.SUBMITTED


def take_what_is_suggested(person: Person) -> None:
    """The first product that the text names; the first of a process waits for all words."""
    suggested = person.page.locator("#suggestions button").first
    expect(suggested).to_be_visible(timeout=30_000)
    suggested.click()
    expect(person.page.locator("#concepts .chip").first).to_be_visible()


def unfold(person: Person, heading: str) -> None:
    person.page.locator("summary").filter(has_text=person.word(heading)).click()


def verify(person: Person) -> None:
    person.goes_to(reverse("companies:verification")).follows(FIRM)
    for box in person.page.locator("main [name=checked]").all():
        box.check()
    person.presses("Verify for 12 months")
    assert Company.objects.get(name_ko=FIRM).state == CompanyState.VERIFIED


def ask_for(person: Person) -> None:
    person.goes_to(reverse("companies:items")).follows("New need")
    person.fills(title_ja=NEED, text_ja="ArF液浸用のフォトレジストを二社購買で探しています。")
    take_what_is_suggested(person)
    unfold(person, "Conditions a supplier must meet")
    person.fills(max_lead_time_days="60").presses("Save").sees(NEED)


def run_matching(person: Person) -> None:
    person.goes_to(reverse("matching:runs")).presses("Start")
    done = person.page.locator("#run-progress").get_by_text(person.word("completed"), exact=True)
    expect(done).to_be_visible(timeout=60_000)
    assert Match.objects.get().run.state == RunState.COMPLETED


def approve_by_keyboard(person: Person) -> None:
    person.looks().follows("Go to the queue")
    expect(person.page.locator("#sides-title")).to_be_attached()
    person.page.keyboard.press("a")
    expect(person.page.locator("#toasts [data-toast]")).to_be_visible()
    person.looks()
    match = Match.objects.get()
    assert (match.state, match.decided_by.name) == (MatchState.APPROVED, "박검토 朴")


def check_subjects(buyer: Person, offered: Received, seller: Person, wanted: Received) -> None:
    assert str(offered.message["Subject"]) == buyer.word(
        "A firm in %(country)s offers what you need: %(item)s",
        country=buyer.word("Korea"),
        item=NEED,
    )
    assert str(wanted.message["Subject"]) == seller.word(
        "A firm in %(country)s is looking for what you offer: %(item)s",
        country=seller.word("Japan"),
        item=OFFERING,
    )


def answer_by_link(person: Person, link: str) -> None:
    before = all_rows()
    person.goes_to(link)
    assert all_rows() == before, "Opening the link has changed something."
    person.presses("Interested")


def all_rows() -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database except sessions."""
    names = ("accounts", "companies", "matching", "dialogue", "mailing", "common")
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for name in names
        for model in apps.get_app_config(name).get_models()
    }


def check_introductions(to_buyer: Received, to_seller: Received, *people: Person) -> None:
    """Each has the letter in their own language and the one that the other firm's country reads."""
    buyer, seller = people
    for mail, languages in (
        (to_buyer, (buyer.language, "ko")),
        (to_seller, (seller.language, "ja")),
    ):
        body = mail.message.get_body(("plain",))
        text = "" if body is None else body.get_content()
        assert SELLER in text
        assert BUYER in text
        for language in languages:
            assert Person(buyer.page, language).word("Contact") in text


def tell_outcome_on_the_page(person: Person) -> None:
    person.goes_to(reverse("matching:inbox") + "?folder=introduced").follows("株式会社九州電子")
    person.fills(stage=OutcomeStage.SAMPLE).presses("Record").sees("said by you")


def confirm_outcome_by_link(person: Person, link: str) -> None:
    before = all_rows()
    person.goes_to(link)
    assert all_rows() == before, "Opening the link has changed something."
    person.presses("Record this answer").sees("confirmed by both sides")


def answer_question_by_link(person: Person, link: str) -> None:
    """One tap in the mail, one on the page."""
    before = all_rows()
    person.goes_to(link)
    assert all_rows() == before, "Opening the link has changed something."
    person.presses("Record this answer")
    assert Question.objects.filter(answered_at__isnull=False).count() == 1
