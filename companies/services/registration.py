"""A firm comes in: registered, joined, claimed, submitted."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.transitions import move
from companies.choices import (
    COMPANY_TRANSITIONS,
    CompanyState,
    JoinKind,
    JoinState,
    MemberRole,
)
from companies.models import Company, JoinRequest, Membership
from companies.names import fold
from companies.queries import same_firm
from taxonomy.models import Sector


class AlreadyRegistered(RuleViolated):
    """The firm is here already; `company` is offered to be joined or claimed."""

    def __init__(self, company: Company) -> None:
        super().__init__(_("This firm is registered already."))
        self.company = company


def set_name_key(company: Company) -> None:
    """`name_key` follows the name in the firm's own language."""
    company.name_key = fold(company.native_name)


def register_company(
    *, company: Company, sectors: list[Sector] | None = None, owner: User, now: datetime
) -> Company:
    """Store a new draft firm with `owner` as its first member.

    `company` is unsaved and carries a checked official number. Raises AlreadyRegistered when the
    firm is here under that number or (without a differing number) under the same folded name.
    """
    names = [company.name_ko, company.name_ja, company.name_en]
    present = same_firm(country=company.country, number=company.official_number, names=names)
    if present is not None:
        raise AlreadyRegistered(present)
    set_name_key(company)
    company.state = CompanyState.DRAFT
    company.created_at = now
    try:
        with transaction.atomic():
            company.save(force_insert=True)
            company.sectors.set(sectors or [])
            Membership.objects.create(
                company=company, user=owner, role=MemberRole.OWNER, created_at=now
            )
            audit.record("company.registered", company, actor=owner, now=now)
    except IntegrityError:
        # Two people of one firm at the same moment: the number's constraint let one through.
        winner = same_firm(country=company.country, number=company.official_number, names=names)
        if winner is None:
            raise
        raise AlreadyRegistered(winner) from None
    return company


def save_company(
    *, company: Company, sectors: list[Sector] | None = None, actor: User, now: datetime
) -> Company:
    """Store an edited profile. Country, number and state do not change here."""
    set_name_key(company)
    with transaction.atomic():
        company.save()
        if sectors is not None:
            company.sectors.set(sectors)
        audit.record("company.edited", company, actor=actor, now=now)
    return company


def submit_company(*, company: Company, actor: User, now: datetime) -> Company:
    """Hand a draft, returned or lapsed firm to the staff. Raises RuleViolated, StateChanged."""
    if not company.official_number:
        raise RuleViolated(_("The official number is needed before the firm can be submitted."))
    with transaction.atomic():
        move(company, to=CompanyState.SUBMITTED, allowed=COMPANY_TRANSITIONS)
        audit.record("company.submitted", company, actor=actor, now=now)
    return company


def ask_to_join(
    *, company: Company, user: User, message: str, official_number: str = "", now: datetime
) -> JoinRequest:
    """Ask to become a member; of an unclaimed record: to claim it for one's firm.

    Asking twice yields the open request. Raises RuleViolated for a member already.
    """
    if Membership.objects.filter(company=company, user=user).exists():
        raise RuleViolated(_("You are a member of this firm already."))
    is_claim = company.state == CompanyState.UNCLAIMED
    if is_claim and not (official_number or company.official_number):
        raise RuleViolated(_("Give the official number of the firm you claim."))
    with transaction.atomic():
        request, is_new = JoinRequest.objects.get_or_create(
            company=company,
            user=user,
            state=JoinState.OPEN,
            defaults={
                "kind": JoinKind.CLAIM if is_claim else JoinKind.JOIN,
                "message": message,
                "official_number": official_number,
                "created_at": now,
            },
        )
        if is_new:
            audit.record(f"company.{request.kind}_asked", company, actor=user, now=now)
    return request


def decide_join_request(
    *, request: JoinRequest, is_accepted: bool, actor: User, now: datetime
) -> JoinRequest:
    """Accept or refuse. An accepted claim turns the unclaimed record into a draft with an owner.

    Raises StateChanged when it was decided before, RuleViolated when the claimed number belongs
    to another firm.
    """
    company = request.company
    with transaction.atomic():
        move(
            request,
            to=JoinState.ACCEPTED if is_accepted else JoinState.REFUSED,
            allowed={JoinState.OPEN: (JoinState.ACCEPTED, JoinState.REFUSED)},
            decided_at=now,
            decided_by=actor,
        )
        if is_accepted:
            role = MemberRole.EDITOR
            if request.kind == JoinKind.CLAIM:
                role = MemberRole.OWNER
                _claim(company, number=request.official_number or company.official_number)
            Membership.objects.get_or_create(
                company=company, user=request.user, defaults={"role": role, "created_at": now}
            )
        audit.record(
            f"company.{request.kind}_{request.state}",
            company,
            actor=actor,
            now=now,
            user=request.user_id,
        )
    return request


def _claim(company: Company, *, number: str) -> None:
    holder = Company.objects.filter(country=company.country, official_number=number).exclude(
        pk=company.pk
    )
    if holder.exclude(state=CompanyState.CLOSED).exists():
        raise RuleViolated(_("Another firm is registered under this official number."))
    move(company, to=CompanyState.DRAFT, allowed=COMPANY_TRANSITIONS, official_number=number)


def set_member_role(*, membership: Membership, role: str, actor: Any, now: datetime) -> Membership:
    """Change a member's role; a firm keeps at least one owner."""
    with transaction.atomic():
        _keep_an_owner(membership, role)
        membership.role = role
        membership.save(update_fields=["role"])
        audit.record(
            "company.member_changed",
            membership.company,
            actor=actor,
            now=now,
            user=membership.user_id,
            role=role,
        )
    return membership


def remove_member(*, membership: Membership, actor: Any, now: datetime) -> None:
    with transaction.atomic():
        _keep_an_owner(membership, "")
        audit.record(
            "company.member_removed",
            membership.company,
            actor=actor,
            now=now,
            user=membership.user_id,
        )
        membership.delete()


def _keep_an_owner(membership: Membership, role: str) -> None:
    owners = Membership.objects.select_for_update().filter(
        company=membership.company_id, role=MemberRole.OWNER
    )
    others = [owner for owner in owners if owner.pk != membership.pk]
    if role != MemberRole.OWNER and not others:
        raise RuleViolated(_("A firm keeps at least one owner."))
