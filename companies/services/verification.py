"""Staff decide about firms: verified, returned, suspended, reinstated; and verification lapses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move
from companies.choices import (
    COMPANY_TRANSITIONS,
    REQUIRED_CHECKS,
    REQUIRED_FOR_RENEWAL,
    CompanyState,
    ReturnReason,
    Verdict,
    VerificationCheck,
    VerificationDecision,
)
from companies.mails import write_to_members
from companies.models import Company, Verification
from companies.signals import company_entered, company_left, company_verified

# A renewal leads from verified to verified: the guard asks whether it was wanted.
TO_VERIFY: Final[dict[str, tuple[str, ...]]] = {
    CompanyState.SUBMITTED: (CompanyState.VERIFIED,),
    CompanyState.VERIFIED: (CompanyState.VERIFIED,),
}
TO_RETURN: Final[dict[str, tuple[str, ...]]] = {
    CompanyState.SUBMITTED: (CompanyState.RETURNED,),
    CompanyState.VERIFIED: (CompanyState.VERIFIED,),
}


def verify_company(
    *, company: Company, checked: Sequence[str], note: str = "", actor: User, now: datetime
) -> Company:
    """Verify a submitted firm for 12 months, or renew a verified one that has asked for it, for 12
    months more; and tell its members.

    `checked` names what was looked at and must hold all of `required_checks`: "verified" says
    what was checked.
    """
    is_renewal = company.state == CompanyState.VERIFIED
    if not set(required_checks(company)) <= set(checked):
        raise RuleViolated(_("Not everything that must be checked is ticked."))
    begins = max(now, company.verified_until or now) if is_renewal else now
    with transaction.atomic():
        move(
            company,
            to=CompanyState.VERIFIED,
            allowed=TO_VERIFY,
            guard=_waits(company),
            verified_at=now,
            verified_until=begins + relativedelta(months=settings.VERIFICATION_MONTHS),
            renewal_asked_at=None,
        )
        decision = _decide(
            company, VerificationDecision.VERIFIED, actor=actor, now=now, note=note, checked=checked
        )
        write_to_members(company, kind="verified", key=f"verification:{decision.pk}", now=now)
        company_verified.send(sender=Company, company=company, now=now)
        if not is_renewal:
            company_entered.send(sender=Company, company_id=company.pk, now=now)
    return company


def return_company(
    *, company: Company, reasons: Sequence[str], note: str = "", actor: User, now: datetime
) -> Company:
    """Give a submitted firm back with coded reasons, and mail each to the members, with the
    documents that were rejected and why.

    A verified firm that asked for its renewal stays verified until its time is up.
    """
    if not reasons:
        raise RuleViolated(_("Choose at least one reason."))
    if ReturnReason.OTHER in reasons and not note.strip():
        raise RuleViolated(_("Give the reason in words."))
    is_renewal = company.state == CompanyState.VERIFIED
    with transaction.atomic():
        move(
            company,
            to=CompanyState.VERIFIED if is_renewal else CompanyState.RETURNED,
            allowed=TO_RETURN,
            guard=_waits(company),
            renewal_asked_at=None,
        )
        decision = _decide(
            company, VerificationDecision.RETURNED, actor=actor, now=now, note=note, reasons=reasons
        )
        write_to_members(
            company,
            kind="returned",
            key=f"verification:{decision.pk}",
            now=now,
            verification=decision,
            rejected=list(company.proofs.of_firm().filter(verdict=Verdict.REJECTED)),
        )
    return company


def required_checks(company: Company) -> tuple[VerificationCheck, ...]:
    """What must be ticked before the firm is verified, or verified for another 12 months."""
    is_renewal = company.state == CompanyState.VERIFIED
    return REQUIRED_FOR_RENEWAL if is_renewal else REQUIRED_CHECKS


def _waits(company: Company) -> Q:
    """What else must hold for a decision: a verified firm has asked for its renewal."""
    return Q(renewal_asked_at__isnull=company.state != CompanyState.VERIFIED)


def suspend_company(*, company: Company, note: str, actor: User, now: datetime) -> Company:
    """Take a verified or lapsed firm out of matching; its open matches are withdrawn.

    Its members get a mail with the reason in these words and how to object; the other firms hear
    only that it is not available, and only if they had been mailed about a match.
    """
    if not note.strip():
        raise RuleViolated(_("Give the reason in words."))
    with transaction.atomic():
        move(company, to=CompanyState.SUSPENDED, allowed=COMPANY_TRANSITIONS)
        decision = _decide(company, VerificationDecision.SUSPENDED, actor=actor, now=now, note=note)
        company_left.send(
            sender=Company, company_id=company.pk, reason=VerificationDecision.SUSPENDED, now=now
        )
        key = f"verification:{decision.pk}"
        write_to_members(company, kind="suspended", key=key, now=now, verification=decision)
    return company


def reinstate_company(*, company: Company, note: str, actor: User, now: datetime) -> Company:
    """End a suspension and tell the members; the firm is matched again.

    A verification that ran out meanwhile must be asked for again, and the mail says so.
    """
    still_verified = company.verified_until is not None and company.verified_until > now
    with transaction.atomic():
        move(
            company,
            to=CompanyState.VERIFIED if still_verified else CompanyState.LAPSED,
            allowed={CompanyState.SUSPENDED: (CompanyState.VERIFIED, CompanyState.LAPSED)},
        )
        decision = _decide(
            company, VerificationDecision.REINSTATED, actor=actor, now=now, note=note
        )
        key = f"verification:{decision.pk}"
        write_to_members(company, kind="reinstated", key=key, now=now)
        if still_verified:
            company_entered.send(sender=Company, company_id=company.pk, now=now)
    return company


def lapse_verifications(*, now: datetime) -> int:
    """Lapse every verification that ran out by `now`; each firm by itself. Returns how many.

    A firm whose renewal waits for the staff is not matched either, but stays in their queue.
    """
    lapsed = 0
    for company in Company.objects.filter(
        state=CompanyState.VERIFIED, verified_until__lte=now
    ).order_by("pk"):
        try:
            with transaction.atomic():
                renewal_asked_at = company.renewal_asked_at
                move(
                    company,
                    to=CompanyState.LAPSED,
                    allowed=COMPANY_TRANSITIONS,
                    renewal_asked_at=None,
                )
                audit.record("company.lapsed", company, actor=None, now=now)
                company_left.send(
                    sender=Company, company_id=company.pk, reason=CompanyState.LAPSED, now=now
                )
                write_to_members(
                    company, kind="lapsed", key=f"lapse:{company.pk}:{now:%Y-%m-%d}", now=now
                )
                if renewal_asked_at is not None:
                    # The firm did its part in time: it keeps its place in the staff's queue.
                    move(
                        company,
                        to=CompanyState.SUBMITTED,
                        allowed=COMPANY_TRANSITIONS,
                        submitted_at=renewal_asked_at,
                    )
        except StateChanged:
            continue
        lapsed += 1
    return lapsed


def _decide(
    company: Company,
    decision: str,
    *,
    actor: User,
    now: datetime,
    note: str = "",
    reasons: Sequence[str] = (),
    checked: Sequence[str] = (),
) -> Verification:
    """Write the decision down; whoever was checking the firm has done so."""
    Company.objects.filter(pk=company.pk).update(checker=None, checker_since=None)
    company.checker = company.checker_since = None
    reason = reasons[0] if reasons else ""
    audit.record(
        f"company.{decision}", company, actor=actor, now=now, reason=reason, reasons=list(reasons)
    )
    return Verification.objects.create(
        company=company,
        decision=decision,
        checked=list(checked),
        reasons=list(reasons),
        note=note,
        by=actor,
        at=now,
    )
