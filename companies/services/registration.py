"""A firm comes in: registered, and submitted to the staff."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.transitions import move
from companies.choices import COMPANY_TRANSITIONS, CompanyState, MemberRole
from companies.models import Company, Item, Membership
from companies.names import fold
from companies.queries import missing_facts, same_firm
from companies.services.items import save_item
from companies.services.lookups import ask_registries
from taxonomy.models import Sector


class AlreadyRegistered(RuleViolated):
    """The firm is here already; `company` is offered to be joined or claimed.

    `is_certain`: under the very number. Otherwise only the name is the same, and whoever
    registers may say that it is another firm.
    """

    def __init__(self, company: Company, *, is_certain: bool) -> None:
        super().__init__(_("This firm is registered already."))
        self.company = company
        self.is_certain = is_certain


def set_name_key(company: Company) -> None:
    """`name_key` follows the name in the firm's own language."""
    company.name_key = fold(company.native_name)


def register_company(
    *,
    company: Company,
    sectors: list[Sector] | None = None,
    owner: User,
    is_another_firm: bool = False,
    now: datetime,
) -> Company:
    """Store a new draft firm with `owner` as its first member.

    `company` is unsaved and carries a checked official number. Raises AlreadyRegistered when the
    firm is here under that number or (without a differing number) under the same folded name;
    the latter not with `is_another_firm`: the owner has seen the namesake and it is not theirs.
    """
    number = company.official_number
    names = [] if is_another_firm else [company.name_ko, company.name_ja, company.name_en]
    present = same_firm(country=company.country, number=number, names=names)
    if present is not None:
        raise AlreadyRegistered(present, is_certain=present.official_number == number)
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
        winner = same_firm(country=company.country, number=number, names=[])
        if winner is None:
            raise
        raise AlreadyRegistered(winner, is_certain=True) from None
    return company


def submit_company(*, company: Company, actor: User, now: datetime) -> Company:
    """Hand a draft, returned or lapsed firm to the staff.

    The public registers that are set up are asked about its number. Raises RuleViolated while
    facts that staff must see are missing, and StateChanged.
    """
    if missing := missing_facts(company):
        raise RuleViolated(missing[0].sentence)
    with transaction.atomic():
        move(company, to=CompanyState.SUBMITTED, allowed=COMPANY_TRANSITIONS, submitted_at=now)
        audit.record("company.submitted", company, actor=actor, now=now)
        ask_registries(
            country=company.country,
            number=company.official_number,
            company=company,
            actor=actor,
            now=now,
        )
    return company


def submit_with_items(
    *,
    company: Company,
    items: Sequence[tuple[Item, Mapping[str, Iterable[models.Model]]]],
    actor: User,
    now: datetime,
) -> Company:
    """Store a firm's first offerings and needs and hand it to the staff, or do neither.

    `items`: each unsaved, with its many-to-many fields. Raises what `save_item` and
    `submit_company` raise.
    """
    with transaction.atomic():
        for item, related in items:
            save_item(item=item, related=related, actor=actor, now=now)
        submit_company(company=company, actor=actor, now=now)
    return company
