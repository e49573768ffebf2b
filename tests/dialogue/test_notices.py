"""The mail about new messages: gathered, in the reader's language, not to those who have read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from companies.models import Membership
from dialogue.choices import NOTICE_DELAY, NOTICE_INTERVAL
from dialogue.models import Reader
from dialogue.services import mark_read, withdraw_post, write_notices
from mailing.models import Message
from matching.choices import Side
from tests.dialogue.scenes import open_conversation, person, say
from tests.factories import MembershipFactory, StaffFactory
from tests.matching.concurrency import at_once

pytestmark = pytest.mark.django_db
NOW = timezone.now()
AFTER = NOW + NOTICE_DELAY


def notices():
    return Message.objects.filter(kind="thread_posts").order_by("created_at", "pk")


def test_several_messages_are_one_mail_to_the_other_side():
    thread = open_conversation(NOW)
    seller, buyer = person(thread, Side.SELLER), person(thread, Side.BUYER)
    colleague = MembershipFactory(company=thread.match.seller, role="editor").user
    MembershipFactory(company=thread.match.buyer, role="viewer")
    say(thread, seller, "안녕하세요. 소개를 받고 연락드립니다.", now=NOW)
    say(thread, seller, "규격서를 먼저 보내 드립니다.", now=NOW + timedelta(minutes=1))
    assert write_notices(now=AFTER - timedelta(seconds=1)) == 0
    assert write_notices(now=AFTER) == 1
    assert write_notices(now=AFTER) == 0
    mail = notices().get()
    assert (mail.user, mail.language) == (buyer, "ja")
    assert "안녕하세요. 소개를 받고 연락드립니다." in mail.text
    assert "규격서를 먼저 보내 드립니다." in mail.html
    assert str(thread.pk) in mail.text
    assert not notices().filter(user=colleague).exists()


def test_whoever_has_read_it_gets_no_mail():
    thread = open_conversation(NOW)
    say(thread, person(thread, Side.SELLER), now=NOW)
    mark_read(thread=thread, user=person(thread, Side.BUYER), now=NOW + timedelta(minutes=1))
    assert write_notices(now=AFTER) == 0
    assert not Reader.objects.filter(notify_at__isnull=False).exists()


def test_at_most_one_mail_an_hour():
    thread = open_conversation(NOW)
    seller = person(thread, Side.SELLER)
    say(thread, seller, "첫 번째", now=NOW)
    assert write_notices(now=AFTER) == 1
    say(thread, seller, "두 번째", now=AFTER + timedelta(minutes=1))
    say(thread, seller, "세 번째", now=AFTER + timedelta(minutes=50))
    assert write_notices(now=AFTER + NOTICE_INTERVAL - timedelta(seconds=1)) == 0
    assert write_notices(now=AFTER + NOTICE_INTERVAL) == 1
    assert "세 번째" in notices().last().text


def test_a_message_taken_back_is_not_told_of():
    thread = open_conversation(NOW)
    seller = person(thread, Side.SELLER)
    post = say(thread, seller, "잘못 보낸 글", now=NOW)
    withdraw_post(post=post, by=seller, now=NOW + timedelta(minutes=2))
    assert write_notices(now=AFTER) == 0


def test_who_has_left_the_firm_gets_no_mail():
    thread = open_conversation(NOW)
    buyer = person(thread, Side.BUYER)
    say(thread, person(thread, Side.SELLER), now=NOW)
    Membership.objects.filter(user=buyer).delete()
    assert write_notices(now=AFTER) == 0


def test_staff_write_to_both_and_are_told_of_answers():
    thread = open_conversation(NOW)
    staff = StaffFactory(language="ko")
    say(thread, staff, "도와드릴 일이 있을까요?", now=NOW)
    assert write_notices(now=AFTER) == 2
    later = AFTER + timedelta(hours=2)
    say(thread, person(thread, Side.BUYER), "納期を教えてください。", now=later)
    assert write_notices(now=later + NOTICE_DELAY) == 2
    assert notices().get(user=staff).category == "staff"


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_mail():
    thread = open_conversation(NOW)
    say(thread, person(thread, Side.SELLER), now=NOW)
    at_once(*[lambda: write_notices(now=AFTER)] * 2)
    assert notices().count() == 1
