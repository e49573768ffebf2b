"""A verification before it lapses: members are reminded, confirm their facts, and staff renew."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from companies.choices import CompanyState
from companies.mails import write_renewal_asked
from companies.models import Company
from companies.queries import missing_facts
from companies.services.lookups import ask_registries


def remind_of_renewals(*, now: datetime) -> int:
    """Mail members RENEWAL_NOTICE_DAYS before their verification lapses, once for each period.

    Returns how many firms.
    """
    soon = now + timedelta(days=settings.RENEWAL_NOTICE_DAYS)
    ending = Company.objects.listed().filter(
        verified_until__gt=now, verified_until__lte=soon, renewal_asked_at=None
    )
    for company in ending.order_by("pk"):
        write_renewal_asked(company, now=now)
    return len(ending)


def may_ask_renewal(company: Company, *, now: datetime) -> bool:
    """In the last RENEWAL_NOTICE_DAYS of the verification, unless asked already."""
    soon = now + timedelta(days=settings.RENEWAL_NOTICE_DAYS)
    return (
        company.state == CompanyState.VERIFIED
        and company.renewal_asked_at is None
        and company.verified_until is not None
        and company.verified_until <= soon
    )


def ask_renewal(*, company: Company, actor: User, now: datetime) -> Company:
    """A member confirms that the facts still hold: staff renew while the firm stays verified.

    Raises RuleViolated too early and while facts are missing, StateChanged when it was asked or
    the firm is no longer verified.
    """
    if missing := missing_facts(company):
        raise RuleViolated(missing[0].sentence)
    if company.renewal_asked_at is None and not may_ask_renewal(company, now=now):
        raise RuleViolated(_("The verification cannot be renewed now."))
    with transaction.atomic():
        open_firm = Company.objects.filter(
            pk=company.pk, state=CompanyState.VERIFIED, renewal_asked_at=None
        )
        if not open_firm.update(renewal_asked_at=now):
            raise StateChanged(_("The renewal has been asked for already."))
        company.renewal_asked_at = now
        audit.record("company.renewal_asked", company, actor=actor, now=now)
        ask_registries(
            country=company.country,
            number=company.official_number,
            company=company,
            actor=actor,
            now=now,
        )
    return company
