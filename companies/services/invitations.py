"""Colleagues invited by e-mail: asked, asked again, taken back, accepted."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.transitions import move
from companies.choices import (
    GONE,
    INVITATION_TRANSITIONS,
    CompanyState,
    InvitationState,
    JoinState,
)
from companies.mails import write_invitation, write_invitation_accepted
from companies.models import Company, Invitation, Membership

# One mail of an invitation an hour, so many of them in all: nobody is pestered.
SENDS: Final = 5
SEND_PAUSE: Final = timedelta(hours=1)


def invite(
    *, company: Company, email: str, role: str, language: str, actor: User, now: datetime
) -> Invitation:
    """Ask the holder of `email` to join with `role`; the mail is in `language`.

    Says and does the same whether or not somebody has an account with this address. Inviting an
    address twice sends the open invitation again with the new role and language. Raises
    RuleViolated for a member's address, and above settings.INVITATIONS_PER_DAY.
    """
    email = email.strip().lower()
    with transaction.atomic():
        # The firm's row is held, so that two owners count each other's invitations.
        Company.objects.select_for_update().get(pk=company.pk)
        if company.memberships.filter(user__email=email).exists():
            raise RuleViolated(_("This person is a member of the firm already."))
        open_one = company.invitations.filter(email=email, state=InvitationState.OPEN).first()
        if open_one is not None:
            return resend(invitation=open_one, role=role, language=language, actor=actor, now=now)
        _check_day(company, now)
        invitation = Invitation.objects.create(
            company=company,
            email=email,
            role=role,
            language=language,
            invited_by=actor,
            created_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=settings.INVITATION_DAYS),
        )
        audit.record(
            "company.invited",
            company,
            actor=actor,
            now=now,
            invitation=str(invitation.pk),
            role=role,
        )
        write_invitation(invitation, now=now)
    return invitation


def resend(
    *,
    invitation: Invitation,
    role: str = "",
    language: str = "",
    actor: User,
    now: datetime,
) -> Invitation:
    """Send an open invitation again; its time begins anew.

    Raises StateChanged when it is no longer open, RuleViolated within an hour of the last mail
    or after SENDS mails.
    """
    if invitation.sent_at > now - SEND_PAUSE:
        raise RuleViolated(_("It was sent within the last hour. Please give the mail some time."))
    if invitation.sends >= SENDS:
        raise RuleViolated(_("It was sent often enough. Talk to the person, or invite anew later."))
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=invitation.company_id)
        _check_day(invitation.company, now)
        move(
            invitation,
            to=InvitationState.OPEN,
            allowed=INVITATION_TRANSITIONS,
            guard=models.Q(sends=invitation.sends),
            sends=invitation.sends + 1,
            sent_at=now,
            expires_at=now + timedelta(days=settings.INVITATION_DAYS),
            role=role or invitation.role,
            language=language or invitation.language,
            invited_by=actor,
        )
        audit.record(
            "company.invited",
            invitation.company,
            actor=actor,
            now=now,
            invitation=str(invitation.pk),
            role=invitation.role,
        )
        write_invitation(invitation, now=now)
    return invitation


def withdraw_invitation(*, invitation: Invitation, actor: User | None, now: datetime) -> Invitation:
    """Its link stops working at once. Raises StateChanged when it is no longer open."""
    with transaction.atomic():
        move(invitation, to=InvitationState.WITHDRAWN, allowed=INVITATION_TRANSITIONS, ended_at=now)
        audit.record(
            "company.invitation_withdrawn",
            invitation.company,
            actor=actor,
            now=now,
            invitation=str(invitation.pk),
        )
    return invitation


def accept_invitation(*, invitation: Invitation, user: User, now: datetime) -> Membership:
    """`user` becomes a member with the invitation's role; the owners are told.

    A member already keeps their role. Once only: raises StateChanged when the invitation was
    accepted, withdrawn or is too old, RuleViolated when the firm takes nobody in.
    """
    company = invitation.company
    with transaction.atomic():
        move(
            invitation,
            to=InvitationState.ACCEPTED,
            allowed=INVITATION_TRANSITIONS,
            guard=models.Q(expires_at__gt=now),
            accepted_by=user,
            ended_at=now,
        )
        firm = Company.objects.select_for_update().get(pk=company.pk)
        if firm.state in (*GONE, CompanyState.SUSPENDED):
            raise RuleViolated(_("This firm is suspended or closed and takes nobody in."))
        membership, is_new = Membership.objects.get_or_create(
            company=company, user=user, defaults={"role": invitation.role, "created_at": now}
        )
        company.join_requests.filter(user=user, state=JoinState.OPEN).update(
            state=JoinState.ACCEPTED, decided_at=now, decided_by=invitation.invited_by_id
        )
        if is_new:
            audit.record(
                "company.member_added",
                company,
                actor=user,
                now=now,
                user=user.pk,
                role=invitation.role,
                invitation=str(invitation.pk),
            )
            write_invitation_accepted(invitation, membership, now=now)
    return membership


def _check_day(company: Company, now: datetime) -> None:
    today: Any = company.invitations.filter(sent_at__gt=now - timedelta(days=1))
    if today.count() >= settings.INVITATIONS_PER_DAY:
        raise RuleViolated(
            _("A firm sends at most %(most)s invitations a day. Please go on tomorrow.")
            % {"most": settings.INVITATIONS_PER_DAY}
        )
