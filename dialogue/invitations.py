"""A call as a calendar file (RFC 5545).

METHOD:PUBLISH, because both sides have agreed here already: calendars take the event in without
asking anybody for an answer, and no address of a person stands in the file. A newer file with the
same UID and a higher SEQUENCE replaces the event; METHOD:CANCEL takes it away.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from common.localisation import in_language
from dialogue.choices import CallPlace, CallState
from dialogue.links import thread_url
from dialogue.models import Call
from matching.choices import Side
from taxonomy.choices import Country

ZONES: Final = {Country.KR: ZoneInfo("Asia/Seoul"), Country.JP: ZoneInfo("Asia/Tokyo")}
FILE_NAME: Final = "gagyo-call.ics"


def call_uid(call: Call) -> str:
    return f"{call.pk}@gagyo"


def calendar_file(call: Call, *, side: Side, language: str, now: datetime) -> bytes:
    """The agreed (or cancelled) call for a person of `side`, in their language and time zone."""
    if call.starts_at is None:
        raise ValueError("There is nothing to put into a calendar before a time is agreed.")
    is_cancelled = call.state == CallState.CANCELLED
    calendar = Calendar()
    calendar.add("prodid", "-//Gagyo//Calls//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    calendar.add_component(call_event(call, call.starts_at, side=side, language=language, now=now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def call_event(
    call: Call, starts_at: datetime, *, side: Side, language: str, now: datetime
) -> Event:
    """The same event in the file of one call and in the calendar of all; `now` stamps it."""
    thread = call.thread
    own, other = thread.company_of(side), thread.company_of(side.other)
    start = starts_at.astimezone(ZONES[Country(own.country)])
    event = Event()
    with in_language(language):
        event.add("uid", call_uid(call))
        event.add("sequence", call.sequence)
        event.add("dtstamp", now)
        event.add("dtstart", start)
        event.add("dtend", start + timedelta(minutes=call.minutes))
        event.add("summary", _("Call with %(firm)s") % {"firm": other.display_name})
        event.add("description", _description(call, other.display_name))
        event.add("location", call.url or str(CallPlace(call.place).label))
        event.add("status", "CANCELLED" if call.state == CallState.CANCELLED else "CONFIRMED")
    event.add("url", thread_url(thread))
    organizer = vCalAddress(f"MAILTO:{settings.MAIL_CONTACT}")
    organizer.params["cn"] = vText("Gagyo")
    event["organizer"] = organizer
    return event


def _description(call: Call, firm: str) -> str:
    lines = [
        _("Agreed with %(firm)s at Gagyo.") % {"firm": firm},
        _("Korea and Japan have the same time (KST = JST)."),
        _("Your conversation: %(url)s") % {"url": thread_url(call.thread)},
    ]
    return "\n".join(lines)
