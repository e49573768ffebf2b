"""Promotional mails of the association: to those who agreed, and to nobody else."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.jobs import kick
from common.transitions import move
from companies.audience import audience_of
from mailing.choices import ANNOUNCEMENT_TRANSITIONS, AnnouncementState, Category
from mailing.models import Announcement, Message
from mailing.services import cancel_messages, write_message

logger = logging.getLogger(__name__)
TEMPLATE = "companies/mail/announcement"


@transaction.atomic
def send_announcement(*, announcement: Announcement, actor: User, now: datetime) -> Announcement:
    """Have it written to everybody it reaches; they get it as the sending limits allow.

    Raises RuleViolated when it reaches nobody, StateChanged when it was sent before.
    """
    if not audience_of(announcement, now=now).readers:
        raise RuleViolated(_("Nobody would get this mail."))
    move(announcement, to=AnnouncementState.SENT, allowed=ANNOUNCEMENT_TRANSITIONS, sent_at=now)
    audit.record("announcement.sent", announcement, actor=actor, now=now)
    kick("companies.write_announcements")
    return announcement


@transaction.atomic
def stop_announcement(*, announcement: Announcement, actor: User, now: datetime) -> int:
    """Take back what still waits; return how many mails that were."""
    move(announcement, to=AnnouncementState.STOPPED, allowed=ANNOUNCEMENT_TRANSITIONS)
    cancelled = cancel_messages(context_key=announcement.context_key, now=now)
    audit.record("announcement.stopped", announcement, actor=actor, now=now, cancelled=cancelled)
    return cancelled


def write_announcements(*, now: datetime) -> int:
    """Write the mails of every announcement that was sent and is not written yet; return how many.

    Each mail in its own transaction and once, whatever process dies or works beside this one.
    """
    written = 0
    waiting = Announcement.objects.filter(state=AnnouncementState.SENT, written_at=None)
    for announcement in waiting.order_by("sent_at", "pk"):
        there = set(
            Message.objects.filter(context_key=announcement.context_key).values_list(
                "user", flat=True
            )
        )
        for reader in audience_of(announcement, now=now).readers:
            if reader.pk not in there:
                written += _write(announcement, reader, now)
        Announcement.objects.filter(pk=announcement.pk).update(written_at=now)
    return written


def send_test(*, announcement: Announcement, language: str, actor: User, now: datetime) -> Message:
    """The mail in `language` to whoever asks for it, as work mail: no consent is needed."""
    return write_message(
        kind="announcement_test",
        category=Category.STAFF,
        template=TEMPLATE,
        user=actor,
        address=actor.email,
        language=language,
        context=announcement_words(announcement, language),
        dedupe_key=f"announcement_test:{announcement.pk}:{actor.pk}:{now.isoformat()}",
        now=now,
    )


def announcement_words(announcement: Announcement, language: str) -> dict[str, str]:
    """What its templates need."""
    return {
        "title": getattr(announcement, f"subject_{language}"),
        "body": getattr(announcement, f"body_{language}"),
    }


@transaction.atomic
def _write(announcement: Announcement, reader: User, now: datetime) -> bool:
    """Under the announcement's lock: one that is stopped meanwhile gets no further mails."""
    current = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if current.state != AnnouncementState.SENT:
        return False
    try:
        write_message(
            kind="announcement",
            category=Category.PROMOTIONAL,
            template=TEMPLATE,
            user=reader,
            address=reader.email,
            language=reader.language,
            context=announcement_words(announcement, reader.language),
            dedupe_key=f"{announcement.context_key}:{reader.pk}",
            context_key=announcement.context_key,
            now=now,
        )
    except RuleViolated:
        logger.info("a consent ended while announcement %s was written", announcement.pk)
        return False
    return True
