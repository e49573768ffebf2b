"""How fast mails leave: limits an association sets so that providers and mailboxes trust it.

Mails that find no room simply wait; the sweep comes back to them, the most urgent first. Limits
count the mails that any worker has taken on, under one lock, so that several workers together keep
them.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import Count

from mailing.choices import Category
from mailing.models import Message

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
# Any number that no other advisory lock of ours has.
LOCK: Final = 4_709_001


def has_room(message: Message, now: datetime) -> bool:
    """Whether the limits let this mail go at `now`. Call in the transaction that claims it.

    More urgent mails that wait come first: with room for three, the first three due have it.
    """
    if not (
        settings.MAIL_PER_MINUTE
        or settings.MAIL_PER_DOMAIN_PER_DAY
        or settings.PROMOTIONAL_PER_MINUTE
    ):
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    return (
        _has_room_for_domain(message, now)
        and _has_room_for_promotion(message, now)
        and _has_room_in_minute(message, now)
    )


def _has_room_for_domain(message: Message, now: datetime) -> bool:
    most = settings.MAIL_PER_DOMAIN_PER_DAY
    if not most:
        return True
    taken = Message.objects.taken_since(now - DAY).filter(domain=message.domain).count()
    return bool(taken < most)


def _has_room_for_promotion(message: Message, now: datetime) -> bool:
    most = settings.PROMOTIONAL_PER_MINUTE
    if not most or message.category != Category.PROMOTIONAL:
        return True
    taken = Message.objects.taken_since(now - MINUTE).filter(category=Category.PROMOTIONAL).count()
    return bool(taken < most)


def _has_room_in_minute(message: Message, now: datetime) -> bool:
    most = settings.MAIL_PER_MINUTE
    if not most:
        return True
    room = most - Message.objects.taken_since(now - MINUTE).count()
    if room <= 0:
        return False
    ahead = Message.objects.due(now).exclude(domain__in=_full_domains(now))
    if not _may_promote(now):
        ahead = ahead.exclude(category=Category.PROMOTIONAL)
    return message.pk in set(ahead.values_list("pk", flat=True)[:room])


def _full_domains(now: datetime) -> list[str]:
    """Domains that have had their mails of the day: those waiting for them hold nobody up."""
    if not settings.MAIL_PER_DOMAIN_PER_DAY:
        return []
    counted = (
        Message.objects.taken_since(now - DAY)
        .order_by()
        .values("domain")
        .annotate(number=Count("pk"))
        .filter(number__gte=settings.MAIL_PER_DOMAIN_PER_DAY)
    )
    return list(counted.values_list("domain", flat=True))


def _may_promote(now: datetime) -> bool:
    most = settings.PROMOTIONAL_PER_MINUTE
    if not most:
        return True
    taken = Message.objects.taken_since(now - MINUTE).filter(category=Category.PROMOTIONAL)
    return bool(taken.count() < most)
