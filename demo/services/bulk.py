"""Thousands of firms at once, for load: the same rows that the services write, in few statements.

What the services would refuse is not made here either: every firm has a checked number, an owner
with both consents and a verified address, a verification that says what was checked, and items
tagged with concepts. Left out is what nobody would read: mails and the requests of colleagues.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import models, transaction

from accounts.models import Consent, User
from accounts.wording import WORDINGS
from common.models import AuditEvent
from companies.choices import REQUIRED_CHECKS, CompanyState, VerificationDecision
from companies.models import Company, Item, Membership, Need, Offering, Verification
from companies.services.registration import set_name_key
from demo.generator.plans import FirmPlan, ItemPlan, PersonPlan
from demo.services.people import CONSENTS, Staff, password_hash
from demo.services.reference import Reference
from demo.services.rows import (
    certificate_row,
    fill_profile,
    item_rows,
    registered_company,
    related_rows,
)

BATCH: Final = 2000
UNTIL_VERIFIED: Final = timedelta(days=2)


def write_verified_firms(
    plans: Sequence[FirmPlan], *, reference: Reference, staff: Staff, now: datetime
) -> None:
    """Store the firms as if registered and submitted at `now` and verified two days later."""
    with transaction.atomic():
        members = _write_people(plans, now=now)
        companies = [_verified(plan, reference, now=now) for plan in plans]
        Company.objects.bulk_create(companies, batch_size=BATCH)
        pairs = list(zip(plans, companies, strict=True))
        _create(
            Membership(
                company=company, user=members[person.email], role=person.role, created_at=now
            )
            for plan, company in pairs
            for person in plan.people
        )
        _create(
            Company.sectors.through(company=company, sector=reference.sectors[code])
            for plan, company in pairs
            for code in plan.sectors
        )
        _create(
            certificate_row(company, certificate, reference)
            for plan, company in pairs
            for certificate in plan.certificates
        )
        _write_items(pairs, reference, now=now)
        _write_decisions(pairs, members, staff, now=now)


def _write_people(plans: Sequence[FirmPlan], *, now: datetime) -> dict[str, User]:
    """{address: member}, each with a verified address and the consents of a match."""
    people = [_member(person, now) for plan in plans for person in plan.people]
    User.objects.bulk_create(people, batch_size=BATCH)
    _create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people
    )
    _create(
        Consent(
            user=user,
            kind=kind,
            wording_version=WORDINGS[kind].version,
            language=user.language,
            given_at=now,
        )
        for user in people
        for kind in CONSENTS
    )
    return {user.email: user for user in people}


def _member(plan: PersonPlan, now: datetime) -> User:
    return User(
        email=plan.email,
        password=password_hash(plan.email) or make_password(None),
        name=plan.name,
        name_kana=plan.name_kana,
        title=plan.title,
        phone=plan.phone,
        language=plan.language,
        created_at=now,
    )


def _verified(plan: FirmPlan, reference: Reference, *, now: datetime) -> Company:
    company = registered_company(plan)
    fill_profile(company, plan, reference)
    set_name_key(company)
    company.state = CompanyState.VERIFIED
    company.created_at = company.submitted_at = now
    company.verified_at = now + UNTIL_VERIFIED
    company.verified_until = company.verified_at + relativedelta(
        months=settings.VERIFICATION_MONTHS
    )
    return company


def _write_items(
    pairs: Sequence[tuple[FirmPlan, Company]], reference: Reference, *, now: datetime
) -> None:
    rows = [row for plan, company in pairs for row in item_rows(company, plan, reference)]
    for item, _plan in rows:
        item.created_at = item.material_at = now
    item_models: tuple[type[Item], ...] = (Offering, Need)
    for model in item_models:
        mine = [(item, plan) for item, plan in rows if isinstance(item, model)]
        _create(item for item, _plan in mine)
        for field in sorted({name for _item, plan in mine for name in plan.related}):
            _write_related(model, field, mine, reference)


def _write_related(
    model: type[Item],
    field: str,
    rows: Sequence[tuple[Item, ItemPlan]],
    reference: Reference,
) -> None:
    relation: Any = model._meta.get_field(field)
    own, other = relation.m2m_field_name(), relation.m2m_reverse_field_name()
    _create(
        relation.remote_field.through(**{own: item, other: row})
        for item, plan in rows
        for row in related_rows(plan, reference).get(field, ())
    )


def _write_decisions(
    pairs: Sequence[tuple[FirmPlan, Company]],
    members: dict[str, User],
    staff: Staff,
    *,
    now: datetime,
) -> None:
    """The verification of each firm, and the audit trail that leads to it."""
    _create(
        Verification(
            company=company,
            decision=VerificationDecision.VERIFIED,
            checked=list(REQUIRED_CHECKS),
            by=staff.reviewers[plan.language],
            at=now + UNTIL_VERIFIED,
        )
        for plan, company in pairs
    )
    trail: list[AuditEvent] = []
    for plan, company in pairs:
        owner = members[plan.owner.email]
        trail += (
            _event("company.registered", company, owner, now),
            _event("company.submitted", company, owner, now),
            _event(
                "company.verified",
                company,
                staff.reviewers[plan.language],
                now + UNTIL_VERIFIED,
            ),
        )
    _create(trail)


def _event(verb: str, company: Company, actor: User, at: datetime) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor=actor,
        actor_label=actor.email,
        verb=verb,
        object_type=company._meta.label_lower,
        object_id=str(company.pk),
    )


def _create(rows: Any) -> None:
    """Insert rows of one model."""
    listed: list[models.Model] = list(rows)
    if listed:
        type(listed[0])._default_manager.bulk_create(listed, batch_size=BATCH)
