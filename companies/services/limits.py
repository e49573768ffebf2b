"""How many partners a firm wants to meet: numbers that it may raise at any time."""

from datetime import datetime
from typing import Final

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from companies.models import Company, Need

MOST_INTRODUCTIONS: Final = 100
MOST_SEATS: Final = 50


def raise_introductions(*, company: Company, to: int, actor: User, now: datetime) -> Company:
    """Let the firm be introduced to at least `to` others a month.

    Raises RuleViolated above MOST_INTRODUCTIONS. A number that is higher already stays.
    """
    if to > MOST_INTRODUCTIONS:
        raise RuleViolated(_("A firm can have at most 100 introductions a month."))
    with transaction.atomic():
        raised = Company.objects.filter(pk=company.pk, introductions_per_month__lt=to).update(
            introductions_per_month=to, updated_at=now
        )
        if raised:
            audit.record("company.edited", company, actor=actor, now=now, changed=["introductions"])
    company.introductions_per_month = max(company.introductions_per_month, to)
    return company


def raise_seats(*, need: Need, to: int, actor: User, now: datetime) -> Need:
    """Let the need talk to at least `to` suppliers.

    Raises RuleViolated above MOST_SEATS. A number that is higher already stays.
    """
    if to > MOST_SEATS:
        raise RuleViolated(_("A need can have at most 50 suppliers to talk to."))
    with transaction.atomic():
        needs: models.QuerySet[Need] = models.QuerySet(Need).filter(pk=need.pk, seats__lt=to)
        raised = needs.update(seats=to, updated_at=now)
        if raised:
            audit.record("need.edited", need, actor=actor, now=now, changed=["seats"])
    need.seats = max(need.seats, to)
    return need
