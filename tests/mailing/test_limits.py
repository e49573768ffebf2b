"""Sending limits hold among several workers, and nothing is lost or overtaken by them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.choices import ConsentKind
from accounts.services import give_consent
from mailing.choices import Category, MessageState
from mailing.models import Message
from mailing.services import deliver_message
from tests.factories import UserFactory
from tests.mailing.conftest import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.MAIL_PER_MINUTE = settings.MAIL_PER_DOMAIN_PER_DAY = 0
    settings.PROMOTIONAL_PER_MINUTE = 0


def deliver_due(now, workers=4):
    """What a sweep does, with several workers that all reach for the same mails."""

    def deliver(key):
        try:
            deliver_message(message=Message.objects.get(pk=key), now=now, jitter=0)
        finally:
            connection.close()

    due = list(Message.objects.due(now).values_list("pk", flat=True))
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(deliver, due))


def sent():
    return Message.objects.filter(state=MessageState.SENT).count()


def test_so_many_a_minute_among_all_workers(waiting_mail, smtp_server, settings):
    settings.MAIL_PER_MINUTE = 3
    for _number in range(8):
        waiting_mail()
    for minute, expected in enumerate((3, 6, 8)):
        deliver_due(NOW + minute * MINUTE)
        deliver_due(NOW + minute * MINUTE)
        assert sent() == len(smtp_server.received) == expected


def test_the_oldest_go_first_and_account_mail_before_all(waiting_mail, smtp_server, settings):
    settings.MAIL_PER_MINUTE = 1
    names = ("young", "old", "account", "staff")
    ages = {"young": 1, "old": 9, "account": 0, "staff": 5}
    categories = {"account": Category.ACCOUNT, "staff": Category.STAFF}
    for name in names:
        waiting_mail(
            to=f"{name}@x.example",
            category=categories.get(name, Category.MATCHES),
            send_after=NOW - ages[name] * MINUTE,
        )
    for minute in range(4):
        deliver_due(NOW + minute * MINUTE)
    order = [mail.recipients[0].split("@")[0] for mail in smtp_server.received]
    assert order == ["account", "old", "staff", "young"]


def test_a_mail_pushed_forward_by_its_own_task_does_not_overtake(waiting_mail, settings):
    settings.MAIL_PER_MINUTE = 1
    first = waiting_mail(send_after=NOW - MINUTE)
    second = waiting_mail()
    deliver_message(message=second, now=NOW, jitter=0)
    assert second.state == MessageState.QUEUED
    assert first.state == MessageState.QUEUED


def test_so_many_a_day_for_each_domain(waiting_mail, smtp_server, settings):
    settings.MAIL_PER_DOMAIN_PER_DAY = 2
    settings.MAIL_PER_MINUTE = 5
    for number in range(4):
        waiting_mail(to=f"p{number}@Busy.example", send_after=NOW - MINUTE)
    waiting_mail(to="p@quiet.example")
    for minute in range(3):
        deliver_due(NOW + minute * MINUTE)
    domains = [mail.recipients[0].split("@")[1].lower() for mail in smtp_server.received]
    assert sorted(domains) == ["busy.example", "busy.example", "quiet.example"]
    deliver_due(NOW + timedelta(days=1, minutes=3))
    assert sent() == 5


def promotion(waiting_mail, number):
    person = UserFactory(email=f"reader{number}@x.example")
    give_consent(user=person, kind=ConsentKind.PROMOTIONAL, language="en", ip_address=None, now=NOW)
    return waiting_mail(to=person.email, user=person, category=Category.PROMOTIONAL)


def test_promotion_is_slower_and_holds_nobody_up(waiting_mail, smtp_server, settings):
    mails = [promotion(waiting_mail, number) for number in range(3)]
    Message.objects.exclude(pk__in=[mail.pk for mail in mails]).delete()
    settings.PROMOTIONAL_PER_MINUTE = 1
    settings.MAIL_PER_MINUTE = 3
    waiting_mail()
    deliver_due(NOW)
    categories = Message.objects.filter(state=MessageState.SENT).values_list("category", flat=True)
    assert sorted(categories) == ["matches", "promotional"]
    deliver_due(NOW + MINUTE)
    deliver_due(NOW + 2 * MINUTE)
    assert sent() == 4


@pytest.mark.parametrize(("hour", "expected"), [(20, 1), (21, 0), (3, 0), (7, 0), (8, 1)])
def test_promotion_rests_at_night(waiting_mail, smtp_server, settings, hour, expected):
    settings.PROMOTIONAL_QUIET_HOURS = (21, 8)
    mail = promotion(waiting_mail, 0)
    Message.objects.exclude(pk=mail.pk).delete()
    waiting_mail()
    deliver_due(datetime(2026, 3, 5, hour, 30, tzinfo=ZoneInfo("Asia/Seoul")))
    kinds = Message.objects.filter(state=MessageState.SENT).values_list("category", flat=True)
    assert list(kinds).count("promotional") == expected
    assert list(kinds).count("matches") == 1
