"""What a firm says of itself: its profile, and whom it never wants to meet."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, refuse
from companies.choices import CompanyState, ItemState
from companies.models import Block, Company, Need, Offering
from companies.rules import FAULTS, company_faults
from companies.services.registration import set_name_key
from companies.signals import company_entered, company_left, firms_parted, item_changed
from taxonomy.models import Sector

# Fields that matching weighs: the firm's open items are to be scored anew.
MATERIAL: Final = frozenset({"sectors", "region", "employees", "has_partner_experience"})


def save_company(
    *,
    company: Company,
    sectors: list[Sector] | None = None,
    changed: Collection[str] = (),
    actor: User,
    now: datetime,
) -> Company:
    """Store an edited profile. Country, number and state do not change here.

    `changed` names the fields that differ: they stand in the audit trail, those that matter for
    matching have the firm's open items scored anew, and a firm that leaves the matching takes
    its open matches back. Raises RuleViolated for what `company_faults` finds.
    """
    told = {"region": company.region} | ({} if sectors is None else {"sectors": sectors})
    refuse(company_faults(told, country=company.country), FAULTS)
    set_name_key(company)
    with transaction.atomic():
        company.save()
        if sectors is not None:
            company.sectors.set(sectors)
        audit.record("company.edited", company, actor=actor, now=now, changed=sorted(changed))
        if "is_matching_enabled" in changed and not company.is_matching_enabled:
            company_left.send(sender=Company, company_id=company.pk, reason="paused", now=now)
        elif "is_matching_enabled" in changed:
            company_entered.send(sender=Company, company_id=company.pk, now=now)
        elif MATERIAL & set(changed):
            rescore(company, now=now)
    return company


def block_company(
    *,
    company: Company,
    blocked: Company,
    reason: str = "",
    is_blind: bool = False,
    actor: User,
    now: datetime,
) -> Block:
    """`company` never meets `blocked` from now on; blocking twice is one block.

    `is_blind`: the firm does not know whom it blocks, and its list does not name the other.
    What stands between the two is taken back by the listeners of `firms_parted`; neither is told
    why. Raises RuleViolated for the firm itself.
    """
    if company == blocked:
        raise RuleViolated(_("A firm cannot block itself."))
    with transaction.atomic():
        block, is_new = Block.objects.get_or_create(
            company=company,
            blocked=blocked,
            is_blind=is_blind,
            defaults={"reason": reason, "created_at": now},
        )
        if is_new:
            audit.record("company.blocked", company, actor=actor, now=now, blocked=str(blocked.pk))
            firms_parted.send(sender=Block, company_id=company.pk, blocked_id=blocked.pk, now=now)
    return block


def unblock_company(*, block: Block, actor: User, now: datetime) -> None:
    with transaction.atomic():
        audit.record(
            "company.unblocked", block.company, actor=actor, now=now, blocked=str(block.blocked_id)
        )
        block.delete()


def rescore(company: Company, *, now: datetime) -> None:
    """Have every open item of a verified firm matched anew."""
    if company.state != CompanyState.VERIFIED:
        return
    for model in (Offering, Need):
        open_items = model.objects.filter(company=company, state=ItemState.OPEN)
        for item_id in open_items.order_by("pk").values_list("pk", flat=True):
            item_changed.send(sender=model, item_id=item_id, now=now)
