"""One mail a day or a week instead of one for each match, for the people who chose that."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from common.business_days import is_business_day
from common.localisation import in_language
from mailing.choices import Category, Frequency, Weekday
from mailing.models import MailPreference, Suppression
from matching.queries.digest import firm_digest
from matching.services import mails

logger = logging.getLogger(__name__)

HOUR, MINUTE = 8, 30
WEEK: Final = 7


def write_firm_digests(*, now: datetime) -> int:
    """On working days from 8:30 (KST/JST) write each digest that is due, once; return how many.

    Weekly ones on the chosen day or, after a standstill, on the next working day. One that fails is
    logged and holds up no other.
    """
    written = 0
    for key in due_digests(now).values_list("pk", flat=True):
        try:
            written += write_firm_digest(key, now)
        except Exception:  # whatever is wrong with one person's digest must not hold up the others
            logger.exception("the digest of preference %s failed", key)
    return written


def due_digests(now: datetime) -> "models.QuerySet[MailPreference]":
    """Whose time has come since they were last looked after; nobody's at night or a weekend."""
    today = _at_half_past_eight(now)
    if not is_business_day(now) or now < today:
        return MailPreference.objects.none()
    due = models.Q(frequency=Frequency.DAILY, digested_at__lt=today)
    for weekday in Weekday:
        last = today - timedelta(days=(today.weekday() - weekday) % WEEK)
        due |= models.Q(frequency=Frequency.WEEKLY, weekday=weekday, digested_at__lt=last)
    return MailPreference.objects.filter(due, user__is_active=True).order_by("pk")


def write_firm_digest(key: int, now: datetime) -> bool:
    """Write one person's digest, if it is still to be written and there is something to tell.

    Whoever moves `digested_at` first writes it, in the same transaction.
    """
    with transaction.atomic():
        preference = due_digests(now).select_related("user").filter(pk=key).first()
        if preference is None or preference.digested_at is None:
            return False
        since = preference.digested_at
        if not MailPreference.objects.filter(pk=key, digested_at=since).update(digested_at=now):
            return False
        user = User.objects.get(pk=preference.user_id)
        if Suppression.objects.covering(user.email, Category.MATCHES).exists():
            return False
        with in_language(user.language):
            digest = firm_digest(user, since=since, now=now)
        if digest.is_empty:
            return False
        day = timezone.localtime(now).date().isoformat()
        mails.write_firm_digest(user, digest=digest, day=day, now=now)
    return True


def _at_half_past_eight(now: datetime) -> datetime:
    """Of the day of `now` (KST/JST)."""
    return timezone.localtime(now).replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0)
