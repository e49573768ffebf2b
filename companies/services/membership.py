"""The people of a firm: who asks to come in, who is let in, what each may do."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
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
from companies.mails import write_join_asked, write_join_decided
from companies.models import Company, JoinRequest, Membership
from companies.queries import same_firm
from companies.services.proofs import add_proof


def ask_to_join(
    *,
    company: Company,
    user: User,
    message: str,
    official_number: str = "",
    proof: Mapping[str, Any] | None = None,
    now: datetime,
) -> JoinRequest:
    """Ask to become a member; of an unclaimed record: to claim it for one's firm.

    Asking twice yields the open request. `proof` (kind, name, content) is a document for those
    who decide. The owners are told by mail; claims, and requests to a
    firm without an owner, wait for the staff. Raises RuleViolated for a member already, and for
    a claim without a number or with another firm's.
    """
    if Membership.objects.filter(company=company, user=user).exists():
        raise RuleViolated(_("You are a member of this firm already."))
    is_claim = company.state == CompanyState.UNCLAIMED
    if is_claim:
        number = official_number or company.official_number
        if not number:
            raise RuleViolated(_("Give the official number of the firm you claim."))
        refuse_taken_number(company, number)
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
            if proof:
                add_proof(company=company, claim=request, **proof, actor=user, now=now)
            if not is_claim:
                write_join_asked(request, now=now)
    return request


def hand_on_join_requests(*, now: datetime) -> int:
    """Hand requests to join that the owners have left unanswered for JOIN_REQUEST_DAYS to the
    staff, who may decide from then on as well as the owners. Returns how many."""
    old = JoinRequest.objects.filter(
        kind=JoinKind.JOIN,
        state=JoinState.OPEN,
        handed_on_at=None,
        created_at__lte=now - timedelta(days=settings.JOIN_REQUEST_DAYS),
    )
    handed_on = 0
    for request in old.select_related("company").order_by("pk"):
        with transaction.atomic():
            mine = JoinRequest.objects.filter(
                pk=request.pk, state=JoinState.OPEN, handed_on_at=None
            )
            if mine.update(handed_on_at=now):
                audit.record(
                    "company.join_handed_on",
                    request.company,
                    actor=None,
                    now=now,
                    user=request.user_id,
                )
                handed_on += 1
    return handed_on


def decide_join_request(
    *, request: JoinRequest, is_accepted: bool, actor: User, now: datetime
) -> JoinRequest:
    """Accept or refuse, and tell the person by mail.

    An accepted claim turns the unclaimed record into a draft with an owner, who decides about
    whoever else claims it. Whoever is accepted where there is no owner becomes one. Raises
    StateChanged when it was decided before, RuleViolated when the claimed number belongs to
    another firm.
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
            if request.kind == JoinKind.CLAIM:
                hand_to_claimant(company, number=request.official_number or company.official_number)
            has_owner = company.memberships.filter(role=MemberRole.OWNER).exists()
            role = MemberRole.EDITOR if has_owner else MemberRole.OWNER
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
        write_join_decided(request, now=now)
    return request


def hand_to_claimant(company: Company, *, number: str) -> None:
    """The unclaimed record becomes a draft under its number; other claims become wishes to join.

    Raises StateChanged when somebody was first, RuleViolated when the number is another firm's.
    """
    refuse_taken_number(company, number)
    try:
        with transaction.atomic():
            move(
                company, to=CompanyState.DRAFT, allowed=COMPANY_TRANSITIONS, official_number=number
            )
    except IntegrityError as error:
        # Somebody registers another firm under this number at this very moment.
        raise RuleViolated(_("Another firm is registered under this official number.")) from error
    company.join_requests.filter(state=JoinState.OPEN).update(kind=JoinKind.JOIN)


def refuse_taken_number(company: Company, number: str) -> None:
    """Raises RuleViolated when another firm is here under the number."""
    holder = same_firm(country=company.country, number=number, names=[])
    if holder is not None and holder.pk != company.pk:
        raise RuleViolated(_("Another firm is registered under this official number."))


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


def hand_over(*, membership: Membership, to: Membership, now: datetime) -> None:
    """An owner makes a colleague an owner and becomes an editor, both or neither.

    Raises RuleViolated when the one is no owner any more or the other has left.
    """
    with transaction.atomic():
        rows = {
            row.pk: row
            for row in Membership.objects.select_for_update()
            .filter(company=membership.company_id, pk__in=(membership.pk, to.pk))
            .order_by("pk")
        }
        giver, taker = rows.get(membership.pk), rows.get(to.pk)
        if giver is None or giver.role != MemberRole.OWNER:
            raise RuleViolated(_("Only owners of the firm may manage its members."))
        if taker is None or taker.pk == giver.pk:
            raise RuleViolated(_("Hand the firm over to a colleague who is a member of it."))
        for row, role in ((taker, MemberRole.OWNER), (giver, MemberRole.EDITOR)):
            set_member_role(membership=row, role=role, actor=membership.user, now=now)


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
        raise RuleViolated(
            _(
                "A firm keeps at least one owner. Make a colleague the owner first, "
                "or close the firm."
            )
        )
