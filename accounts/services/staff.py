"""Who works for the association, and as what. Administrators decide; nobody about themselves."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import (
    STAFF_INVITATION_TRANSITIONS,
    StaffChange,
    StaffInvitationState,
    StaffRole,
)
from accounts.facets import belongs_somewhere
from accounts.mails import write_staff_change, write_staff_invitation
from accounts.models import StaffInvitation, User
from accounts.services.people import open_account
from accounts.services.sessions import drop_sessions
from accounts.signals import staff_left
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move


@transaction.atomic
def invite_staff(
    *, email: str, name: str, role: str, language: str, actor: User, now: datetime
) -> StaffInvitation:
    """Write to `email` with a link by which the person opens an account with `role`.

    An open invitation of the address is sent anew, with what is asked for now. Raises RuleViolated
    for an address that has an account, and above settings.STAFF_INVITATIONS_PER_DAY.
    """
    _hold_administrators(actor)
    email = email.strip().lower()
    if _is_known(email):
        raise RuleViolated(
            _("This person has an account already. Give the role on the person's page.")
        )
    _spare_limit(actor, now)
    waiting = StaffInvitation.objects.filter(email=email, state=StaffInvitationState.OPEN).first()
    if waiting is not None:
        return _send(waiting, actor=actor, now=now, name=name, role=role, language=language)
    invitation = StaffInvitation.objects.create(
        email=email,
        name=name,
        role=role,
        language=language,
        invited_by=actor,
        created_at=now,
        sent_at=now,
        expires_at=now + timedelta(days=settings.STAFF_INVITATION_DAYS),
    )
    audit.record("staff.invited", invitation, actor=actor, now=now, role=role)
    write_staff_invitation(invitation, now=now)
    return invitation


@transaction.atomic
def resend_staff_invitation(
    *, invitation: StaffInvitation, actor: User, now: datetime
) -> StaffInvitation:
    """A new link; the one before does not work any more. Raises StateChanged when it is not open,
    RuleViolated as `invite_staff` does."""
    _hold_administrators(actor)
    _spare_limit(actor, now)
    return _send(invitation, actor=actor, now=now)


@transaction.atomic
def withdraw_staff_invitation(
    *, invitation: StaffInvitation, actor: User, now: datetime
) -> StaffInvitation:
    """Its link stops working at once. Raises StateChanged when it is no longer open."""
    _hold_administrators(actor)
    move(
        invitation,
        to=StaffInvitationState.WITHDRAWN,
        allowed=STAFF_INVITATION_TRANSITIONS,
        ended_at=now,
    )
    audit.record("staff.invitation_withdrawn", invitation, actor=actor, now=now)
    return invitation


@transaction.atomic
def join_staff(
    *, invitation: StaffInvitation, name: str, password: str, language: str, now: datetime
) -> User:
    """Open the invited person's account with the invitation's role. Once only.

    The link was mailed, so the address counts as confirmed. The administrators are told. Raises
    StateChanged when the invitation was taken up, withdrawn or sent anew, or is too old;
    RuleViolated when the address has got an account meanwhile.
    """
    seen = models.Q(expires_at__gt=now, sends=invitation.sends)
    move(
        invitation,
        to=StaffInvitationState.ACCEPTED,
        allowed=STAFF_INVITATION_TRANSITIONS,
        guard=seen,
        ended_at=now,
    )
    if _is_known(invitation.email):
        raise RuleViolated(
            _("This address has an account already. Ask an administrator to give it the role.")
        )
    user = open_account(
        email=invitation.email, password=password, name=name, language=language, kinds=(), now=now
    )
    user.staff_role = invitation.role
    user.save(update_fields=["staff_role"])
    StaffInvitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    _tell(user, StaffChange.JOINED, verb="staff.joined", was="", actor=user, now=now)
    return user


@transaction.atomic
def change_role(*, user: User, role: str, actor: User, now: datetime) -> User:
    """Give an active person another role, or (`role` empty) none any more.

    Whoever is no longer staff is logged out everywhere, and their work goes back. The person and
    the other administrators are told by mail. Raises RuleViolated for oneself, for a person
    who acts for a firm, and for an account that is switched off.
    """
    _hold_administrators(actor)
    user = _held(user, actor)
    was = user.staff_role
    if was == role:
        return user
    if not user.is_active:
        raise RuleViolated(_("This account is switched off. Switch it on again first."))
    if not was and belongs_somewhere(user):
        raise RuleViolated(
            _("This person acts for a firm and cannot work for the association as well.")
        )
    user.staff_role = role
    user.save(update_fields=["staff_role"])
    if role:
        _tell(user, StaffChange.ROLE, verb="staff.role_changed", was=was, actor=actor, now=now)
    else:
        _take_work(user, now)
        _tell(user, StaffChange.ENDED, verb="staff.role_ended", was=was, actor=actor, now=now)
    return user


@transaction.atomic
def deactivate_staff(*, user: User, actor: User, now: datetime) -> User:
    """Switch the account of a colleague off: every session ends at once, their work goes back.

    The role is kept for the day the account is switched on again. Raises RuleViolated for oneself
    and for people who are not staff, StateChanged when it is off already.
    """
    _hold_administrators(actor)
    user = _held(user, actor)
    _switch(user, is_active=False)
    _take_work(user, now)
    _tell(user, StaffChange.DEACTIVATED, verb="staff.deactivated", actor=actor, now=now)
    return user


@transaction.atomic
def reactivate_staff(*, user: User, actor: User, now: datetime) -> User:
    """The account works again, with the role it had. Raises as `deactivate_staff` does."""
    _hold_administrators(actor)
    user = _held(user, actor)
    _switch(user, is_active=True)
    _tell(user, StaffChange.REACTIVATED, verb="staff.reactivated", actor=actor, now=now)
    return user


def _hold_administrators(actor: User) -> None:
    """Let one administrator at a time change who works here, and only one who still is one.

    The actor, whom no step touches, stays: so there is always an administrator left.
    """
    ours = User.objects.filter(staff_role=StaffRole.ADMINISTRATOR, is_active=True)
    held = ours.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    if actor.pk not in list(held):
        raise RuleViolated(_("Only administrators decide who works for the association."))


def _held(user: User, actor: User) -> User:
    if user.pk == actor.pk:
        raise RuleViolated(
            _("Nobody changes their own role or account. Ask another administrator.")
        )
    found = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if found.erased_at is not None:
        raise RuleViolated(_("This person was erased."))
    return found


def _switch(user: User, *, is_active: bool) -> None:
    if not user.is_association_staff:
        raise RuleViolated(_("This person does not work for the association."))
    if user.is_active == is_active:
        raise StateChanged(_("This has changed in the meantime."))
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def _take_work(user: User, now: datetime) -> None:
    drop_sessions(user)
    staff_left.send(sender=User, user=user, now=now)


def _tell(
    user: User,
    change: StaffChange,
    *,
    verb: str,
    was: str | None = None,
    actor: User,
    now: datetime,
) -> None:
    before = user.staff_role if was is None else was
    event = audit.record(verb, user, actor=actor, now=now, was=before, role=user.staff_role)
    others = User.objects.filter(staff_role=StaffRole.ADMINISTRATOR, is_active=True)
    write_staff_change(
        user,
        change=change,
        was=before,
        actor=actor,
        others=others.exclude(pk__in=[user.pk, actor.pk]).order_by("pk"),
        event=event.pk,
        now=now,
    )


def _send(
    invitation: StaffInvitation,
    *,
    actor: User,
    now: datetime,
    name: str = "",
    role: str = "",
    language: str = "",
) -> StaffInvitation:
    move(
        invitation,
        to=StaffInvitationState.OPEN,
        allowed=STAFF_INVITATION_TRANSITIONS,
        guard=models.Q(sends=invitation.sends),
        sends=invitation.sends + 1,
        sent_at=now,
        expires_at=now + timedelta(days=settings.STAFF_INVITATION_DAYS),
        name=name or invitation.name,
        role=role or invitation.role,
        language=language or invitation.language,
        invited_by=actor,
    )
    audit.record("staff.invited", invitation, actor=actor, now=now, role=invitation.role)
    write_staff_invitation(invitation, now=now)
    return invitation


def _is_known(email: str) -> bool:
    return (
        User.objects.filter(email=email).exists()
        or EmailAddress.objects.filter(email__iexact=email, verified=True).exists()
    )


def _spare_limit(actor: User, now: datetime) -> None:
    today = StaffInvitation.objects.filter(invited_by=actor, sent_at__gt=now - timedelta(days=1))
    sent = today.aggregate(sent=models.Sum("sends"))["sent"] or 0
    if sent >= settings.STAFF_INVITATIONS_PER_DAY:
        raise RuleViolated(
            _("You have sent %(most)s invitations within a day. Go on tomorrow.")
            % {"most": settings.STAFF_INVITATIONS_PER_DAY}
        )
