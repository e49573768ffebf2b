"""Consent to promotional mail ends after two years unless it is confirmed by a button."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.choices import ConsentEnd, ConsentKind, ConsentWay
from accounts.links import consent_url
from accounts.models import Consent
from accounts.queries import PROMOTIONAL_CONSENT_LASTS, has_promotional_consent
from accounts.services import (
    ask_consents_again,
    end_consents,
    give_consent,
    renew_consent,
    withdraw_consent,
)
from mailing.models import Message
from tests.factories import ConsentFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
END = NOW + PROMOTIONAL_CONSENT_LASTS


def consent(given_at=NOW, language="en"):
    return ConsentFactory(
        user=UserFactory(language=language), kind=ConsentKind.PROMOTIONAL, given_at=given_at
    )


def mails(kind):
    return Message.objects.filter(kind=kind)


def test_people_are_asked_once_thirty_days_before():
    consent()
    assert ask_consents_again(now=END - 31 * DAY) == 0
    assert ask_consents_again(now=END - 30 * DAY) == 1
    assert ask_consents_again(now=END - 29 * DAY) == 0
    assert mails("consent_renewal").count() == 1


def test_the_mail_says_what_the_law_wants():
    """Korean law: who sends, when consent was given, how to keep or withdraw it."""
    fact = consent(language="ko")
    ask_consents_again(now=END - 30 * DAY)
    mail = mails("consent_renewal").get()
    assert mail.category == "account"
    assert "(광고)" not in mail.subject
    assert "2026년 3월 2일" in mail.text
    assert "2028년 3월 1일" in mail.text
    assert settings.MAIL_SENDER_ADDRESS in mail.text
    assert urlsplit(consent_url(fact)).path.split(":")[0] in mail.text


def test_without_an_answer_it_ends_and_the_person_is_told():
    fact = consent()
    ask_consents_again(now=END - 30 * DAY)
    assert end_consents(now=END - DAY) == 0
    assert end_consents(now=END) == 1
    assert end_consents(now=END) == 0
    fact.refresh_from_db()
    assert (fact.withdrawn_at, fact.ended_by) == (END, ConsentEnd.UNCONFIRMED)
    assert "has ended" in mails("consent_result").get().subject


def test_confirming_is_a_new_fact_for_two_more_years():
    fact = consent()
    later = END - 10 * DAY
    renewed = renew_consent(consent=fact, language="en", ip_address="192.0.2.9", now=later)
    fact.refresh_from_db()
    assert (fact.withdrawn_at, fact.ended_by) == (later, ConsentEnd.REPLACED)
    assert (renewed.way, renewed.ip_address, renewed.given_at) == (
        ConsentWay.RENEWAL,
        "192.0.2.9",
        later,
    )
    assert has_promotional_consent(fact.user, now=END + 300 * DAY)
    assert mails("consent_result").count() == 1
    assert renew_consent(consent=fact, language="en", ip_address=None, now=later) is None
    assert Consent.objects.count() == 2


def test_what_is_over_cannot_be_confirmed():
    fact = consent()
    assert renew_consent(consent=fact, language="en", ip_address=None, now=END) is None
    withdraw_consent(user=fact.user, kind=fact.kind, now=END)
    assert renew_consent(consent=fact, language="en", ip_address=None, now=END) is None


def test_agreeing_anew_after_the_end_is_a_new_fact():
    fact = consent()
    give_consent(user=fact.user, kind=fact.kind, language="en", ip_address=None, now=END + DAY)
    fact.refresh_from_db()
    assert fact.ended_by == ConsentEnd.UNCONFIRMED
    assert has_promotional_consent(fact.user, now=END + 2 * DAY)


@pytest.fixture
def path():
    fact = consent(given_at=timezone.now() - PROMOTIONAL_CONSENT_LASTS + 20 * DAY)
    return urlsplit(consent_url(fact)).path


def test_opening_changes_nothing(client, path):
    for method in (client.get, client.head):
        assert method(path).status_code == 200
    client.post(path)
    assert Consent.objects.standing().count() == Consent.objects.count() == 1
    assert "Without your confirmation the consent ends" in client.get(path).content.decode()


def test_keeping_by_the_button(client, path):
    page = client.post(path, {"keep": "1"}, follow=True, REMOTE_ADDR="192.0.2.9")
    assert "You will go on getting news" in page.content.decode()
    client.post(path, {"keep": "1"})
    assert Consent.objects.standing().get().way == ConsentWay.RENEWAL
    assert Consent.objects.count() == 2


def test_withdrawing_by_the_button(client, path):
    page = client.post(path, {"withdraw": "1"}, follow=True)
    assert "You get no more news" in page.content.decode()
    assert Consent.objects.get().ended_by == ConsentEnd.WITHDRAWN
    client.post(path, {"keep": "1"})
    assert not Consent.objects.standing().exists()


def test_a_forged_link_is_none(path):
    assert Client().get("/c/forged/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_ask_once():
    consent()

    def sweep(_number):
        try:
            return ask_consents_again(now=END - 10 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(sweep, range(3))) == 1
    assert mails("consent_renewal").count() == 1
