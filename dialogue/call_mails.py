"""The mails about a call, one function each, in each recipient's language."""

from datetime import datetime
from typing import Any

from accounts.models import User
from common.localisation import active_language, in_language
from companies.queries import recipients
from dialogue.calendars import warnings
from dialogue.choices import CallPlace
from dialogue.links import call_file_url, thread_url
from dialogue.mails import firms_text
from dialogue.models import Call, Proposal, Thread
from mailing.choices import Category
from mailing.services import write_message
from matching.choices import Side

Context = dict[str, Any]


def write_proposed(proposal: Proposal, *, now: datetime) -> None:
    """Tell the other side of the proposed times, each with what speaks against it."""

    def context(user: User, side: Side) -> Context:
        return {
            "slots": [
                {
                    "starts_at": slot.starts_at,
                    "warnings": warnings(slot.starts_at, proposal.minutes, active_language()),
                }
                for slot in proposal.slots.all()
            ],
            "length": str(proposal.get_minutes_display()),
            "place": place_text(proposal.place, proposal.url),
        }

    _write(
        proposal.call.thread_id,
        Side(proposal.side).other,
        "proposed",
        context,
        key=f"call:{proposal.call_id}:proposed:{proposal.pk}",
        now=now,
    )


def write_agreed(call: Call, *, was_agreed: bool, now: datetime) -> None:
    """Give both sides the time, with the file for their calendars."""
    _to_both(call, "agreed", {"was_agreed": was_agreed}, now)


def write_cancelled(call: Call, *, side: Side, was_agreed: bool, now: datetime) -> None:
    """Tell the other side; of an agreed call both, because both have it in their calendars."""
    for each in Side:
        if was_agreed or each != side:
            _about(call, each, "cancelled", {"was_agreed": was_agreed}, now)


def write_reminder(call: Call, *, now: datetime) -> None:
    _to_both(call, "reminder", {}, now)


def place_text(place: str, url: str) -> str:
    return url or str(CallPlace(place).label)


def _to_both(call: Call, kind: str, words: Context, now: datetime) -> None:
    for side in Side:
        _about(call, side, kind, words, now)


def _about(call: Call, side: Side, kind: str, words: Context, now: datetime) -> None:
    def context(user: User, side: Side) -> Context:
        return {
            "starts_at": call.starts_at,
            "length": str(call.get_minutes_display()),
            "place": place_text(call.place, call.url) if call.place else "",
            "file_url": call_file_url(call, user) if call.starts_at else "",
            **words,
        }

    key = f"call:{call.pk}:{kind}:{call.sequence}"
    _write(call.thread_id, side, kind, context, key=key, now=now)


def _write(thread_id: Any, side: Side, kind: str, context: Any, *, key: str, now: datetime) -> None:
    thread = Thread.objects.with_sides().get(pk=thread_id)
    for user in recipients(thread.company_of(side)):
        with in_language(user.language):
            content = {
                "recipient": user,
                "firms": firms_text(thread, side),
                "thread_url": thread_url(thread),
                **context(user, side),
            }
        write_message(
            kind=f"call_{kind}",
            category=Category.MATCHES,
            template=f"dialogue/mail/call_{kind}",
            user=user,
            address=user.email,
            language=user.language,
            context=content,
            dedupe_key=f"{key}:{user.pk}",
            context_key=f"thread:{thread.pk}",
            now=now,
        )
