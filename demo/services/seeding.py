"""The whole demo, or load: fictional firms, and what happened between them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Final, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from demo.generator.catalogue import Catalogue, read_catalogue
from demo.generator.firms import plan_firms
from demo.generator.plans import FirmPlan
from demo.logins import DEMO_LOGINS
from demo.services.bulk import write_verified_firms
from demo.services.history import play_history
from demo.services.matchmaking import finish_run
from demo.services.past_mail import cancel_past_mail
from demo.services.people import Staff, open_staff
from demo.services.reference import Reference, read_reference
from demo.services.team import gather_teams
from insights.services import count_journeys
from matching.services import ensure_default_policy

T = TypeVar("T")

# With more firms nobody reads the story: they are written in bulk.
MOST_FIRMS_WITH_HISTORY: Final = 300
BULK_BATCH: Final = 500
STAFF_SINCE: Final = timedelta(days=400)
LOAD_SINCE: Final = timedelta(days=60)


class AlreadySeeded(Exception):
    """The demo's log-ins are in this database already."""


def seed_demo(
    *,
    firms: int,
    seed: int,
    has_history: bool,
    has_run: bool,
    receiver: str = "",
    now: datetime,
) -> None:
    """Fill the database with `firms` Korean and as many Japanese firms, or leave it as it was.

    `has_history`: half a year of registrations, runs, reviews, answers and outcomes, all through
    the public services. Otherwise the firms stand there verified, and with `has_run` one run has
    proposed their matches. `receiver`: an address at which the history tells webhooks. One seed on
    one day yields the same firms.

    Raises AlreadySeeded, TaxonomyMissing, and RunFailed.
    """
    if is_seeded():
        raise AlreadySeeded
    rng = Random(seed)
    catalogue, reference = read_catalogue(), read_reference()
    plans = plan_firms(catalogue=catalogue, firms=firms, rng=rng, today=timezone.localdate(now))
    with transaction.atomic():
        staff = open_staff(now=now - STAFF_SINCE)
        if has_history:
            _play(list(plans), catalogue, reference, staff, receiver, rng, now)
        else:
            _write(plans, reference, staff, now - LOAD_SINCE)
        if has_run:
            policy = ensure_default_policy(now=now)
            finish_run(policy=policy, actor=staff.supervisor, now=now)
        count_journeys(now=now)


def is_seeded() -> bool:
    return User.objects.filter(email=DEMO_LOGINS[0].email).exists()


def _play(
    plans: list[FirmPlan],
    catalogue: Catalogue,
    reference: Reference,
    staff: Staff,
    receiver: str,
    rng: Random,
    now: datetime,
) -> None:
    play_history(
        plans=plans,
        catalogue=catalogue,
        reference=reference,
        staff=staff,
        receiver=receiver,
        rng=rng,
        now=now,
    )
    gather_teams(now=now)
    cancel_past_mail(now=now)


def _write(
    plans: Iterable[FirmPlan], reference: Reference, staff: Staff, registered_at: datetime
) -> None:
    for batch in _batches(plans, BULK_BATCH):
        write_verified_firms(batch, reference=reference, staff=staff, now=registered_at)
    # The first queries shall not wait for PostgreSQL to notice that the tables have grown.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, size)):
        yield batch
