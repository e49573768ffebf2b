"""Calendars under secret addresses: what stands in them, for whom, and how they are shut."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.choices import StaffRole
from common.errors import RuleViolated
from common.models import AuditEvent
from companies.choices import CompanyState, ItemState
from companies.models import CompanyCertification
from dialogue.choices import CallPlace
from dialogue.feeds import calendar_of
from dialogue.links import calendar_url
from dialogue.services import accept_slot, cancel_call, open_feed, propose_call, shut_feed
from matching.choices import AnswerKind, Side
from tests.dialogue.scenes import open_conversation, person
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.scenes import answer, member_of, published_match

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)


def events(user, now=None):
    """{uid: event} of the person's calendar."""
    found = Calendar.from_ical(calendar_of(user, now=now or timezone.now()))
    return {str(event["uid"]): event for event in found.walk("VEVENT")}


def hidden_match(**fields):
    seller = CompanyFactory(
        name_ko="한빛정밀", name_en="Hanbit", is_name_hidden=True, with_owner=True
    )
    return published_match(offering=OfferingFactory(company=seller), **fields)


@pytest.mark.parametrize(
    ("language", "title"),
    [("ko", "매칭에 응답"), ("ja", "マッチングに回答"), ("en", "Answer the match with")],
)
def test_a_firm_reads_its_deadline_in_its_language_without_hidden_names(language, title):
    match = hidden_match()
    user = member_of(match, Side.BUYER)
    user.language = language
    user.save()
    event = events(user)[f"match-{match.pk}-1-answer@gagyo"]
    assert title in event["summary"]
    assert event["dtstart"].dt == timezone.localdate(match.expires_at)
    assert event["status"] == "CONFIRMED"
    told = calendar_of(user, now=timezone.now()).decode()
    assert "한빛" not in told
    assert "Hanbit" not in told
    assert match.seller.official_number not in told


def test_an_answered_deadline_is_cancelled_under_the_same_uid_with_a_higher_sequence():
    match = published_match(timezone.now() - timedelta(days=1))
    user = member_of(match, Side.BUYER)
    uid = f"match-{match.pk}-1-answer@gagyo"
    before = events(user)[uid]
    answer(match, Side.BUYER, AnswerKind.INTERESTED)
    after = events(user)[uid]
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")
    assert after["sequence"] > before["sequence"]
    assert events(member_of(match, Side.SELLER))[uid]["status"] == "CONFIRMED"


def test_a_call_stands_in_it_as_in_its_mail_with_the_zone_of_the_firm():
    thread = open_conversation(NOW)
    proposal = propose_call(
        thread=thread,
        side=Side.SELLER,
        by=person(thread, Side.SELLER),
        slots=[datetime(2026, 12, 2, 5, tzinfo=UTC)],
        minutes=60,
        place=CallPlace.VIDEO,
        url="https://meet.example/abc",
        now=NOW,
    )
    buyer = person(thread, Side.BUYER)
    call = accept_slot(slot=proposal.slots.all()[0], side=Side.BUYER, by=buyer, now=NOW)
    event = events(buyer, NOW)[f"{call.pk}@gagyo"]
    assert event["dtstart"].params["tzid"] == "Asia/Tokyo"
    assert b"BEGIN:VTIMEZONE" in calendar_of(buyer, now=NOW)
    seller = person(thread, Side.SELLER)
    assert events(seller, NOW)[f"{call.pk}@gagyo"]["dtstart"].params["tzid"] == "Asia/Seoul"
    outcomes = [uid for uid in events(buyer, NOW) if "-outcome-" in uid]
    assert len(outcomes) == 3
    call.refresh_from_db()
    call.thread = thread
    cancel_call(call=call, side=Side.BUYER, by=buyer, now=NOW + timedelta(hours=1))
    after = events(buyer, NOW)[f"{call.pk}@gagyo"]
    assert (after["status"], after["sequence"] > event["sequence"]) == ("CANCELLED", True)


def test_last_days_of_certificates_items_and_the_verification():
    user = UserFactory(language="en")
    firm = CompanyFactory(owner__user=user, with_owner=True)
    today = timezone.localdate()
    certificate = CompanyCertification.objects.create(
        company=firm, certification=CertificationFactory(), expires_on=today + timedelta(days=9)
    )
    offering = OfferingFactory(company=firm, valid_until=today + timedelta(days=5))
    need = NeedFactory(company=firm, valid_until=today, state=ItemState.CLOSED)
    NeedFactory(valid_until=today)
    found = events(user)
    assert set(found) == {
        f"certificate-{certificate.pk}@gagyo",
        f"offering-{offering.pk}-valid@gagyo",
        f"need-{need.pk}-valid@gagyo",
        f"company-{firm.pk}-verification@gagyo",
    }
    assert found[f"need-{need.pk}-valid@gagyo"]["status"] == "CANCELLED"
    first = found[f"certificate-{certificate.pk}@gagyo"]["sequence"]
    certificate.expires_on += timedelta(days=30)
    certificate.save()
    assert events(user)[f"certificate-{certificate.pk}@gagyo"]["sequence"] > first


def test_staff_read_their_desk_their_holds_and_whom_to_check():
    user = StaffFactory(staff_role=StaffRole.REVIEWER, language="ja")
    due = MatchFactory(assigned_to=user)
    held = MatchFactory(held_until=timezone.localdate() + timedelta(days=3), assigned_to=user)
    MatchFactory(assigned_to=StaffFactory())
    waiting = CompanyFactory(state=CompanyState.SUBMITTED, submitted_at=timezone.now())
    ending = CompanyFactory(verified_until=timezone.now() + timedelta(days=10))
    assert set(events(user)) == {
        f"match-{due.pk}-1-review@gagyo",
        f"match-{held.pk}-1-review@gagyo",
        f"match-{held.pk}-1-hold@gagyo",
        f"company-{waiting.pk}-check@gagyo",
        f"company-{ending.pk}-renewal@gagyo",
    }


def test_the_address_is_secret_and_the_same_file_is_not_sent_twice():
    match = published_match()
    user = member_of(match, Side.BUYER)
    address = calendar_url(open_feed(user=user, now=timezone.now()))
    client = Client()
    told = client.get(address)
    assert told.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert told.content == client.get(address).content
    again = client.get(address, headers={"if-none-match": told.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.post(address).status_code == 405
    assert client.get(address.replace(".ics", "x.ics")).status_code == 404
    answer(match, Side.BUYER)
    changed = client.get(address, headers={"if-none-match": told.headers["ETag"]})
    assert changed.status_code == 200


def test_a_shut_a_renewed_and_a_gone_persons_address_lead_nowhere():
    user = UserFactory()
    client = Client()
    first = calendar_url(open_feed(user=user, now=timezone.now()))
    assert client.get(first).status_code == 200
    second = calendar_url(open_feed(user=user, now=timezone.now()))
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    shut_feed(user=user, now=timezone.now())
    assert client.get(second).status_code == 404
    with pytest.raises(RuleViolated):
        shut_feed(user=user, now=timezone.now())
    third = calendar_url(open_feed(user=user, now=timezone.now()))
    assert (client.get(second).status_code, client.get(third).status_code) == (404, 200)
    user.is_active = False
    user.save()
    assert client.get(third).status_code == 404
    verbs = AuditEvent.objects.filter(verb__startswith="calendar.").values_list("verb", flat=True)
    assert sorted(verbs) == ["calendar.opened"] * 3 + ["calendar.shut"]


def test_the_page_makes_renews_and_shuts_it():
    user = UserFactory(language="en")
    client = Client()
    client.force_login(user)
    page = reverse("dialogue:calendar_settings")
    assert b"There is no address yet" in client.get(page).content
    client.post(page)
    made = client.get(page).content.decode()
    assert calendar_url(user.calendar_feed) in made
    assert "webcal://" in made
    client.post(reverse("dialogue:calendar_shut"))
    assert b"There is no address yet" in client.get(page).content


def test_a_calendar_costs_the_same_queries_with_one_match_and_with_three(
    django_assert_max_num_queries,
):
    match = published_match()
    user = member_of(match, Side.BUYER)
    with django_assert_max_num_queries(20) as one:
        calendar_of(user, now=timezone.now())
    for _ in range(2):
        published_match(need=NeedFactory(company=match.buyer))
    with django_assert_max_num_queries(20) as three:
        told = calendar_of(user, now=timezone.now())
    assert told.count(b"-answer@gagyo") == 3
    assert len(three) == len(one)
