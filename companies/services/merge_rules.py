"""What becomes of each kind of row that points to a firm which another one absorbs.

Every foreign key to Company has a rule here or, for those of higher apps, registers one; a test
fails for one that has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models
from django.db.models import Model

from companies.choices import InvitationState, JoinKind, JoinState, MemberRole
from companies.models import (
    Block,
    Company,
    CompanyCertification,
    Invitation,
    Item,
    JoinRequest,
    Membership,
    Need,
    Offering,
)
from companies.services.merge_journal import Journal


@dataclass(frozen=True, slots=True)
class Merging:
    """One merge while it happens."""

    survivor: Company
    absorbed: Company
    journal: Journal
    actor: Any
    now: datetime


Rule = Callable[[Merging, type[Model], str], None]
RULES: Final[dict[str, Rule]] = {}


def rule(*keys: str) -> Callable[[Rule], Rule]:
    """Register what becomes of the rows behind `app.Model.field`."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(keys, function))
        return function

    return register


def keys_to_company() -> dict[str, tuple[type[Model], str]]:
    """{`app.Model.field`: (model, field)} of every foreign key that points to Company."""
    found = {}
    for relation in Company._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            model = relation.related_model
            found[f"{model._meta.label}.{relation.field.name}"] = (model, relation.field.name)
    return found


def stays(merging: Merging, model: type[Model], field: str) -> None:
    """History of the absorbed record: it is read there."""


def moves(merging: Merging, model: type[Model], field: str) -> None:
    rows = model._default_manager.filter(**{field: merging.absorbed.pk})
    merging.journal.update(rows, **{field: merging.survivor.pk})


RULES.update(
    dict.fromkeys(
        (
            "companies.Closing.company",
            "companies.CompanyMerge.absorbed",
            "companies.CompanyMerge.survivor",
            "companies.DomainProof.company",
            "companies.Duplicate.first",
            "companies.Duplicate.second",
            # The database writes it anew.
            "companies.SearchEntry.company",
            "companies.Verification.company",
        ),
        stays,
    )
)
RULES.update(
    dict.fromkeys(
        (
            "companies.Company.merged_into",
            "companies.ImportJob.company",
            "companies.Proof.company",
            "companies.RegistryCheck.company",
        ),
        moves,
    )
)


@rule("companies.Company_sectors.company")
def _sectors(merging: Merging, model: type[Model], field: str) -> None:
    """Those of both; the absorbed record keeps its own."""
    through: Any = model
    mine = set(merging.survivor.sectors.values_list("pk", flat=True))
    for sector in merging.absorbed.sectors.order_by("pk"):
        if sector.pk not in mine:
            merging.journal.add(through(company_id=merging.survivor.pk, sector_id=sector.pk))


@rule("companies.Membership.company")
def _members(merging: Merging, model: type[Model], field: str) -> None:
    """As for whoever joins: where there is an owner, others come in as editors at most."""
    there = {member.user_id: member for member in merging.survivor.memberships.all()}
    has_owner = any(member.role == MemberRole.OWNER for member in there.values())
    newcomers = Membership.objects.filter(company=merging.absorbed)
    merging.journal.delete(newcomers.filter(user__in=there))
    coming = newcomers.exclude(user__in=there)
    if has_owner:
        merging.journal.update(coming.filter(role=MemberRole.OWNER), role=MemberRole.EDITOR)
    merging.journal.update(coming, company=merging.survivor.pk)


@rule("companies.JoinRequest.company")
def _requests(merging: Merging, model: type[Model], field: str) -> None:
    """Open ones go on, unless the person is there already or asks there as well."""
    survivor, journal = merging.survivor, merging.journal
    waiting = JoinRequest.objects.filter(company=merging.absorbed, state=JoinState.OPEN)
    decided = {"decided_at": merging.now, "decided_by": merging.actor.pk}
    members = Membership.objects.filter(company=survivor).values("user")
    journal.update(waiting.filter(user__in=members), state=JoinState.ACCEPTED, **decided)
    asking = survivor.join_requests.filter(state=JoinState.OPEN).values("user")
    journal.update(waiting.filter(user__in=asking), state=JoinState.REFUSED, **decided)
    coming = merging.absorbed.memberships.values("user")
    there = survivor.join_requests.filter(state=JoinState.OPEN, user__in=coming)
    journal.update(there, state=JoinState.ACCEPTED, **decided)
    journal.update(waiting, company=survivor.pk)
    if survivor.memberships.exists():
        claims = survivor.join_requests.filter(state=JoinState.OPEN, kind=JoinKind.CLAIM)
        journal.update(claims, kind=JoinKind.JOIN)


@rule("companies.Invitation.company")
def _invitations(merging: Merging, model: type[Model], field: str) -> None:
    rows = Invitation.objects.filter(company=merging.absorbed)
    twice = merging.survivor.invitations.filter(state=InvitationState.OPEN).values("email")
    waiting = rows.filter(state=InvitationState.OPEN, email__in=twice)
    ended = {"state": InvitationState.WITHDRAWN, "ended_at": merging.now}
    merging.journal.update(waiting, **ended)
    merging.journal.update(rows, company=merging.survivor.pk)


@rule("companies.Block.company")
def _blocks(merging: Merging, model: type[Model], field: str) -> None:
    _move_blocks(merging, field, "blocked")


@rule("companies.Block.blocked")
def _blocked_by(merging: Merging, model: type[Model], field: str) -> None:
    _move_blocks(merging, field, "company")


def _move_blocks(merging: Merging, field: str, other: str) -> None:
    """No firm blocks itself, and none is blocked twice."""
    rows = Block.objects.filter(**{field: merging.absorbed})
    merging.journal.delete(rows.filter(**{other: merging.survivor}))
    there = Block.objects.filter(**{field: merging.survivor}).values_list(other, "is_blind")
    for number, is_blind in there:
        merging.journal.delete(rows.filter(**{other: number, "is_blind": is_blind}))
    merging.journal.update(rows, **{field: merging.survivor.pk})


@rule("companies.CompanyCertification.company")
def _certificates(merging: Merging, model: type[Model], field: str) -> None:
    """A certificate that both records hold stays with the absorbed one."""
    rows = CompanyCertification.objects.filter(company=merging.absorbed)
    for held in merging.survivor.certificates.all():
        rows = rows.exclude(certification=held.certification_id, number=held.number)
    merging.journal.update(rows, company=merging.survivor.pk)


@rule("companies.Offering.company", "companies.Need.company")
def _items(merging: Merging, model: type[Model], field: str) -> None:
    """An entry of an imported list is one item of a firm: a second one forgets its entry."""
    kind: type[Item] = Offering if model is Offering else Need
    rows = kind._default_manager.filter(company=merging.absorbed)
    there = kind._default_manager.filter(company=merging.survivor).exclude(source_id="")
    entries = list(there.values_list("source_id", flat=True))
    merging.journal.update(rows.filter(source_id__in=entries), source_id="")
    merging.journal.update(rows, company=merging.survivor.pk)
