"""One conversation with a file, an agreed call and another proposal, for the permission table."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from companies.models import Company
from dialogue.links import calendar_url, call_file_url
from dialogue.models import Call, Slot, Thread
from dialogue.services import NewFile, accept_slot, open_feed, propose_call
from matching.choices import Side
from matching.models import Question
from tests.dialogue.scenes import PDF, open_conversation, person, say


def conversation_arguments(firm: Company, writer: User) -> dict[str, list[Any]]:
    """URL name → its positional arguments; `firm` sells and `writer` is its person."""
    thread = open_conversation(offering__company=firm)
    files = [NewFile("규격서.pdf", PDF)]
    post = say(thread, writer, "포토레지스트 규격서를 보내 드립니다.", files=files)
    call, other = agreed_call(thread)
    question = silent_question(thread)
    address = calendar_url(open_feed(user=writer, now=timezone.now()))
    return {
        "dialogue:calendar": [address.rsplit("/", 1)[1].removesuffix(".ics")],
        "dialogue:attachment": [post.attachments.get().pk],
        "dialogue:call_accept": [thread.pk, other.pk],
        "dialogue:call_cancel": [thread.pk, call.pk],
        "dialogue:call_file": [thread.pk, call.pk],
        "dialogue:call_link": [call_file_url(call, writer).rsplit("/", 2)[1]],
        "dialogue:call_new": [thread.pk],
        "dialogue:silent_settle": [question.pk],
        "dialogue:thread": [thread.pk],
        "dialogue:withdraw": [thread.pk, post.pk],
    }


def agreed_call(thread: Thread) -> tuple[Call, Slot]:
    """The seller's time is accepted; the buyer then proposes another, on a holiday if it can."""
    now = timezone.now()
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    words: dict[str, Any] = {"minutes": 60, "place": "video", "url": "https://meet.example/room"}
    seller, buyer = person(thread, Side.SELLER), person(thread, Side.BUYER)
    first = propose_call(
        thread=thread, side=Side.SELLER, by=seller, slots=[start], now=now, **words
    )
    call = accept_slot(slot=first.slots.get(), side=Side.BUYER, by=buyer, now=now)
    second = propose_call(
        thread=thread, side=Side.BUYER, by=buyer, slots=[next_new_year(start)], now=now, **words
    )
    return call, second.slots.get()


def silent_question(thread: Thread) -> Question:
    """The buyer was asked and reminded long ago."""
    asked, reminded = (timezone.now() - timedelta(days=days) for days in (40, 30))
    return Question.objects.create(
        match=thread.match, side=Side.BUYER, number=1, asked_at=asked, reminded_at=reminded
    )


def next_new_year(start: datetime) -> datetime:
    """A holiday of both countries, if it is near enough to propose."""
    day = start.replace(year=start.year + 1, month=1, day=1, hour=5)
    return day if day < start + timedelta(days=150) else start + timedelta(days=1)
