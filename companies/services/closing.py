"""A firm is closed: hidden at once, reopened for a while, then its data are erased."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move
from companies.choices import (
    COMPANY_TRANSITIONS,
    CompanyState,
    InvitationState,
    ItemState,
    JoinState,
    MemberRole,
)
from companies.mails import write_closed, write_join_decided, write_reopened
from companies.models import Closing, Company, ImportChange, Item, Membership, Need, Offering
from companies.services.invitations import withdraw_invitation
from companies.signals import company_entered, company_erased, company_left
from documents.models import Document

logger = logging.getLogger(__name__)

ITEMS: Final[tuple[type[Item], ...]] = (Offering, Need)
# What says how a firm is reached or what it is like; names, country and number are kept.
EMPTIED: Final = (
    *("name_kana", "website", "address", "representative", "industry", "stock_code"),
    *("about_ko", "about_ja", "about_en"),
)
EMPTIED_OF_ITEMS: Final = ("text_ko", "text_ja", "text_en")


def close_company(*, company: Company, actor: User, now: datetime) -> Closing:
    """Close the firm: out of the directory and the matching from this moment.

    Open matches are withdrawn and whoever was mailed about them is told; open items are closed,
    invitations and join requests ended. Its people stay members, so that an owner can reopen it
    within settings.CLOSING_DAYS. Raises StateChanged when it is closed already, RuleViolated
    when `actor` does not own it.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=company.pk)
        _require_owner(company, actor)
        was = company.state
        move(company, to=CompanyState.CLOSED, allowed=COMPANY_TRANSITIONS)
        company_left.send(sender=Company, company_id=company.pk, reason="closed", now=now)
        closing = Closing.objects.create(
            company=company,
            was=was,
            items=_close_items(company),
            by=actor,
            closed_at=now,
            erase_at=now + timedelta(days=settings.CLOSING_DAYS),
        )
        for invitation in company.invitations.filter(state=InvitationState.OPEN):
            withdraw_invitation(invitation=invitation, actor=actor, now=now)
        for request in company.join_requests.filter(state=JoinState.OPEN).select_related("user"):
            move(
                request,
                to=JoinState.REFUSED,
                allowed={JoinState.OPEN: (JoinState.REFUSED,)},
                decided_at=now,
                decided_by=actor,
            )
            write_join_decided(request, now=now)
        audit.record("company.closed", company, actor=actor, now=now, was=was)
        write_closed(closing, now=now)
    return closing


def reopen_company(*, closing: Closing, actor: User, now: datetime) -> Company:
    """Undo `close_company`: the firm and its items are what they were; withdrawn matches are not.

    A verification that ran out meanwhile has lapsed. Raises StateChanged when it was reopened or
    erased already or the time is over, RuleViolated when the number was registered anew.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=closing.company_id)
        _require_owner(company, actor)
        closing = Closing.objects.select_for_update().get(pk=closing.pk)
        if not closing.may_be_reopened(now):
            raise StateChanged(_("This firm can no longer be reopened."), state=company.state)
        has_lapsed = company.verified_until is not None and company.verified_until <= now
        is_late = closing.was == CompanyState.VERIFIED and has_lapsed
        try:
            with transaction.atomic():
                move(
                    company,
                    to=CompanyState.LAPSED if is_late else closing.was,
                    allowed=COMPANY_TRANSITIONS,
                )
        except IntegrityError as error:
            raise RuleViolated(
                _("Another firm is registered under this official number.")
            ) from error
        for model in ITEMS:
            model._default_manager.filter(company=company, pk__in=closing.items).update(
                state=ItemState.OPEN
            )
        closing.reopened_at = now
        closing.save(update_fields=["reopened_at"])
        if company.state == CompanyState.VERIFIED and company.is_matching_enabled:
            company_entered.send(sender=Company, company_id=company.pk, now=now)
        audit.record("company.reopened", company, actor=actor, now=now)
        write_reopened(closing, now=now)
    return company


def erase_closed(*, now: datetime) -> int:
    """Erase the data of the firms whose time to reopen is over; return how many.

    Each in one transaction; one that fails is logged and does not hold up the others.
    """
    due = Closing.objects.pending().filter(erase_at__lte=now).values_list("pk", flat=True)
    done = 0
    for pk in due:
        try:
            done += _erase(pk, now)
        except Exception:  # any fault of one: the next sweep tries it again
            logger.exception("closed firm of closing %s could not be erased", pk)
    return done


def _erase(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        # The firm before its closing: the order in which reopening locks them.
        firm = Company.objects.select_for_update().get(closings=pk)
        closing = Closing.objects.select_for_update().pending().filter(pk=pk).first()
        if closing is None:
            return False
        company_erased.send(sender=Company, company_id=firm.pk, now=now)
        for model in ITEMS:
            mine = model._default_manager.filter(company=firm)
            mine.update(**dict.fromkeys(EMPTIED_OF_ITEMS, ""))
        files = set(firm.proofs.values_list("document", flat=True))
        files |= set(firm.certificates.exclude(document=None).values_list("document", flat=True))
        for rows in (
            firm.proofs,
            firm.domain_proofs,
            firm.registry_checks,
            firm.memberships,
            firm.invitations,
            firm.join_requests,
            firm.blocks,
            firm.blocked_by,
            firm.certificates,
        ):
            rows.all().delete()
        Document.objects.filter(pk__in=files).delete()
        for field in EMPTIED:
            setattr(firm, field, "")
        firm.region = None
        firm.employees = None
        firm.founded_on = None
        firm.save()
        # What imports have noted of the firm is of the firm, too.
        ImportChange.objects.filter(company_id=firm.pk).delete()
        closing.erased_at = now
        closing.save(update_fields=["erased_at"])
        audit.record("company.erased", firm, actor=None, now=now)
    return True


def _close_items(company: Company) -> list[str]:
    closed: list[str] = []
    for model in ITEMS:
        mine = model._default_manager.filter(company=company, state=ItemState.OPEN)
        closed += [str(pk) for pk in mine.values_list("pk", flat=True)]
        mine.update(state=ItemState.CLOSED)
    return closed


def _require_owner(company: Company, actor: User) -> None:
    owned = Q(company=company, user=actor, role=MemberRole.OWNER)
    if not Membership.objects.filter(owned).exists():
        raise RuleViolated(_("Only owners of the firm may close or reopen it."))
