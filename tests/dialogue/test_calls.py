"""Times are proposed, one is accepted, calendars hear of it: also when two are quick."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies.models import Company
from dialogue.choices import CallPlace, CallState, ProposalState
from dialogue.invitations import calendar_file
from dialogue.links import call_file_url
from dialogue.models import Call, Proposal, Thread
from dialogue.services import accept_slot, cancel_call, end_calls, propose_call, remind_of_calls
from mailing.models import Message
from matching.choices import Side
from tests.dialogue.scenes import open_conversation, person
from tests.factories import MembershipFactory
from tests.matching.concurrency import at_once

# A Monday, 10:00 KST; the Wednesday and Thursday after it are ordinary days in both countries.
NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
WEDNESDAY = datetime(2026, 12, 2, 5, tzinfo=UTC)
THURSDAY = datetime(2026, 12, 3, 1, 30, tzinfo=UTC)


def proposed(thread: Thread, side: Side = Side.SELLER, **words) -> Proposal:
    defaults = {
        "slots": [WEDNESDAY, THURSDAY],
        "minutes": 60,
        "place": CallPlace.VIDEO,
        "url": "https://meet.example/abc",
        "now": NOW,
    }
    return propose_call(thread=thread, side=side, by=person(thread, side), **defaults | words)


def accepted(thread: Thread, proposal: Proposal, number: int = 0, now: datetime = NOW) -> Call:
    side = Side(proposal.side).other
    slot = proposal.slots.all()[number]
    return accept_slot(slot=slot, side=side, by=person(thread, side), now=now)


def event_of(call: Call, side: Side, language: str):
    found = Calendar.from_ical(calendar_file(call, side=side, language=language, now=NOW))
    return found, found.walk("VEVENT")[0]


def mails(kind: str):
    return Message.objects.filter(kind=f"call_{kind}")


@pytest.mark.django_db
def test_the_other_side_is_told_and_chooses():
    thread = open_conversation(NOW)
    proposal = proposed(thread)
    assert mails("proposed").get().user == person(thread, Side.BUYER)
    with pytest.raises(RuleViolated):
        accept_slot(
            slot=proposal.slots.first(),
            side=Side.SELLER,
            by=person(thread, Side.SELLER),
            now=NOW,
        )
    call = accepted(thread, proposal, 1)
    assert (call.state, call.starts_at, call.sequence) == (CallState.AGREED, THURSDAY, 0)
    assert call.url == "https://meet.example/abc"
    assert {mail.language for mail in mails("agreed")} == {"ko", "ja"}
    assert accepted(thread, proposal, 1).sequence == 0
    assert mails("agreed").count() == 2


@pytest.mark.django_db
def test_the_same_proposal_twice_is_one():
    thread = open_conversation(NOW)
    assert proposed(thread) == proposed(thread)
    assert mails("proposed").count() == 1


@pytest.mark.django_db
def test_a_counter_proposal_replaces_the_first():
    thread = open_conversation(NOW)
    first = proposed(thread)
    proposed(thread, Side.BUYER, slots=[THURSDAY])
    first.refresh_from_db()
    assert first.state == ProposalState.REPLACED
    with pytest.raises(StateChanged, match="in the meantime"):
        accepted(thread, first)
    assert Call.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"slots": []},
        {"slots": [NOW - timedelta(hours=1)]},
        {"slots": [NOW + timedelta(days=200)]},
        {"slots": [WEDNESDAY + timedelta(minutes=10)]},
        {"slots": [WEDNESDAY + timedelta(hours=n) for n in range(4)]},
        {"minutes": 45},
        {"place": "moon"},
        {"url": "javascript:alert(1)"},
    ],
)
def test_what_cannot_be_proposed(wrong):
    with pytest.raises(RuleViolated):
        proposed(open_conversation(NOW), **wrong)
    assert not Call.objects.exists()


@pytest.mark.django_db
def test_a_time_that_is_over_cannot_be_accepted():
    thread = open_conversation(NOW)
    with pytest.raises(StateChanged):
        accepted(thread, proposed(thread), now=WEDNESDAY)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_different_times_one_wins():
    thread = open_conversation(NOW)
    proposal = proposed(thread)
    ends = at_once(*[lambda n=n: accepted(thread, proposal, n) for n in (0, 1)])
    assert sorted(ends) == ["StateChanged", "done"]
    assert mails("agreed").count() == 2


@pytest.mark.django_db(transaction=True)
def test_accepting_while_other_times_are_proposed_leaves_one_truth():
    thread = open_conversation(NOW)
    proposal = proposed(thread)
    ends = at_once(
        lambda: accepted(thread, proposal),
        lambda: proposed(thread, Side.BUYER, slots=[THURSDAY]),
    )
    call = Call.objects.get()
    assert ends[1] == "done"
    assert (call.state == CallState.AGREED) == (ends[0] == "done")
    assert call.proposals.filter(state=ProposalState.OPEN).get().side == Side.BUYER


@pytest.mark.django_db
def test_the_calendar_file_is_the_same_moment_on_both_sides(settings):
    thread = open_conversation(NOW)
    call = accepted(thread, proposed(thread))
    found = {}
    for side, language, zone in (
        (Side.SELLER, "ko", "Asia/Seoul"),
        (Side.BUYER, "ja", "Asia/Tokyo"),
    ):
        calendar, event = event_of(call, side, language)
        assert calendar["METHOD"] == "PUBLISH"
        assert [zone_["TZID"] for zone_ in calendar.walk("VTIMEZONE")] == [zone]
        assert event["DTSTART"].params["TZID"] == zone
        assert event["DTSTART"].dt == WEDNESDAY
        assert event["DTSTART"].dt.astimezone(ZoneInfo(zone)).hour == 14
        assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=1)
        assert str(thread.pk) in event["URL"]
        text = calendar.to_ical().decode()
        for each in Side:
            assert person(thread, each).email not in text
            assert person(thread, each).name not in text
        found[side] = (event["UID"], event["SEQUENCE"], str(event["SUMMARY"]))
    assert found[Side.SELLER][:2] == found[Side.BUYER][:2]
    assert thread.match.buyer.name_en in found[Side.SELLER][2]
    assert thread.match.seller.name_en in found[Side.BUYER][2]


@pytest.mark.django_db
def test_a_new_time_raises_the_sequence_and_a_cancellation_takes_it_out():
    thread = open_conversation(NOW)
    call = accepted(thread, proposed(thread))
    _calendar, first = event_of(call, Side.BUYER, "ja")
    again = proposed(thread, Side.BUYER, slots=[THURSDAY])
    call.refresh_from_db()
    assert (call.state, call.starts_at) == (CallState.AGREED, WEDNESDAY)
    call = accepted(thread, again)
    _calendar, second = event_of(call, Side.BUYER, "ja")
    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] == first["SEQUENCE"] + 1
    assert second["DTSTART"].dt == THURSDAY
    call = cancel_call(call=call, side=Side.BUYER, by=person(thread, Side.BUYER), now=NOW)
    calendar, third = event_of(call, Side.SELLER, "ko")
    assert (calendar["METHOD"], third["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (third["UID"], third["SEQUENCE"]) == (first["UID"], 2)
    assert mails("cancelled").count() == 2
    with pytest.raises(StateChanged):
        cancel_call(call=call, side=Side.SELLER, by=person(thread, Side.SELLER), now=NOW)
    proposed(thread)
    assert Call.objects.count() == 2


@pytest.mark.django_db
def test_the_reminder_comes_on_the_working_day_before():
    thread = open_conversation(NOW)
    # A Monday behind a weekend.
    monday = datetime(2026, 12, 14, 2, tzinfo=UTC)
    call = accepted(thread, proposed(thread, slots=[monday]))
    friday_at_nine = datetime(2026, 12, 11, 0, tzinfo=UTC)
    assert remind_of_calls(now=friday_at_nine - timedelta(minutes=1)) == 0
    assert remind_of_calls(now=friday_at_nine) == 1
    assert remind_of_calls(now=friday_at_nine) == 0
    assert mails("reminder").count() == 2
    assert end_calls(now=monday + timedelta(minutes=59)) == 0
    assert end_calls(now=monday + timedelta(minutes=60)) == 1
    call.refresh_from_db()
    assert call.state == CallState.HELD


@pytest.mark.django_db
def test_what_was_agreed_at_short_notice_needs_no_reminder():
    thread = open_conversation(NOW)
    accepted(thread, proposed(thread, slots=[NOW + timedelta(hours=3)]))
    assert remind_of_calls(now=NOW + timedelta(minutes=5)) == 0
    assert not mails("reminder").exists()


@pytest.mark.django_db
def test_the_link_in_the_mail_needs_no_log_in_and_changes_nothing(client):
    thread = open_conversation(NOW)
    call = accepted(thread, proposed(thread))
    buyer = person(thread, Side.BUYER)
    link = "/" + call_file_url(call, buyer).split("/", 3)[3]
    assert link in mails("agreed").get(user=buyer).text
    before = list(Call.objects.values())
    response = client.get(link)
    assert response.headers["Content-Type"].startswith("text/calendar")
    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert event["DTSTART"].dt == WEDNESDAY
    assert list(Call.objects.values()) == before
    assert client.get("/c/forged/call.ics").status_code == 404
    buyer.memberships.all().delete()
    assert client.get(link).status_code == 404


@pytest.mark.django_db
def test_proposing_on_the_page_asks_about_holidays_first(client):
    thread = open_conversation()
    User.objects.update(language="en")
    client.force_login(person(thread, Side.SELLER))
    page = reverse("dialogue:call_new", args=[thread.pk])
    assert client.get(page).status_code == 200
    day = timezone.localdate() + timedelta(days=7)
    data = {"minutes": "60", "place": "video", "day1": day.isoformat(), "time1": "20:00"}
    refused = client.post(page, data)
    assert refused.status_code == 422
    assert "outside of usual office hours" in refused.content.decode()
    assert not Call.objects.exists()
    client.post(page, data | {"is_confirmed": "on"})
    assert Call.objects.get().proposals.get().slots.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"day1": "2020-01-01", "time1": "10:00"}, "day1"),
        ({"day1": "2020-01-01"}, "time1"),
        ({"day1": "", "time1": ""}, "day1"),
        ({"day1": "2026-13-45", "time1": "10:00"}, "day1"),
        ({"day1": "", "url": "not a link"}, "url"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(client, data, field):
    thread = open_conversation()
    client.force_login(person(thread, Side.SELLER))
    page = reverse("dialogue:call_new", args=[thread.pk])
    response = client.post(page, {"minutes": "60", "place": "video", **data})
    assert field in response.context["form"].errors
    assert not Call.objects.exists()


@pytest.mark.django_db
def test_who_comes_late_is_told(client):
    thread = open_conversation()
    User.objects.update(language="en")
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    proposal = proposed(thread, slots=[now + timedelta(days=3), now + timedelta(days=4)], now=now)
    first, second = proposal.slots.all()
    client.force_login(person(thread, Side.BUYER))
    for slot in (first, second):
        address = reverse("dialogue:call_accept", args=[thread.pk, slot.pk])
        page = client.post(address, follow=True).content.decode()
    assert "in the meantime" in page
    assert Call.objects.get().starts_at == first.starts_at


@pytest.mark.django_db
def test_viewers_and_closed_firms_agree_on_nothing(client):
    thread = open_conversation()
    page = reverse("dialogue:call_new", args=[thread.pk])
    client.force_login(MembershipFactory(company=thread.match.seller, role="viewer").user)
    assert client.get(page).status_code == 403
    Company.objects.filter(pk=thread.match.buyer.pk).update(state="closed")
    client.force_login(person(thread, Side.SELLER))
    assert client.get(page).status_code == 403
