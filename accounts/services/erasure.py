"""Being forgotten: asked for, called off within the waiting time, done by the sweep."""

import logging
from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import ERASURE_TRANSITIONS, ErasureState, StaffRole
from accounts.erasing import Identity, black_out, identity_of, obstacles
from accounts.mails import write_erasure_mail
from accounts.models import Consent, ErasureRequest, StaffInvitation, User
from accounts.services.sessions import drop_sessions
from accounts.signals import person_erased
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move
from mailing.choices import MessageState, SuppressionReason
from mailing.models import Message, erased_mark
from mailing.services import suppress

logger = logging.getLogger(__name__)

# What stood in the way on the day is asked about again a day later.
PUT_OFF: Final = timedelta(days=1)


def ask_erasure(*, user: User, now: datetime) -> ErasureRequest:
    """Take down the wish; it is done settings.ERASURE_WAIT_DAYS later unless called off.

    Asking twice yields the waiting request. The person is told by mail what goes, what is kept
    and why. Raises RuleViolated for staff, and while something has to be settled first.
    """
    if user.is_association_staff:
        raise RuleViolated(
            _("You work for the association. Ask an administrator to end your role first.")
        )
    if found := obstacles(user):
        raise RuleViolated(found[0].sentence)
    with transaction.atomic():
        request, is_new = ErasureRequest.objects.get_or_create(
            user=user,
            state=ErasureState.WAITING,
            defaults={
                "asked_at": now,
                "due_at": now + timedelta(days=settings.ERASURE_WAIT_DAYS),
            },
        )
        if is_new:
            audit.record("account.erasure_asked", user, actor=user, now=now)
            write_erasure_mail(request, kind="erasure_asked", now=now)
    return request


def cancel_erasure(*, request: ErasureRequest, now: datetime) -> ErasureRequest:
    """The person stays. Raises StateChanged when it is done or called off already."""
    with transaction.atomic():
        move(request, to=ErasureState.CANCELLED, allowed=ERASURE_TRANSITIONS, ended_at=now)
        audit.record("account.erasure_cancelled", request.user, actor=request.user, now=now)
        write_erasure_mail(request, kind="erasure_cancelled", now=now)
    return request


def erase_due(*, now: datetime) -> int:
    """Erase everybody whose waiting time is over; return how many.

    Each in one transaction: a worker that dies in the middle has changed nothing, and the next
    sweep does it whole. One that fails is logged and does not hold up the others.
    """
    due = ErasureRequest.objects.filter(state=ErasureState.WAITING, due_at__lte=now)
    done = 0
    for pk in due.values_list("pk", flat=True):
        try:
            done += _erase(pk, now)
        except StateChanged:
            continue
        except Exception:  # any fault of one: the next sweep tries it again
            logger.exception("erasure %s failed", pk)
    return done


def forget_consents(*, now: datetime) -> int:
    """A year after an erasure the record of the consents goes too; return how many rows."""
    until = now - timedelta(days=settings.CONSENT_RECORD_DAYS)
    gone, _by_model = Consent.objects.filter(user__erased_at__lte=until).delete()
    return gone


def _erase(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        request = (
            ErasureRequest.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user")
            .filter(pk=pk, state=ErasureState.WAITING)
            .first()
        )
        if request is None:
            return False
        if obstacles(request.user):
            request.due_at = now + PUT_OFF
            request.save(update_fields=["due_at"])
            write_erasure_mail(request, kind="erasure_held", now=now)
            return False
        user = User.objects.select_for_update().get(pk=request.user_id)
        addresses = [
            user.email,
            *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
        ]
        identity = identity_of(user, addresses)
        person_erased.send(sender=User, user=user, identity=identity, now=now)
        _forget_access(user)
        StaffInvitation.objects.filter(email__in=identity.addresses).delete()
        _forget_mails(user, identity)
        audit.forget_actor(actor=user, label=f"erased person #{user.pk}")
        user.consents.standing().update(withdrawn_at=now)
        _empty(user, now)
        black_out(identity)
        for address in identity.addresses:
            suppress(
                address=erased_mark(address),
                category="",
                reason=SuppressionReason.ERASED,
                now=now,
            )
        move(request, to=ErasureState.DONE, allowed=ERASURE_TRANSITIONS, ended_at=now)
        audit.record("account.erased", user, actor=None, now=now)
    return True


def _forget_access(user: User) -> None:
    """Nothing opens the account any more, and nothing of it lies about."""
    drop_sessions(user)
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.exports.all().delete()


def _forget_mails(user: User, identity: Identity) -> None:
    """The mails to the person: those that wait never go, of the others stays that there was one."""
    to_them = Message.objects.filter(to__in=identity.addresses) | Message.objects.filter(user=user)
    to_them.filter(state=MessageState.QUEUED).update(state=MessageState.CANCELLED)
    to_them.update(
        to=unusable_address(user), subject="", text="", html="", headers={}, last_error=""
    )


def unusable_address(user: User) -> str:
    """What stands where the address stood: no mail ever arrives there (RFC 2606)."""
    return f"person-{user.pk}@erased.invalid"


def _empty(user: User, now: datetime) -> None:
    user.email = unusable_address(user)
    user.name = user.name_kana = user.title = user.phone = ""
    user.is_active = False
    user.staff_role = StaffRole.NONE
    user.last_login = None
    user.erased_at = now
    user.set_unusable_password()
    user.save()
