"""Consent to promotional mail lasts two years; before it ends the person is asked again."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.choices import ConsentEnd, ConsentKind, ConsentWay
from accounts.mails import write_consent_renewal, write_consent_result
from accounts.models import Consent, User
from accounts.queries import PROMOTIONAL_CONSENT_LASTS
from accounts.wording import WORDINGS
from common import audit
from mailing.choices import Category
from mailing.services import resume_mail

logger = logging.getLogger(__name__)
ASK_BEFORE: Final = timedelta(days=30)


def ask_consents_again(*, now: datetime) -> int:
    """Write to everybody whose consent ends within 30 days, once; return to how many."""
    due = Consent.objects.standing().filter(
        kind=ConsentKind.PROMOTIONAL,
        asked_again_at=None,
        given_at__lte=now - PROMOTIONAL_CONSENT_LASTS + ASK_BEFORE,
        given_at__gt=now - PROMOTIONAL_CONSENT_LASTS,
        user__is_active=True,
    )
    return sum(_ask(key, now) for key in due.values_list("pk", flat=True))


def end_consents(*, now: datetime) -> int:
    """Close every consent to promotional mail that was not confirmed in time, and tell the person;
    return how many. (No such mail goes out any more from that moment on, closed or not.)"""
    over = Consent.objects.standing().filter(
        kind=ConsentKind.PROMOTIONAL, given_at__lte=now - PROMOTIONAL_CONSENT_LASTS
    )
    return sum(_end(key, now) for key in over.values_list("pk", flat=True))


@transaction.atomic
def renew_consent(
    *, consent: Consent, language: str, ip_address: str | None, now: datetime
) -> Consent | None:
    """Confirm a standing consent for two more years, to the present wording; told by mail.

    The old fact is closed and a new one recorded. None when there is nothing left to confirm: it
    was withdrawn, ended, or confirmed before.
    """
    user = User.objects.select_for_update().get(pk=consent.user_id)
    closed = (
        Consent.objects.standing()
        .filter(pk=consent.pk, given_at__gt=now - PROMOTIONAL_CONSENT_LASTS)
        .update(withdrawn_at=now, ended_by=ConsentEnd.REPLACED)
    )
    if not closed:
        return None
    renewed = Consent.objects.create(
        user=user,
        kind=consent.kind,
        wording_version=WORDINGS[consent.kind].version,
        language=language,
        given_at=now,
        ip_address=ip_address,
        way=ConsentWay.RENEWAL,
    )
    audit.record("consent.renewed", renewed, actor=user, now=now, kind=consent.kind)
    resume_mail(address=user.email, category=Category.PROMOTIONAL, now=now)
    write_consent_result(renewed, now=now)
    return renewed


@transaction.atomic
def _ask(key: int, now: datetime) -> bool:
    """Whoever notes the time first writes the mail, in the same transaction."""
    if (
        not Consent.objects.standing()
        .filter(pk=key, asked_again_at=None)
        .update(asked_again_at=now)
    ):
        return False
    consent = Consent.objects.select_related("user").get(pk=key)
    write_consent_renewal(consent, ends_at=consent.given_at + PROMOTIONAL_CONSENT_LASTS, now=now)
    return True


@transaction.atomic
def _end(key: int, now: datetime) -> bool:
    closed = (
        Consent.objects.standing()
        .filter(pk=key)
        .update(withdrawn_at=now, ended_by=ConsentEnd.UNCONFIRMED)
    )
    if not closed:
        return False
    consent = Consent.objects.select_related("user").get(pk=key)
    audit.record("consent.ended", consent, actor=None, now=now, kind=consent.kind)
    if consent.user.is_active:
        write_consent_result(consent, now=now)
    return True
