"""Addresses of conversations that stand in mails."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import User
from dialogue.models import Call, Thread
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
