"""The mails about a firm itself, each in its reader's language."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from companies.links import claim_url, invitation_url
from companies.models import (
    Closing,
    Company,
    CompanyMerge,
    DomainProof,
    Invitation,
    Item,
    JoinRequest,
    Membership,
)
from companies.queries import owners, recipients
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.services import write_message


def write_to_members(
    company: Company, *, kind: str, key: str, now: datetime, **context: Any
) -> None:
    """Write the mail `companies/mail/<kind>` to everybody who gets the firm's mail."""
    _write(recipients(company), company, kind=kind, key=key, now=now, **context)


def write_join_asked(request: JoinRequest, *, now: datetime) -> None:
    """Tell the owners that somebody asks to join. A claim is for staff, who have their queue."""
    _write(
        owners(request.company),
        request.company,
        kind="join_asked",
        key=f"join:{request.pk}",
        now=now,
        request=request,
        page_url=page_url("companies:team", request.company),
    )


def write_join_decided(request: JoinRequest, *, now: datetime) -> None:
    """Tell the person who asked: kind `join_accepted` or `join_refused`."""
    _write(
        [request.user],
        request.company,
        kind=f"join_{request.state}",
        key=f"join:{request.pk}",
        now=now,
        request=request,
    )


def write_closed(closing: Closing, *, now: datetime) -> None:
    """Tell everybody of the firm that it is closed, until when it can be reopened, and how."""
    _write(
        _everybody(closing.company),
        closing.company,
        kind="closed",
        key=f"closing:{closing.pk}",
        now=now,
        until=closing.erase_at,
        person=closing.by,
        reopen_url=absolute_url(reverse("companies:closed", args=[closing.company_id])),
    )


def write_reopened(closing: Closing, *, now: datetime) -> None:
    _write(
        _everybody(closing.company),
        closing.company,
        kind="reopened",
        key=f"closing:{closing.pk}",
        now=now,
    )


def write_renewal_asked(company: Company, *, now: datetime) -> None:
    """Ask the members to confirm their facts before the verification lapses."""
    write_to_members(
        company,
        kind="renewal",
        key=f"renewal:{company.pk}:{company.verified_until:%Y-%m-%d}",
        now=now,
        page_url=page_url("companies:renewal", company),
    )


def write_claim_link(proof: DomainProof, *, now: datetime) -> None:
    """The link that proves that the claimant reads mail at the firm's domain, to the address
    they have typed and in their own language."""
    write_message(
        kind="company_claim_link",
        category=Category.ACCOUNT,
        template="companies/mail/claim_link",
        user=None,
        address=proof.address,
        language=proof.user.language,
        context={
            "company": proof.company,
            "claimant": proof.user,
            "claim_url": claim_url(proof),
            "hours": settings.CLAIM_LINK_HOURS,
        },
        dedupe_key=f"claim:{proof.pk}",
        context_key=f"company:{proof.company_id}",
        now=now,
    )


def write_merged(merge: CompanyMerge, *, came: set[int], now: datetime) -> None:
    """Tell everybody of the two firms, each in their own language; `came`: who was with the
    absorbed record."""
    for user in _everybody(merge.survivor):
        _write(
            [user],
            merge.survivor,
            kind="merged",
            key=f"merge:{merge.pk}",
            now=now,
            absorbed=merge.absorbed,
            is_newcomer=user.pk in came,
            team_url=page_url("companies:team", merge.survivor),
            until=merge.undo_until,
        )


def write_unmerged(merge: CompanyMerge, *, now: datetime) -> None:
    """Tell everybody of either firm that there are two again."""
    for firm in (merge.survivor, merge.absorbed):
        _write(
            _everybody(firm),
            firm,
            kind="unmerged",
            key=f"merge:{merge.pk}:{firm.pk}",
            now=now,
            absorbed=merge.absorbed if firm == merge.survivor else merge.survivor,
        )


def _everybody(company: Company) -> list[User]:
    memberships = company.memberships.filter(user__is_active=True).select_related("user")
    return [membership.user for membership in memberships]


def write_invitation(invitation: Invitation, *, now: datetime) -> None:
    """Ask an address to join the firm, in the language the owner chose; each sending is a mail."""
    write_message(
        kind="company_invitation",
        category=Category.ACCOUNT,
        template="companies/mail/invitation",
        user=None,
        address=invitation.email,
        language=invitation.language,
        context={
            "company": invitation.company,
            "inviter": invitation.invited_by,
            "role": invitation.role,
            "until": invitation.expires_at,
            "invitation_url": invitation_url(invitation),
        },
        dedupe_key=f"invitation:{invitation.pk}:{invitation.sends}",
        context_key=f"invitation:{invitation.pk}",
        now=now,
    )


def write_invitation_accepted(
    invitation: Invitation, membership: Membership, *, now: datetime
) -> None:
    """Tell the owners who came in by an invitation, and with what rights."""
    _write(
        [user for user in owners(invitation.company) if user != membership.user],
        invitation.company,
        kind="invitation_accepted",
        key=f"invitation:{invitation.pk}",
        now=now,
        member=membership.user,
        role=membership.role,
        invited=invitation.email,
        page_url=page_url("companies:team", invitation.company),
    )


def write_items_ending(company: Company, *, items: list[Item], now: datetime) -> None:
    """Tell the firm that these items soon take part in the matching no longer."""
    until = max(item.valid_until for item in items if item.valid_until)
    _write(
        recipients(company),
        company,
        kind="items_ending",
        key=f"ending:{items[0].pk}:{until:%Y-%m-%d}",
        now=now,
        category=Category.MATCHES,
        items=items,
    )


def _write(
    people: Iterable[User],
    company: Company,
    *,
    kind: str,
    key: str,
    now: datetime,
    category: Category = Category.ACCOUNT,
    **context: Any,
) -> None:
    pages = {
        "page_url": page_url("companies:profile", company),
        "items_url": page_url("companies:items", company),
    }
    for user in people:
        write_message(
            kind=f"company_{kind}",
            category=category,
            template=f"companies/mail/{kind}",
            user=user,
            address=user.email,
            language=user.language,
            context={"company": company, **pages, **context},
            dedupe_key=f"{key}:{kind}:{user.pk}",
            context_key=f"company:{company.pk}",
            now=now,
        )


def page_url(name: str, company: Company) -> str:
    """A page about the firm, for a mail."""
    return f"{absolute_url(reverse(name))}?company={company.pk}"
