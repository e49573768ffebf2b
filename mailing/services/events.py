"""What a provider tells about a mail after taking it: delivered, came back, called unwanted."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from mailing.choices import Category, EventKind, MessageState, SuppressionReason
from mailing.models import MailEvent, Message
from mailing.rendering import REFUSABLE
from mailing.services.refusals import refuse_mail, suppress
from mailing.signals import mail_refused

logger = logging.getLogger(__name__)

# So many mails that came back for now, within so long, and the address counts as dead.
SOFT_BOUNCES: Final = 3
SOFT_WITHIN: Final = timedelta(days=30)
DETAIL_LENGTH: Final = MailEvent._meta.get_field("detail").max_length


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news; `key` is its own name at the provider, or empty."""

    provider: str
    key: str
    kind: EventKind
    message_id: str
    recipient: str
    at: datetime
    detail: str = ""


@transaction.atomic
def record_event(*, news: News, now: datetime) -> MailEvent | None:
    """Write the news down and act on it, once however often it is told.

    None for a mail that is not ours, or another recipient than the one we wrote to: nobody can have
    an address silenced by naming it.
    """
    message = _message_of(news)
    if message is None:
        logger.info("news of %s about a mail that is not ours", news.provider)
        return None
    key = f"{news.provider}:{news.key or f'{message.pk}:{news.kind}:{news.at.isoformat()}'}"
    event, is_new = MailEvent.objects.get_or_create(
        key=key[:255],
        defaults={
            "message": message,
            "kind": news.kind,
            "at": news.at,
            "detail": news.detail[:DETAIL_LENGTH],
        },
    )
    if is_new:
        _act(message, news, now)
    return event


def _message_of(news: News) -> Message | None:
    name = news.message_id.strip("<>")
    if not name:
        return None
    found = Message.objects.filter(Q(message_id=name) | Q(provider_id=name)).first()
    if found is None or (news.recipient and news.recipient.lower() != found.to.lower()):
        return None
    return found


def _act(message: Message, news: News, now: datetime) -> None:
    if news.kind == EventKind.DELIVERED:
        _delivered(message, news.at)
    elif news.kind == EventKind.CAME_BACK:
        suppress(address=message.to, category="", reason=SuppressionReason.BOUNCED, now=now)
    elif news.kind == EventKind.CAME_BACK_FOR_NOW:
        _came_back_for_now(message, now)
    elif news.kind == EventKind.COMPLAINED:
        suppress(address=message.to, category="", reason=SuppressionReason.COMPLAINED, now=now)
        mail_refused.send(
            sender=MailEvent, address=message.to.lower(), category=Category.PROMOTIONAL, now=now
        )
    elif news.kind == EventKind.REFUSED and message.category in REFUSABLE:
        refuse_mail(address=message.to, category=message.category, now=now)


def _delivered(message: Message, at: datetime) -> None:
    """It arrived: also what was uncertain is known now."""
    Message.objects.filter(pk=message.pk, delivered_at=None).update(delivered_at=at)
    Message.objects.filter(pk=message.pk, state=MessageState.UNCERTAIN).update(
        state=MessageState.SENT, sent_at=F("handed_over_at"), last_error=""
    )


def _came_back_for_now(message: Message, now: datetime) -> None:
    """A full mailbox or a server that is away, three mails in a row: nobody reads there."""
    unread = (
        MailEvent.objects.filter(
            kind=EventKind.CAME_BACK_FOR_NOW,
            at__gt=now - SOFT_WITHIN,
            message__to__iexact=message.to,
            message__delivered_at=None,
        )
        .order_by()
        .values("message")
        .distinct()
    )
    if unread.count() >= SOFT_BOUNCES:
        suppress(address=message.to, category="", reason=SuppressionReason.COMES_BACK, now=now)
