"""From approval to mail, the eligibility looked at again, reminders and expiry."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from common.business_days import business_days_before
from companies.choices import CompanyState, ItemState
from companies.models import Block, Company
from companies.services.items import close_item
from companies.services.verification import suspend_company
from mailing.choices import MessageState
from mailing.models import Message
from matching.choices import AnswerKind, EventReason, MatchState, Side
from matching.models import Match
from matching.services import (
    approve_match,
    expire_matches,
    publish_due_matches,
    remind_matches,
)
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.concurrency import at_once
from tests.matching.scenes import answer, introduced_match, member_of, published_match

NOW = timezone.now()
SEOUL = ZoneInfo("Asia/Seoul")


def approved(**fields) -> Match:
    match = MatchFactory(**fields)
    return approve_match(match=match, actor=StaffFactory(), now=NOW - timedelta(hours=1))


@pytest.mark.django_db
def test_publishing_writes_one_mail_to_every_owner_and_editor_in_their_language(settings):
    match = approved()
    MembershipFactory(company=match.buyer, role="editor", user=UserFactory(language="en"))
    MembershipFactory(company=match.buyer, role="viewer")
    MembershipFactory(company=match.seller, role="editor", user=UserFactory(verified=False))
    assert publish_due_matches(now=NOW) == 1
    match.refresh_from_db()
    assert match.published_at == NOW
    assert match.expires_at == NOW + timedelta(days=settings.MATCH_ANSWER_DAYS)
    mails = Message.objects.filter(kind="match")
    assert sorted(mails.values_list("language", flat=True)) == ["en", "ja", "ko"]
    assert publish_due_matches(now=NOW + timedelta(hours=1)) == 0
    assert Message.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_publish_once():
    approved()
    at_once(lambda: publish_due_matches(now=NOW), lambda: publish_due_matches(now=NOW))
    assert Message.objects.count() == 2


def suspend_seller(match: Match) -> None:
    Company.objects.filter(pk=match.seller.pk).update(state=CompanyState.SUSPENDED)


def stop_matching(match: Match) -> None:
    Company.objects.filter(pk=match.buyer.pk).update(is_matching_enabled=False)


def close_need(match: Match) -> None:
    match.need.state = ItemState.CLOSED
    match.need.save()


def outdate_offering(match: Match) -> None:
    match.offering.valid_until = timezone.localdate(NOW) - timedelta(days=1)
    match.offering.save()


def block(match: Match) -> None:
    Block.objects.create(company=match.seller, blocked=match.buyer, created_at=NOW)


def lose_members(match: Match) -> None:
    match.seller.memberships.all().delete()


def fill_month(match: Match) -> None:
    Company.objects.filter(pk=match.seller.pk).update(introductions_per_month=1)
    introduced_match(offering=OfferingFactory(company=match.seller))


def fill_seats(match: Match) -> None:
    match.need.seats = 1
    match.need.save()
    published_match(need=match.need)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (suspend_seller, EventReason.COMPANY_LEFT),
        (stop_matching, EventReason.COMPANY_LEFT),
        (close_need, EventReason.ITEM_CLOSED),
        (outdate_offering, EventReason.ITEM_CLOSED),
        (block, EventReason.BLOCKED),
        (lose_members, EventReason.NO_RECIPIENT),
        (fill_month, EventReason.NO_CAPACITY),
        (fill_seats, EventReason.NO_SEAT),
    ],
)
def test_what_changed_since_approval_withdraws_instead_of_mailing(happens, reason):
    match = MatchFactory()
    happens(match)
    before = Message.objects.count()
    match = Match.objects.get(pk=match.pk)
    approve_match(match=match, actor=StaffFactory(), now=NOW - timedelta(hours=1))
    assert publish_due_matches(now=NOW) == 0
    match.refresh_from_db()
    assert (match.state, match.events.last().reason) == (MatchState.WITHDRAWN, reason)
    assert match.ended_at == NOW
    assert Message.objects.count() == before


@pytest.mark.django_db
def test_last_place_of_the_month_goes_to_the_earlier_approval():
    seller = CompanyFactory(with_owner=True, introductions_per_month=1)
    matches = [MatchFactory(offering=OfferingFactory(company=seller)) for _ in range(2)]
    for minutes, match in enumerate(matches):
        decided = NOW - timedelta(hours=1) + timedelta(minutes=minutes)
        approve_match(match=match, actor=StaffFactory(), now=decided)
    assert publish_due_matches(now=NOW) == 1
    states = [Match.objects.get(pk=match.pk).state for match in matches]
    assert states == [MatchState.APPROVED, MatchState.WITHDRAWN]


@pytest.mark.django_db
def test_closing_an_item_withdraws_and_tells_only_firms_that_were_mailed():
    proposed, published = MatchFactory(), published_match()
    for match in (proposed, published):
        close_item(item=match.offering, actor=member_of(match, Side.SELLER), now=NOW)
        match.refresh_from_db()
        assert match.state == MatchState.WITHDRAWN
    assert Message.objects.filter(kind="match_expired").count() == 2
    cancelled = Message.objects.filter(kind="match", state=MessageState.CANCELLED)
    assert cancelled.count() == 2


@pytest.mark.django_db
def test_a_suspended_firm_loses_its_matches_but_not_its_introductions():
    seller = CompanyFactory(with_owner=True)
    standing = MatchFactory(offering=OfferingFactory(company=seller))
    introduced = introduced_match(offering=OfferingFactory(company=seller))
    suspend_company(company=seller, note="fraud", actor=StaffFactory(), now=NOW)
    standing.refresh_from_db()
    introduced.refresh_from_db()
    assert standing.state == MatchState.WITHDRAWN
    assert standing.events.last().reason == EventReason.COMPANY_LEFT
    assert introduced.state == MatchState.INTRODUCED


@pytest.mark.django_db
def test_reminder_goes_once_to_the_side_that_has_not_answered():
    monday = datetime(2026, 11, 2, 10, tzinfo=SEOUL)
    match = published_match(monday)
    answer(match, Side.SELLER, now=monday)
    assert remind_matches(now=datetime(2026, 11, 6, 23, tzinfo=SEOUL)) == 0
    assert remind_matches(now=datetime(2026, 11, 9, 10, tzinfo=SEOUL)) == 1
    assert remind_matches(now=datetime(2026, 11, 10, 10, tzinfo=SEOUL)) == 0
    assert Message.objects.get(kind="match_reminder").user == member_of(match, Side.BUYER)


@pytest.mark.django_db
def test_unanswered_matches_expire_after_21_days_and_both_are_told():
    match = published_match(NOW)
    answer(match, Side.BUYER, now=NOW)
    assert expire_matches(now=NOW + timedelta(days=20, hours=23)) == 0
    assert expire_matches(now=NOW + timedelta(days=21)) == 1
    assert expire_matches(now=NOW + timedelta(days=22)) == 0
    match.refresh_from_db()
    assert (match.state, match.events.last().reason) == (MatchState.EXPIRED, EventReason.UNANSWERED)
    assert Message.objects.filter(kind="match_expired").count() == 2


@pytest.mark.django_db
def test_an_answered_match_does_not_expire():
    match = published_match(NOW)
    answer(match, Side.BUYER, AnswerKind.NOT_NOW, now=NOW)
    assert expire_matches(now=NOW + timedelta(days=22)) == 0


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2026-11-09T10:00", 5, "2026-11-02T10:00"),  # Monday to Monday
        ("2026-11-06T10:00", 5, "2026-10-30T10:00"),  # Friday to Friday
        ("2026-11-04T10:00", 1, "2026-11-03T10:00"),
        ("2026-11-03T10:00", 2, "2026-10-30T10:00"),  # over a weekend
        ("2026-11-08T10:00", 5, "2026-10-30T23:59"),  # a Sunday counts like Friday's end
    ],
)
def test_business_days(moment, days, expected):
    at = datetime.fromisoformat(moment).replace(tzinfo=SEOUL)
    assert business_days_before(at, days).strftime("%Y-%m-%dT%H:%M") == expected


@pytest.mark.django_db
def test_a_match_that_cannot_be_published_does_not_hold_up_the_others(caplog):
    spoilt = approved(need=NeedFactory(cooperation=["of a kind we do not know"]))
    fine = approved()
    assert publish_due_matches(now=NOW) == 1
    assert str(spoilt.pk) in caplog.text
    fine.refresh_from_db()
    assert fine.published_at == NOW
