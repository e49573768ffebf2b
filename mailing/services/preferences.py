"""How often a person gets match mails."""

from datetime import datetime
from typing import Any

from django.db import transaction

from common import audit
from mailing.choices import Category, Frequency
from mailing.models import MailPreference
from mailing.services.refusals import refuse_mail, resume_mail


@transaction.atomic
def choose_match_mail(
    *, user: Any, frequency: Frequency | None, weekday: int, now: datetime
) -> MailPreference:
    """From now on match mails come as `frequency` says; None refuses them. Idempotent.

    A refusal keeps the frequency chosen before, for the day it is taken back. A digest tells what
    happened since it was chosen.
    """
    preference = MailPreference.objects.filter(user=user).first() or MailPreference(user=user)
    was = preference.frequency
    if frequency is None:
        refuse_mail(address=user.email, category=Category.MATCHES, now=now)
    else:
        resume_mail(address=user.email, category=Category.MATCHES, now=now)
        if (frequency, weekday) == (was, preference.weekday) and preference.pk:
            return preference
        preference.frequency, preference.weekday = frequency, weekday
    preference.changed_at = now
    if preference.digested_at is None or was == Frequency.AT_ONCE:
        preference.digested_at = now
    preference.save()
    audit.record(
        "preference.changed", preference, actor=user, now=now, frequency=frequency or "none"
    )
    return preference
