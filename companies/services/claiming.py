"""Claiming a record from a public list by mail: whoever reads mail at its domain belongs to it."""

from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from companies.choices import CompanyState, MemberRole
from companies.domains import domain_of_website, is_at_website
from companies.mails import write_claim_link
from companies.models import Company, DomainProof, Membership
from companies.services.lookups import ask_registries
from companies.services.membership import hand_to_claimant, refuse_taken_number

# A day's links: of one person, and to one address, whoever asks.
MOST_A_DAY: Final = 5
MOST_TO_ADDRESS: Final = 3
DAY: Final = timedelta(days=1)


def ask_domain_proof(
    *, company: Company, user: User, address: str, official_number: str = "", now: datetime
) -> DomainProof:
    """Send a link to the claimant's own address at the domain of the record's website.

    This is the only mail that an unclaimed firm's domain ever gets, and it goes to the address
    that the claimant has typed. Raises RuleViolated when the address lies elsewhere, the number
    is missing or another firm's, or too many links were asked for.
    """
    number = _checked_number(company, official_number)
    if not is_at_website(address, company.website):
        raise RuleViolated(
            _("Give an address that ends in %(domain)s, the domain of the firm's website.")
            % {"domain": domain_of_website(company.website)}
        )
    today = DomainProof.objects.filter(created_at__gt=now - DAY)
    if (
        today.filter(user=user).count() >= MOST_A_DAY
        or today.filter(address__iexact=address).count() >= MOST_TO_ADDRESS
    ):
        raise RuleViolated(_("You have asked for many links today. Try again tomorrow."))
    with transaction.atomic():
        proof = DomainProof.objects.create(
            company=company, user=user, address=address, official_number=number, created_at=now
        )
        audit.record("company.claim_link_sent", company, actor=user, now=now)
        write_claim_link(proof, now=now)
    return proof


def is_open(proof: DomainProof, *, now: datetime) -> bool:
    """Whether the link still does what it says."""
    until = proof.created_at + timedelta(hours=settings.CLAIM_LINK_HOURS)
    return proof.used_at is None and now < until and proof.company.state == CompanyState.UNCLAIMED


def claim_by_link(*, proof: DomainProof, now: datetime) -> Company:
    """The record becomes a draft that the claimant owns; the link is used up.

    Raises RuleViolated when the link is too old or used, and StateChanged when somebody else
    has claimed the record in the meantime.
    """
    until = proof.created_at + timedelta(hours=settings.CLAIM_LINK_HOURS)
    if now >= until:
        raise RuleViolated(_("This link is too old. Ask for a new one."))
    with transaction.atomic():
        unused = DomainProof.objects.filter(pk=proof.pk, used_at=None)
        if not unused.update(used_at=now):
            raise RuleViolated(_("This link has been used already."))
        _claim(proof.company, proof.user, number=proof.official_number, how="link", now=now)
    return proof.company


def claim_by_own_address(
    *, company: Company, user: User, official_number: str = "", now: datetime
) -> Company:
    """The same without a further mail, when one of the person's confirmed addresses lies there."""
    number = _checked_number(company, official_number)
    if own_address_at(user, company) is None:
        raise RuleViolated(_("None of your confirmed addresses lies at the firm's domain."))
    with transaction.atomic():
        _claim(company, user, number=number, how="own_address", now=now)
    return company


def own_address_at(user: User, company: Company) -> str | None:
    """A confirmed address of the person at the domain of the record's website."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    return next(
        (
            each
            for each in confirmed.values_list("email", flat=True)
            if is_at_website(each, company.website)
        ),
        None,
    )


def _claim(company: Company, user: User, *, number: str, how: str, now: datetime) -> None:
    if company.state != CompanyState.UNCLAIMED:
        raise StateChanged(_("Somebody else has claimed this firm. Ask to join it."))
    hand_to_claimant(company, number=number)
    Membership.objects.create(company=company, user=user, role=MemberRole.OWNER, created_at=now)
    audit.record(
        "company.claimed_by_domain",
        company,
        actor=user,
        now=now,
        how=how,
        domain=domain_of_website(company.website),
    )
    ask_registries(country=company.country, number=number, company=company, actor=user, now=now)


def _checked_number(company: Company, official_number: str) -> str:
    if company.state != CompanyState.UNCLAIMED:
        raise StateChanged(_("Somebody else has claimed this firm. Ask to join it."))
    number = company.official_number or official_number
    if not number:
        raise RuleViolated(_("Give the official number of the firm you claim."))
    refuse_taken_number(company, number)
    return number


def forget_old_links(*, now: datetime) -> int:
    """Erase addresses that were typed for links long ago and never used. Returns how many."""
    old = DomainProof.objects.filter(Q(used_at=None) & Q(created_at__lt=now - 30 * DAY))
    return old.delete()[0]
