"""Addresses that are not written to."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import RuleViolated
from mailing.choices import SuppressionReason
from mailing.models import Suppression
from mailing.signals import mail_refused

# What says something of the mailbox, not of its owner's wish.
LIFTABLE: Final = (SuppressionReason.BOUNCED, SuppressionReason.COMES_BACK)


@transaction.atomic
def suppress(
    *, address: str, category: str, reason: SuppressionReason, now: datetime
) -> Suppression:
    """Never write to `address` again, in `category` or (empty) at all. Idempotent."""
    row, is_new = Suppression.objects.get_or_create(
        address=address.lower(),
        category=category,
        defaults={"reason": reason, "created_at": now},
    )
    if is_new:
        audit.record("address.suppressed", row, actor=None, now=now, reason=reason)
    return row


@transaction.atomic
def refuse_mail(*, address: str, category: str, now: datetime) -> Suppression:
    """The holder of `address` wants no more mail of `category`; holds at once. Idempotent.

    Sends `mail_refused`, so that a consent recorded elsewhere can be withdrawn with it.
    """
    row = suppress(
        address=address, category=category, reason=SuppressionReason.UNSUBSCRIBED, now=now
    )
    mail_refused.send(sender=Suppression, address=row.address, category=category, now=now)
    return row


@transaction.atomic
def resume_mail(*, address: str, category: str, now: datetime) -> bool:
    """Undo `refuse_mail`; whether there was something to undo.

    What is suppressed for another reason (a dead address, erasure) stays so.
    """
    refused = Suppression.objects.select_for_update().filter(
        address=address.lower(), category=category, reason=SuppressionReason.UNSUBSCRIBED
    )
    for row in refused:
        audit.record("address.resumed", row, actor=None, now=now, category=category)
    return refused.delete()[0] > 0


@transaction.atomic
def lift_suppression(*, suppression: Suppression, why: str, actor: Any, now: datetime) -> None:
    """Write to the address again: staff made sure that it works, and say how.

    Raises RuleViolated for a refusal: only the person can take it back.
    """
    if suppression.reason not in LIFTABLE:
        raise RuleViolated(_("The person refused these mails; only the person can undo that."))
    reason = suppression.reason
    audit.record("address.resumed", suppression, actor=actor, now=now, reason=reason, why=why)
    suppression.delete()
