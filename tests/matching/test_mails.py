"""What people read: the right language, the right facts, and nothing of what is hidden."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from companies.choices import CompanyState
from mailing.models import Message
from mailing.services import deliver_message
from matching.choices import AnswerKind, DeclineReason, Side
from matching.services import ask_outcomes, expire_matches, remind_matches, write_staff_digests
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)
from tests.matching.scenes import answer, introduced_match, member_of, published_match

NOW = timezone.now()
KINDS = ("match", "reminder", "declined", "expired", "introduction", "outcome")


def mails(kind: str) -> "list[Message]":
    return list(Message.objects.filter(kind=kind).order_by("language"))


def all_kinds(language: str) -> list[Message]:
    """One mail of every kind to the buyer, who reads `language`."""
    reader = CompanyFactory(country="JP", with_owner=True, owner__user__language=language)
    for ending in ("introduction", "declined", "expired"):
        match = published_match(NOW, need=NeedFactory(company=reader))
        if ending == "introduction":
            for side in Side:
                answer(match, side, now=NOW)
        elif ending == "declined":
            answer(match, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE, now=NOW)
    remind_matches(now=NOW + timedelta(days=10))
    expire_matches(now=NOW + timedelta(days=30))
    ask_outcomes(now=NOW + timedelta(days=30))
    return list(Message.objects.filter(language=language))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_every_mail_is_whole_in_every_language(language):
    found = all_kinds(language)
    kinds = {mail.kind.removeprefix("match_") for mail in found}
    assert kinds >= set(KINDS)
    for mail in found:
        assert mail.subject
        is_letter = mail.kind == "match_introduction"
        assert mail.category == ("introductions" if is_letter else "matches")
        for part in (mail.text, mail.html):
            assert "{{" not in part
            assert "{%" not in part
            assert "None" not in part
        assert f'lang="{language}"' in mail.html


@pytest.mark.django_db
def test_text_and_html_carry_the_same_links():
    match = published_match()
    for mail in mails("match"):
        link = r"https?://\S+?/a/[\w:.-]+/\?answer=\w+"
        assert len(set(re.findall(link, mail.text))) == 3
        assert set(re.findall(link, mail.text)) == set(re.findall(link, mail.html))
        assert django_settings.PUBLIC_URL in mail.text
    assert match.need.title in mails("match")[0].subject


@pytest.mark.django_db
def test_a_hidden_name_stands_in_no_mail_before_the_introduction():
    seller = CompanyFactory(
        with_owner=True, is_name_hidden=True, name_ko="주식회사 비밀", name_en="Secret Works"
    )
    match = published_match(NOW, offering=OfferingFactory(company=seller))
    buyer = member_of(match, Side.BUYER)
    remind_matches(now=NOW + timedelta(days=10))
    before = Message.objects.filter(user=buyer)
    assert before.count() == 2
    for mail in before:
        assert "비밀" not in mail.subject + mail.text + mail.html
        assert "Secret Works" not in mail.subject + mail.text + mail.html
    for side in Side:
        answer(match, side, now=NOW)
    letter = Message.objects.get(user=buyer, kind="match_introduction")
    assert "Secret Works" in letter.text or "비밀" in letter.text


@pytest.mark.django_db
def test_contact_data_stands_in_no_mail_before_the_introduction():
    match = published_match()
    for mail in mails("match"):
        other = Side.SELLER if mail.language == "ja" else Side.BUYER
        assert member_of(match, other).email not in mail.text + mail.html


@pytest.mark.django_db
def test_markup_in_a_title_is_escaped():
    match = published_match(offering=OfferingFactory(title_en="<script>alert(1)</script>"))
    buyer = member_of(match, Side.BUYER)
    mail = Message.objects.get(user=buyer)
    assert "<script>" not in mail.html
    assert "<script>alert(1)</script>" in mail.text


@pytest.mark.django_db
def test_the_digest_comes_once_on_business_mornings_when_something_waits():
    seoul = ZoneInfo("Asia/Seoul")
    morning = datetime(2026, 11, 23, 8, 30, tzinfo=seoul)
    StaffFactory(language="ko")
    StaffFactory(language="ja", verified=False)
    assert write_staff_digests(now=morning) == 0
    MatchFactory()
    CompanyFactory(state=CompanyState.SUBMITTED)
    assert write_staff_digests(now=morning - timedelta(days=1)) == 0
    assert write_staff_digests(now=morning - timedelta(hours=1)) == 0
    assert write_staff_digests(now=morning) == 1
    assert write_staff_digests(now=morning + timedelta(minutes=1)) == 0
    assert mails("staff_digest")[0].language == "ko"
    assert write_staff_digests(now=morning + timedelta(days=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_over_a_real_smtp_server_korean_and_japanese_arrive_whole(smtp_server):
    match = introduced_match()
    for message in Message.objects.order_by("created_at"):
        deliver_message(message=message, now=timezone.now(), jitter=0)
    for side in Side:
        person = member_of(match, side)
        match_mail, letter = smtp_server.to(person.email)
        assert (
            str(match_mail.message["Subject"])
            == Message.objects.get(user=person, kind="match").subject
        )
        body = letter.message.get_body(("plain",)).get_content()
        assert match.company_of(side.other).native_name in body
