"""Turning to firms that have not registered: recorded here, done outside of this system."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from companies.choices import CompanyState
from companies.models import Company
from insights.models import Approach, GoodsGap
from insights.queries.market import supplier_of


def record_approach(
    *,
    company: Company,
    goods: GoodsGap,
    way: str,
    on: date,
    note: str,
    actor: User,
    now: datetime,
) -> Approach:
    """Note that staff turned to an unclaimed firm because of a gap. Mails nobody.

    Raises RuleViolated for a firm of the wrong country, one that has registered, a day to come.
    """
    if company.state != CompanyState.UNCLAIMED:
        raise RuleViolated(_("This firm has registered already."))
    if company.country != supplier_of(goods.direction):
        raise RuleViolated(_("This firm is not of the country that supplies these goods."))
    if on > timezone.localdate(now):
        raise RuleViolated(_("This day is still to come."))
    with transaction.atomic():
        approach = Approach.objects.create(
            company=company,
            level=goods.level,
            concept=goods.concept,
            code=goods.code,
            direction=goods.direction,
            way=way,
            on=on,
            note=note,
            by=actor,
            created_at=now,
        )
        audit.record("approach.recorded", approach, actor=actor, now=now, way=way, goods=goods.code)
    return approach


def settle_approach(
    *, approach: Approach, result: str, note: str, actor: User, now: datetime
) -> Approach:
    """Note what came of an approach; a later word replaces the earlier one, the trail keeps it."""
    with transaction.atomic():
        approach.result = result
        approach.result_note = note
        approach.result_by = actor
        approach.result_at = now
        approach.save(update_fields=["result", "result_note", "result_by", "result_at"])
        audit.record("approach.settled", approach, actor=actor, now=now, result=result)
    return approach
