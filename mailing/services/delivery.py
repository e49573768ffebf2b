"""The way of a mail out of the house: at most once, whatever crashes.

    queued ─claim→ sending ─note the hand-over→ ─server says yes→ sent

Each arrow is one committed UPDATE that names the old state. A process that dies before the
hand-over was noted has surely sent nothing: the mail waits again. One that dies after it leaves
a mail of unknown fate: uncertain, for staff to decide, never sent again by itself.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from mailing.choices import Category, MessageState, SuppressionReason
from mailing.consent import has_promotional_consent
from mailing.models import Message, Suppression
from mailing.services.limits import has_room
from mailing.services.refusals import suppress
from mailing.transport import (
    FateUnknown,
    NotTaken,
    compose,
    connect,
    hand_over,
    own_message_id,
)

logger = logging.getLogger(__name__)

# With doubling and the longest wait, the last attempt comes about a day after the first.
MAX_ATTEMPTS: Final = 12
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)
# Longer than any hand-over can take: each step of it ends after settings.EMAIL_TIMEOUT.
STUCK_AFTER: Final = timedelta(minutes=10)


class _ClaimLost(Exception):
    """The sweep gave the mail to somebody else while this process was asleep."""


def retry_wait(attempts: int, jitter: float) -> timedelta:
    """How long to wait after the `attempts`-th failure (from 1): doubling, up to LONGEST_WAIT.

    `jitter` in [0, 1) spreads the wait over ±25 %, so that a server that comes back is not stormed.
    """
    doubled: timedelta = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    wait: timedelta = doubled * (0.75 + jitter / 2)
    return wait


def deliver_message(*, message: Message, now: datetime, jitter: float) -> Message:
    """Try to deliver one waiting mail; never raises for what a mail server does.

    Does nothing when the mail is not due, when the sending limits leave no room for it now, or when
    another process has it. Must not run inside a
    transaction: every step has to be committed before the next. Afterwards the mail is sent,
    suppressed (refused address, no consent), failed, uncertain, or queued for a later attempt.
    """
    if not _claim(message, now):
        return message
    if reason := _refusal(message, now):
        return _finish(message, MessageState.SUPPRESSED, last_error=reason)
    try:
        email = compose(message)
        with connect() as connection:
            _note_handover(message, now)
            provider_id = hand_over(connection, email)
            _finish(message, MessageState.SENT, sent_at=now, last_error="", provider_id=provider_id)
    except NotTaken as error:
        _after_refusal(message, error, now=now, jitter=jitter)
    except FateUnknown as error:
        logger.warning("fate of mail %s is unknown: %s", message.pk, error)
        _finish(message, MessageState.UNCERTAIN, last_error=str(error))
    except _ClaimLost:
        logger.warning("mail %s was taken away before it was handed over", message.pk)
    return message


def recover_stuck_messages(*, now: datetime) -> int:
    """Free the mails whose process died in the middle; return how many there were.

    Surely not handed over → queued again (failed after MAX_ATTEMPTS); otherwise → uncertain.
    """
    stuck = Message.objects.filter(state=MessageState.SENDING, claimed_at__lt=now - STUCK_AFTER)
    unknown = stuck.filter(handed_over_at__isnull=False).update(
        state=MessageState.UNCERTAIN,
        last_error="The process ended between handing the mail over and recording the answer.",
    )
    kept = stuck.filter(handed_over_at=None)
    died = "The process ended before the mail was handed over."
    spent = kept.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=MessageState.FAILED, claimed_at=None, last_error=died
    )
    again = kept.update(state=MessageState.QUEUED, claimed_at=None, send_after=now, last_error=died)
    return unknown + spent + again


def _claim(message: Message, now: datetime) -> bool:
    """Make the mail this process's own; `claimed_at` is the proof of it until it is finished."""
    with transaction.atomic(durable=True):
        claimed = has_room(message, now) and (
            Message.objects.due(now)
            .filter(pk=message.pk)
            .update(
                state=MessageState.SENDING,
                claimed_at=now,
                handed_over_at=None,
                attempts=F("attempts") + 1,
            )
        )
    message.refresh_from_db()
    return bool(claimed)


def _refusal(message: Message, now: datetime) -> str:
    """Why this mail must not go out; empty when it may."""
    if standing := Suppression.objects.covering(message.to, message.category).first():
        return standing.reason
    if message.category == Category.PROMOTIONAL and not has_promotional_consent(
        message.user, now=now
    ):
        return "no consent"
    return ""


def _note_handover(message: Message, now: datetime) -> None:
    """From here on the mail may be in the world; committed before the server hears of it."""
    with transaction.atomic(durable=True):
        noted = Message.objects.filter(
            pk=message.pk, state=MessageState.SENDING, claimed_at=message.claimed_at
        ).update(handed_over_at=now, message_id=own_message_id(message))
    if not noted:
        raise _ClaimLost


def _after_refusal(message: Message, error: NotTaken, *, now: datetime, jitter: float) -> None:
    if error.retryable and message.attempts < MAX_ATTEMPTS:
        wait = retry_wait(message.attempts, jitter)
        _finish(
            message,
            MessageState.QUEUED,
            send_after=now + wait,
            claimed_at=None,
            handed_over_at=None,
            last_error=str(error),
        )
        return
    _finish(message, MessageState.FAILED, handed_over_at=None, last_error=str(error))
    if error.dead_address:
        suppress(address=message.to, category="", reason=SuppressionReason.BOUNCED, now=now)


def _finish(message: Message, state: str, **changes: Any) -> Message:
    """Record what became of the mail, if it is still this process's to say.

    The sweep may have called it uncertain meanwhile: who knows better may still say so.
    """
    changed = Message.objects.filter(
        pk=message.pk,
        state__in=(MessageState.SENDING, MessageState.UNCERTAIN),
        claimed_at=message.claimed_at,
    ).update(state=state, **changes)
    if changed:
        for name, value in {"state": state, **changes}.items():
            setattr(message, name, value)
    else:
        logger.warning("mail %s was decided elsewhere before it became %s", message.pk, state)
    return message
