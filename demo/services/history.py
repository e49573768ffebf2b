"""The story of the demo: firms come in over months, runs match them, people answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from companies.models import Company
from companies.services import ask_to_join
from demo.generator.catalogue import Catalogue
from demo.generator.people import draw_people
from demo.generator.plans import FirmPlan
from demo.services.agenda import Agenda, office_hour
from demo.services.conversations import Conversations
from demo.services.matchmaking import Matchmaking
from demo.services.people import Staff, open_member
from demo.services.programs import connect_programs
from demo.services.reference import Reference
from demo.services.registrations import FirmFate, Registrations
from demo.services.remarks import Remarks
from matching.services import create_policy, ensure_default_policy
from taxonomy.choices import Country

# How long ago a firm with this fate registered: (at most, at least) days.
SINCE: Final = {
    FirmFate.VERIFIED: (190, 115),
    FirmFate.SUSPENDED: (190, 150),
    FirmFate.MENDED: (150, 115),
    FirmFate.RETURNED: (14, 9),
    FirmFate.WAITING: (9, 5),
    FirmFate.DRAFT: (4, 2),
    # Longer than a verification lasts.
    FirmFate.LAPSED: (392, 388),
}
LATECOMERS: Final = (95, 10)
LATE_SHARE: Final = 0.2
# One firm in eight may have a special fate, the last ones of each country.
FIRMS_PER_SPECIAL: Final = 8
SPECIAL: Final[dict[str, tuple[FirmFate, ...]]] = {
    Country.KR: (
        FirmFate.WAITING,
        FirmFate.RETURNED,
        FirmFate.WAITING,
        FirmFate.MENDED,
        FirmFate.DRAFT,
        FirmFate.SUSPENDED,
    ),
    Country.JP: (
        FirmFate.WAITING,
        FirmFate.LAPSED,
        FirmFate.WAITING,
        FirmFate.MENDED,
        FirmFate.DRAFT,
    ),
}
POLICY_AGE: Final = timedelta(days=130)
ASKED_TO_JOIN: Final = timedelta(days=1.5)


def play_history(
    *,
    plans: Sequence[FirmPlan],
    catalogue: Catalogue,
    reference: Reference,
    staff: Staff,
    receiver: str,
    rng: Random,
    now: datetime,
) -> None:
    """Let half a year pass up to `now`: everything through the services, at the story's times.

    `receiver`: where webhooks are told; without one no program is connected.
    """
    agenda = Agenda(end=now)
    if receiver:
        connect_programs(agenda=agenda, staff=staff, receiver=receiver, now=now)
    remarks = Remarks(catalogue, rng)
    registrations = Registrations(
        agenda=agenda, reference=reference, staff=staff, remarks=remarks, rng=rng
    )
    for plan, fate, at in _beginnings(plans, rng, now):
        registrations.begin(plan, fate, at=at)
    policy = ensure_default_policy(now=now - POLICY_AGE)
    create_policy(
        name="Lead time counts more",
        weights={**policy.weights, "lead_time": 2 * policy.weights["lead_time"]},
        min_score=policy.min_score,
        min_confidence=policy.min_confidence,
        top_k=policy.top_k,
        actor=staff.supervisor,
        now=now - POLICY_AGE / 10,
    )
    # Its own chance: what is said does not change who is introduced.
    conversations = Conversations(agenda=agenda, catalogue=catalogue, rng=Random(len(plans)))
    Matchmaking(
        agenda=agenda,
        policy=policy,
        staff=staff,
        remarks=remarks,
        conversations=conversations,
        plans=plans,
        rng=rng,
    ).begin()
    agenda.at(
        now - ASKED_TO_JOIN,
        lambda moment: _ask_to_join(plans, catalogue, remarks, rng, moment),
    )
    agenda.play()


def _beginnings(
    plans: Sequence[FirmPlan], rng: Random, now: datetime
) -> Iterator[tuple[FirmPlan, FirmFate, datetime]]:
    """Each firm with its fate and the time it registers; the showcase firms come early."""
    fates: dict[UUID, FirmFate] = {}
    for country, special in SPECIAL.items():
        firms = [plan for plan in plans if plan.country == country and not plan.is_showcase]
        chosen = special[: len(firms) // FIRMS_PER_SPECIAL]
        fates |= {plan.id: fate for plan, fate in zip(reversed(firms), chosen, strict=False)}
    for plan in plans:
        fate = fates.get(plan.id, FirmFate.VERIFIED)
        is_late = fate == FirmFate.VERIFIED and rng.random() < LATE_SHARE
        since = LATECOMERS if is_late and not plan.is_showcase else SINCE[fate]
        yield plan, fate, office_hour(now - timedelta(days=rng.uniform(*since)), 0, rng)


def _ask_to_join(
    plans: Sequence[FirmPlan],
    catalogue: Catalogue,
    remarks: Remarks,
    rng: Random,
    now: datetime,
) -> None:
    """People of the showcase firms, and of one more of each country, wait to be let in."""
    for plan in plans[:4]:
        domain = plan.values["website"].removeprefix("https://www.")
        taken = {person.email for person in plan.people}
        person = draw_people(catalogue, plan.country, domain, rng)[0]
        while person.email in taken:
            person = draw_people(catalogue, plan.country, domain, rng)[0]
        ask_to_join(
            company=Company.objects.get(pk=plan.id),
            user=open_member(person, now=now),
            message=remarks.draw("join", plan.language),
            now=now,
        )
