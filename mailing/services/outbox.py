"""Writing mails, and what staff decide about those that went wrong."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import RuleViolated
from common.jobs import kick
from common.transitions import move
from mailing.choices import DECISION_STATES, SETTLEMENTS, Category, Decision, MessageState
from mailing.consent import has_promotional_consent
from mailing.models import Message
from mailing.rendering import render_mail


@transaction.atomic
def write_message(
    *,
    kind: str,
    category: Category,
    template: str,
    user: Any | None,
    address: str,
    language: str,
    context: dict[str, Any],
    dedupe_key: str,
    context_key: str = "",
    send_after: datetime | None = None,
    now: datetime,
) -> Message:
    """Put one mail into the outbox; it goes out after `send_after` (default: `now`).

    Writing a mail whose `dedupe_key` is taken returns the row that is there, unchanged, also when
    two processes write it at once. The text is fixed now, in `language`, from the three templates
    `<template>.{subject.txt,txt,html}`. `context_key` names what the mail is about, for
    `cancel_messages`. A due mail is handed to a worker after commit.

    Raises RuleViolated for promotional mail to a person without a standing consent.
    """
    if written := Message.objects.filter(dedupe_key=dedupe_key).first():
        return written
    if category == Category.PROMOTIONAL and not has_promotional_consent(user, now=now):
        raise RuleViolated(_("This person has not agreed to promotional mail."))
    rendered = render_mail(
        template=template,
        category=category,
        address=address,
        language=language,
        context=context,
        user=user,
    )
    message = Message(
        kind=kind,
        category=category,
        dedupe_key=dedupe_key,
        context_key=context_key,
        user=user,
        to=address,
        language=language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        headers=rendered.headers,
        send_after=send_after or now,
        created_at=now,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    message = Message.objects.get(dedupe_key=dedupe_key)
    if message.send_after <= now:
        kick("mailing.deliver", message_id=str(message.pk))
    return message


def cancel_messages(*, context_key: str, now: datetime) -> int:
    """Take back the mails about `context_key` that still wait; return how many.

    Those already being handed over or sent stay as they are.
    """
    if not context_key:
        raise ValueError("An empty context key would name every mail without one.")
    waiting = Message.objects.filter(context_key=context_key, state=MessageState.QUEUED)
    return waiting.update(state=MessageState.CANCELLED)


@transaction.atomic
def settle_message(*, message: Message, decision: Decision, actor: Any, now: datetime) -> Message:
    """Do what a person decided about an uncertain or failed mail.

    It arrived → sent; send again → queued, due at once; give up → cancelled. Raises StateChanged
    when the mail is not (or no longer) in a state that needs the decision.
    """
    was = message.state
    to = DECISION_STATES[decision]
    changes: dict[str, Any] = {}
    if to == MessageState.QUEUED:
        changes = {"send_after": now, "attempts": 0, "claimed_at": None, "handed_over_at": None}
    elif to == MessageState.SENT:
        changes["sent_at"] = message.handed_over_at
    move(message, to=to, allowed=SETTLEMENTS, **changes)
    audit.record("message.settled", message, actor=actor, now=now, reason=decision, was=was)
    if to == MessageState.QUEUED:
        kick("mailing.deliver", message_id=str(message.pk))
    return message
