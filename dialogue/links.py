"""Addresses of conversations that stand in mails."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import User
from dialogue.models import CalendarFeed, Call, Thread
from mailing.links import absolute_url

CALL_FILE: Final = "dialogue.call_file"
# Longer than a call is agreed ahead.
CALL_FILE_LASTS: Final = timedelta(days=200)


def thread_url(thread: Thread) -> str:
    return absolute_url(reverse("dialogue:thread", args=[thread.pk]))


def call_file_url(call: Call, user: User) -> str:
    """The call for `user`'s calendar, without log-in; always as it stands when it is opened."""
    token = signing.dumps([call.pk.hex, user.pk], salt=CALL_FILE)
    return absolute_url(reverse("dialogue:call_link", args=[token]))


def read_call_token(token: str) -> tuple[UUID, int] | None:
    """(call, user) of a link that we made and that has not run out."""
    try:
        call_id, user_id = signing.loads(token, salt=CALL_FILE, max_age=CALL_FILE_LASTS)
    except signing.BadSignature:
        return None
    return UUID(call_id), user_id


CALENDAR: Final = "dialogue.calendar"


def calendar_url(feed: CalendarFeed) -> str:
    """The person's calendar for programs, without log-in."""
    token = signing.Signer(salt=CALENDAR).sign_object([feed.user_id, feed.version])
    return absolute_url(reverse("dialogue:calendar", args=[token]))


def read_calendar_token(token: str) -> CalendarFeed | None:
    """The feed of an address that still leads somewhere."""
    try:
        user_id, version = signing.Signer(salt=CALENDAR).unsign_object(token)
    except signing.BadSignature:
        return None
    return (
        CalendarFeed.objects.filter(
            user_id=user_id, version=version, is_open=True, user__is_active=True
        )
        .select_related("user")
        .first()
    )
