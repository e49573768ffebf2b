"""One mail a day or a week instead of many: who gets it, when, what stands in it, and only once."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from companies.choices import MemberRole
from mailing.choices import Category, Frequency, Weekday
from mailing.models import MailPreference, Message
from mailing.services import choose_match_mail, refuse_mail
from matching.choices import AnswerKind, DeclineReason, Side
from matching.queries.digest import MOST_ENTRIES
from matching.services import expire_matches, remind_matches, write_firm_digests
from tests.factories import CompanyFactory, MembershipFactory, NeedFactory, OfferingFactory
from tests.matching.scenes import answer, introduced_match, member_of, published_match

SEOUL = ZoneInfo("Asia/Seoul")
# A Monday.
MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=SEOUL)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    """A Japanese firm whose owner reads digests every day, from the Friday before on."""
    firm = CompanyFactory(country="JP", with_owner=True)
    choose(firm, Frequency.DAILY)
    return firm


def owner(firm):
    return firm.memberships.get().user


def choose(firm, frequency, weekday=Weekday.MONDAY, now=MORNING - 3 * DAY):
    choose_match_mail(user=owner(firm), frequency=frequency, weekday=weekday, now=now)


def match_for(firm, now=MORNING - DAY, **fields):
    return published_match(now, need=NeedFactory(company=firm), **fields)


def digests(firm=None):
    found = Message.objects.filter(kind="match_digest").order_by("created_at")
    return list(found.filter(user=owner(firm)) if firm else found)


def test_a_digest_takes_the_place_of_the_mails(firm):
    match = match_for(firm)
    remind_matches(now=MORNING + 9 * DAY)
    assert not Message.objects.filter(user=owner(firm)).exists()
    assert Message.objects.filter(user=member_of(match, Side.SELLER)).count() == 2
    assert write_firm_digests(now=MORNING + 10 * DAY) == 1
    (digest,) = digests()
    assert digest.user == owner(firm)
    assert "The other firm has been waiting" in digest.text or digest.language != "en"


def test_the_links_answer_the_very_match(firm, client):
    first, second = match_for(firm), match_for(firm)
    write_firm_digests(now=MORNING)
    links = re.findall(r"http\S+/a/\S+answer=interested", digests(firm)[0].text)
    assert len(links) == 2
    for link, match in zip(links, (first, second), strict=True):
        assert str(match.offering.title) in client.get(link).content.decode()


def test_news_since_the_last_one(firm):
    declined, expired = match_for(firm), match_for(firm)
    assert write_firm_digests(now=MORNING) == 1
    answer(declined, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE, now=MORNING)
    assert not Message.objects.filter(user=owner(firm)).exclude(kind="match_digest").exists()
    assert write_firm_digests(now=MORNING + DAY) == 1
    assert declined.need.title in digests(firm)[1].text
    expire_matches(now=expired.expires_at)
    later = expired.expires_at.astimezone(SEOUL).replace(hour=9) + 3 * DAY
    write_firm_digests(now=later)
    write_firm_digests(now=later + 7 * DAY)
    assert len(digests(firm)) == 3


def test_it_is_never_empty(firm):
    assert write_firm_digests(now=MORNING) == 0
    match_for(firm, MORNING)
    assert write_firm_digests(now=MORNING + timedelta(hours=1)) == 0
    assert write_firm_digests(now=MORNING + DAY) == 1


def test_an_answered_match_does_not_wait_any_more(firm):
    answer(match_for(firm), Side.BUYER, now=MORNING - timedelta(hours=2))
    assert write_firm_digests(now=MORNING) == 0


@pytest.mark.parametrize(
    ("frequency", "weekday", "due"),
    [
        (Frequency.DAILY, Weekday.MONDAY, [0, 1, 2, 3, 4]),
        (Frequency.WEEKLY, Weekday.MONDAY, [0]),
        (Frequency.WEEKLY, Weekday.THURSDAY, [3]),
        (Frequency.AT_ONCE, Weekday.MONDAY, []),
    ],
)
def test_the_days(frequency, weekday, due):
    firm = CompanyFactory(country="JP", with_owner=True)
    choose(firm, frequency, weekday)
    match_for(firm)
    found = []
    for day in range(7):
        now = MORNING + day * DAY
        assert write_firm_digests(now=now - timedelta(minutes=1)) == 0
        if write_firm_digests(now=now):
            found.append(day)
        assert write_firm_digests(now=now + timedelta(hours=5)) == 0
    assert found == due


def test_a_weekly_one_that_was_missed_is_made_up_for():
    firm = CompanyFactory(country="JP", with_owner=True)
    choose(firm, Frequency.WEEKLY)
    match_for(firm)
    assert write_firm_digests(now=MORNING + DAY + timedelta(hours=3)) == 1
    assert write_firm_digests(now=MORNING + 2 * DAY) == 0
    assert write_firm_digests(now=MORNING + 7 * DAY) == 1


def test_who_refuses_gets_none(firm):
    match_for(firm)
    refuse_mail(address=owner(firm).email, category=Category.MATCHES, now=MORNING)
    assert write_firm_digests(now=MORNING) == 0


def test_viewers_get_none():
    firm = CompanyFactory(country="JP", with_owner=True)
    viewer = MembershipFactory(company=firm, role=MemberRole.VIEWER).user
    choose_match_mail(user=viewer, frequency=Frequency.DAILY, weekday=0, now=MORNING - DAY)
    published_match(MORNING - DAY, need=NeedFactory(company=firm))
    assert write_firm_digests(now=MORNING) == 0


def test_the_letter_of_introduction_comes_at_once_whatever_was_chosen(firm):
    refuse_mail(address=owner(firm).email, category=Category.MATCHES, now=MORNING)
    introduced_match(MORNING, need=NeedFactory(company=firm))
    letter = Message.objects.get(user=owner(firm), kind="match_introduction")
    assert letter.category == Category.INTRODUCTIONS
    assert "List-Unsubscribe" not in letter.headers


def test_a_hidden_name_stands_in_no_digest(firm):
    secret = CompanyFactory(
        with_owner=True, is_name_hidden=True, name_ko="주식회사 비밀", name_en="Secret Works"
    )
    match_for(firm, offering=OfferingFactory(company=secret))
    write_firm_digests(now=MORNING)
    (digest,) = digests(firm)
    for part in (digest.subject, digest.text, digest.html):
        assert "Secret Works" not in part
        assert "비밀" not in part


def test_a_long_list_is_cut_and_counted(firm):
    type(firm).objects.update(introductions_per_month=99)
    for _number in range(MOST_ENTRIES + 2):
        match_for(firm)
    firm.memberships.get().user.__class__.objects.update(language="en")
    write_firm_digests(now=MORNING)
    (digest,) = digests(firm)
    assert digest.text.count("answer=interested") == MOST_ENTRIES
    assert "2 more matches wait on Gagyo." in digest.text
    assert digest.subject == f"{MOST_ENTRIES + 2} matches wait for your answer"
    assert len(digest.html.encode()) < 102 * 1024


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_write_one(firm):
    match_for(firm)
    gate = threading.Barrier(4)

    def sweep(_number):
        try:
            gate.wait(10)
            return write_firm_digests(now=MORNING)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sweep, range(4))) == 1
    assert len(digests()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_dies_loses_nothing(firm, monkeypatch):
    """Whatever happens before the mail is written undoes that its time was taken."""
    match_for(firm)
    before = MailPreference.objects.get().digested_at
    with monkeypatch.context() as broken:
        broken.setattr("matching.services.mails.write_firm_digest", lambda *a, **k: 1 / 0)
        assert write_firm_digests(now=MORNING) == 0
    assert MailPreference.objects.get().digested_at == before
    assert write_firm_digests(now=MORNING) == 1
