"""After the introduction, on two phones: a message with a file, a call, a milestone."""

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from dialogue.calendars import warnings
from dialogue.models import Attachment, Call, Post
from matching.choices import OutcomeStage, Side
from matching.models import Match, Outcome
from tests.browser.axe import violations
from tests.browser.conftest import NewPage, SignIn
from tests.browser.person import Person
from tests.dialogue.scenes import PDF
from tests.factories import CompanyFactory, NeedFactory, OfferingFactory
from tests.matching.scenes import introduced_match, member_of

pytestmark = pytest.mark.django_db(transaction=True)

SELLER, BUYER = "주식회사 다리소재", "株式会社九州電子"
TEXT = "안녕하세요. 포토레지스트 규격서를 보내 드립니다."


def introduced_firms() -> Match:
    seller = CompanyFactory(name_ko=SELLER, name_en="", with_owner=True, owner__user__name="김하나")
    buyer = CompanyFactory(
        country="JP",
        name_ja=BUYER,
        name_en="",
        with_owner=True,
        owner__user__name="佐藤 健",
    )
    return introduced_match(
        offering=OfferingFactory(
            company=seller, title_en="", text_en="", title_ko="ArF 포토레지스트", text_ko="양산"
        ),
        need=NeedFactory(
            company=buyer, title_en="", text_en="", title_ja="ArFフォトレジスト", text_ja="調達"
        ),
    )


def ordinary_day() -> datetime:
    """Ten o'clock of a day on which nothing speaks against a call."""
    day = timezone.localdate() + timedelta(days=3)
    while warnings(start := timezone.make_aware(datetime.combine(day, time(10))), 60, "en"):
        day += timedelta(days=1)
    return start


def test_from_the_first_message_to_a_confirmed_milestone(
    new_page: NewPage, sign_in: SignIn
) -> None:
    match = introduced_firms()
    User.objects.exclude(staff_role="").update(name="박검토")
    people = {}
    for side, language in ((Side.SELLER, "ko"), (Side.BUYER, "ja")):
        page = new_page(language=language, width=390, height=844)
        sign_in(page, member_of(match, side))
        people[side] = Person(page, language)
    seller, buyer = people[Side.SELLER], people[Side.BUYER]

    seller.goes_to(reverse("dialogue:threads")).follows(BUYER)
    send_with_a_file(seller)
    propose(seller)

    buyer.goes_to(reverse("dialogue:threads")).sees("unread").follows(SELLER)
    buyer.sees(TEXT)
    assert violations(buyer.page) == []
    with buyer.page.expect_download() as download:
        buyer.page.get_by_role("link", name="규격서.pdf").click()
    assert download.value.path().read_bytes() == PDF
    buyer.presses("Accept").sees("Put into my calendar")
    call = Call.objects.get()
    assert call.starts_at == ordinary_day()

    seller.goes_to(seller.page.url).sees("Put into my calendar")
    seller.page.get_by_text(seller.word("Tell a step")).click()
    seller.fills(stage=OutcomeStage.MET).presses("Record").sees("said by you")
    buyer.goes_to(buyer.page.url)
    buyer.page.locator(f"button[name=stage][value={OutcomeStage.MET}]").click()
    buyer.sees("confirmed by both sides")
    assert Outcome.objects.filter(stage=OutcomeStage.MET).count() == 2
    assert violations(seller.page) == []


def send_with_a_file(person: Person) -> None:
    page = person.page
    page.get_by_text(person.word("Files and language")).click()
    page.locator("main [name=attachments]").set_input_files(
        {"name": "규격서.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.locator("main [name=text]").fill(TEXT)
    # A double click sends one message.
    page.get_by_role("button", name=person.word("Send"), exact=True).dblclick()
    expect(page.locator(".post", has_text=TEXT)).to_have_count(1)
    expect(page.locator("main [name=text]")).to_have_value("")
    assert (Post.objects.count(), Attachment.objects.count()) == (1, 1)
    # The server has the text: no draft comes back.
    page.reload()
    expect(page.locator(".post", has_text=TEXT)).to_have_count(1)
    expect(page.locator("main [name=text]")).to_have_value("")


def propose(person: Person) -> None:
    start = timezone.localtime(ordinary_day())
    person.follows("Propose a call")
    assert violations(person.page) == []
    person.fills(day1=start.date().isoformat(), time1="10:00").presses("Propose these times")
    person.sees("You have proposed these times; the other firm chooses.")


def test_without_script_a_message_is_sent_as_well(new_page: NewPage, sign_in: SignIn) -> None:
    match = introduced_firms()
    page = new_page(language="ko", width=390, has_script=False)
    sign_in(page, member_of(match, Side.SELLER))
    page.goto(reverse("dialogue:thread", args=[match.pk]))
    page.locator("main [name=text]").fill(TEXT)
    page.locator("#write button.btn-primary").click()
    expect(page.locator(".post", has_text=TEXT)).to_have_count(1)
    assert Post.objects.count() == 1
