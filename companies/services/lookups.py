"""Questions to public registers: asked by a row, answered by a worker."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from common import audit
from common.jobs import kick
from common.transitions import move
from companies.choices import REGISTRY_TRANSITIONS, RegistryOutcome, RegistryState
from companies.models import Company, RegistryCheck
from companies.registry.directory import look_up, set_up_for

logger = logging.getLogger(__name__)

TASK: Final = "companies.ask_registry"
MOST_ATTEMPTS: Final = 6
# A worker that has been silent for this long has died; longer than any register may take.
LEASE: Final = timedelta(minutes=5)
FRESH: Final = timedelta(days=1)
# So many numbers a person may have looked up in a day: we are no directory of the registers'.
MOST_A_DAY: Final = 20
OPEN: Final = (RegistryState.WAITING, RegistryState.ASKING)


def ask_registries(
    *,
    country: str,
    number: str,
    company: Company | None = None,
    actor: User | None,
    is_anew: bool = False,
    now: datetime,
) -> list[RegistryCheck]:
    """Put the question to every register of the country that we have a key for.

    One that was asked under this number within a day is not asked again, but `is_anew`; one
    that is under way never is. A question from before the registration becomes the firm's.
    """
    if company is None and actor is not None and _has_asked_enough(actor, now=now):
        return []
    checks = []
    with transaction.atomic():
        for registry in set_up_for(country):
            same = RegistryCheck.objects.filter(
                country=country, official_number=number, registry=registry
            ).filter(Q(company=company) | Q(company=None))
            recent = same.filter(asked_at__gt=now - FRESH).exclude(state=RegistryState.FAILED)
            check = (same.filter(state__in=OPEN) if is_anew else recent).first()
            if check is None:
                check = RegistryCheck.objects.create(
                    company=company,
                    country=country,
                    official_number=number,
                    registry=registry,
                    asked_by=actor,
                    asked_at=now,
                    due_at=now,
                )
                kick(TASK, check_id=check.pk)
            elif company is not None and check.company_id is None:
                check.company = company
                check.save(update_fields=["company"])
            checks.append(check)
    return checks


def _has_asked_enough(actor: User, *, now: datetime) -> bool:
    asked = RegistryCheck.objects.filter(asked_by=actor, asked_at__gt=now - FRESH)
    return asked.values("official_number").distinct().count() >= MOST_A_DAY


def answer_check(*, check: RegistryCheck, clock: Callable[[], datetime]) -> RegistryCheck:
    """Ask the register and keep what it answered.

    An answer that may be another one later (no connection, limit) is asked for again, waiting
    longer each time, MOST_ATTEMPTS times at most. Raises StateChanged when it is in other hands;
    a worker that has lost its hold writes nothing.
    """
    now = clock()
    move(
        check,
        to=RegistryState.ASKING,
        allowed=REGISTRY_TRANSITIONS,
        guard=Q(due_at__lte=now),
        attempts=check.attempts + 1,
        due_at=now + LEASE,
    )
    answer = look_up(check.registry, check.official_number)
    now = clock()
    mine = Q(attempts=check.attempts)
    if not answer.is_final and check.attempts < MOST_ATTEMPTS:
        pause = timedelta(minutes=2**check.attempts)
        if answer.outcome == RegistryOutcome.LIMITED:
            pause = timedelta(hours=6)
        return move(
            check,
            to=RegistryState.WAITING,
            allowed=REGISTRY_TRANSITIONS,
            guard=mine,
            outcome=answer.outcome,
            error=answer.error,
            due_at=now + pause,
        )
    told = answer.outcome in (
        RegistryOutcome.FOUND,
        RegistryOutcome.SUSPENDED,
        RegistryOutcome.CLOSED,
        RegistryOutcome.NOT_FOUND,
    )
    with transaction.atomic():
        move(
            check,
            to=RegistryState.ANSWERED if told else RegistryState.FAILED,
            allowed=REGISTRY_TRANSITIONS,
            guard=mine,
            outcome=answer.outcome,
            facts=answer.facts,
            error=answer.error,
            answered_at=now,
        )
        if check.company is not None:
            audit.record(
                "company.registry_answered",
                check.company,
                actor=None,
                now=now,
                registry=check.registry,
                outcome=check.outcome,
            )
    return check


def due_checks(*, now: datetime) -> QuerySet[RegistryCheck]:
    """Questions that nobody works on: new ones whose message was lost, retries, dead workers'."""
    return RegistryCheck.objects.filter(state__in=OPEN, due_at__lte=now).order_by("due_at", "pk")
