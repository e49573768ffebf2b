"""A person's dates as a calendar (RFC 5545) that programs fetch again and again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.models import User
from common.localisation import in_language
from companies.models import Company
from dialogue.choices import CallState
from dialogue.invitations import ZONES, call_event
from dialogue.models import Call, Thread
from dialogue.permissions import side_in
from dialogue.queries.dates import BACK, Day, days_of
from mailing.links import absolute_url
from taxonomy.choices import Country

#: How often a program should look.
RENEWED_EVERY = timedelta(hours=2)


def calendar_of(user: User, *, now: datetime) -> bytes:
    """In the person's language. The same bytes as long as nothing has changed."""
    calendar = Calendar()
    calendar.add("prodid", "-//Gagyo//Dates//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("refresh-interval", RENEWED_EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT2H")
    zone = zone_of(user)
    with in_language(user.language):
        calendar.add("name", _("Gagyo: my dates"))
        calendar.add("x-wr-calname", _("Gagyo: my dates"))
        calendar.add("x-wr-timezone", zone.key)
        for day in days_of(user, now=now):
            calendar.add_component(_event(day))
    for event in _calls(user, now):
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def zone_of(user: User) -> ZoneInfo:
    """Of the firm's country; of staff by their language."""
    firm = Company.objects.of_member(user).order_by("pk").first()
    if firm is not None:
        return ZONES[Country(firm.country)]
    return ZONES[Country.JP if user.language == "ja" else Country.KR]


def _event(day: Day) -> Event:
    event = Event()
    event.add("uid", day.uid)
    event.add("sequence", day.sequence)
    event.add("dtstamp", day.changed_at)
    event.add("dtstart", day.on)
    event.add("dtend", day.on + timedelta(days=1))
    event.add("summary", day.title)
    if day.text:
        event.add("description", day.text)
    event.add("url", absolute_url(day.path))
    event.add("status", "CANCELLED" if day.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _calls(user: User, now: datetime) -> list[Event]:
    """Agreed and cancelled ones of the person's conversations; staff are no party to calls."""
    if user.is_association_staff:
        return []
    found = (
        Call.objects.filter(
            thread__in=Thread.objects.visible_to(user).order_by().values("pk"),
            state__in=(CallState.AGREED, CallState.CANCELLED, CallState.HELD),
            starts_at__gte=now - BACK,
        )
        .select_related("thread__match__need__company", "thread__match__offering__company")
        .order_by("starts_at", "pk")
    )
    events = []
    for call in found:
        side = side_in(user, call.thread)
        if side is not None and call.starts_at is not None:
            stamp = max(
                moment
                for moment in (call.created_at, call.agreed_at, call.cancelled_at)
                if moment is not None
            )
            events.append(
                call_event(call, call.starts_at, side=side, language=user.language, now=stamp)
            )
    return events
