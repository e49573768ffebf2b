"""Conversations as people would have them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from dialogue.models import Post, Thread
from dialogue.permissions import side_in
from dialogue.services import write_post
from matching.choices import Side
from matching.models import Match
from tests.matching.scenes import introduced_match, member_of

# The smallest files that say by their bytes what they are.
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def open_conversation(now: datetime | None = None, **fields: Any) -> Thread:
    """Of two firms that have just been introduced."""
    match: Match = introduced_match(now, **fields)
    return Thread.objects.with_sides().get(pk=match.pk)


def person(thread: Thread, side: Side) -> User:
    return member_of(thread.match, side)


def say(thread: Thread, author: User, text: str = "안녕하세요.", **words: Any) -> Post:
    words.setdefault("now", timezone.now())
    words.setdefault("nonce", uuid4())
    return write_post(
        thread=thread, author=author, side=side_in(author, thread), text=text, **words
    )
