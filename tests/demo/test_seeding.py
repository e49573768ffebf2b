"""The demo is made by the public services, and stands up to the rules."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Model
from django.forms import model_to_dict
from django.urls import reverse
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import Consent, User
from api.choices import TokenKind
from api.hooks.choices import DeliveryState, EventType
from api.hooks.models import Endpoint
from api.models import System, Token, TokenUse
from common.models import AuditEvent
from companies.choices import CompanyState
from companies.models import Company, Membership, Need, Offering, Verification
from companies.queries import recipients
from companies.services.verification import lapse_verifications
from demo.generator.catalogue import read_catalogue
from demo.generator.firms import plan_firms
from demo.generator.plans import FirmPlan
from demo.logins import DEMO_LOGINS, OWNER_JA, OWNER_KO
from demo.services.agenda import Agenda
from demo.services.bulk import write_verified_firms
from demo.services.people import open_staff
from demo.services.programs import INSIDE, NIGHTLY, OUTSIDE, SYSTEM_SINCE
from demo.services.reference import read_reference
from demo.services.registrations import FirmFate, Registrations
from demo.services.remarks import Remarks
from demo.services.seeding import seed_demo
from dialogue.models import Call, Post, Thread
from mailing.choices import MessageState
from mailing.models import Message
from matching.choices import MatchState, RunState
from matching.models import Introduction, Match, MatchRun, Outcome

NOW: Final = datetime(2026, 11, 22, 3, tzinfo=UTC)
FIRMS: Final = 6
RECEIVER: Final = "http://127.0.0.1:8025/webhooks/"
EMAILS: Final = [login.email for login in DEMO_LOGINS]


def plans(firms: int) -> list[FirmPlan]:
    return list(
        plan_firms(
            catalogue=read_catalogue(), firms=firms, rng=Random(1), today=timezone.localdate(NOW)
        )
    )


@pytest.mark.django_db
def test_the_story_is_whole(taxonomy: None) -> None:
    """Everything the demo promises to show, with twelve firms; one seeding, many looks."""
    seed_demo(firms=FIRMS, seed=1, has_history=True, has_run=False, receiver=RECEIVER, now=NOW)
    assert Company.objects.count() == 2 * FIRMS
    for login in (OWNER_KO, OWNER_JA):
        firm = Company.objects.filter(memberships__user__email=login.email).get()
        assert firm.memberships.filter(role="viewer").count() == 1
        assert [row.state for row in firm.invitations.all()] == ["open", "accepted"]
    runs = MatchRun.objects.filter(company=None)
    assert runs.filter(state=RunState.COMPLETED).count() == runs.count() == 5
    assert not MatchRun.objects.filter(state=RunState.FAILED).exists()
    states = set(Match.objects.values_list("state", flat=True))
    assert states >= {MatchState.PROPOSED, MatchState.APPROVED, MatchState.INTRODUCED}
    assert Outcome.objects.exists()
    check_times()
    check_events()
    check_rules()
    check_logins()
    check_mails()
    check_conversations()
    check_programs()


def check_programs() -> None:
    """A system has called for weeks, once from where it may not; an endpoint is told the news."""
    system = System.objects.get()
    token = Token.objects.get()
    assert (token.user, token.kind) == (system.user, TokenKind.SERVICE)
    uses = TokenUse.objects.filter(token=token)
    assert len(NIGHTLY) * 20 < uses.count() <= len(NIGHTLY) * SYSTEM_SINCE.days + 1
    assert [use.address for use in uses.filter(status=403)] == [OUTSIDE]
    assert token.last_used_from == INSIDE
    assert not uses.filter(at__gt=NOW).exists()
    for route in {use.route for use in uses}:
        assert reverse(route)
    endpoint = Endpoint.objects.get()
    assert (endpoint.company, endpoint.address) == (None, RECEIVER)
    told = endpoint.deliveries.all()
    assert told.count() > 3
    # The worker of the demo tells them: none is said to have gone out before.
    assert {each.state for each in told} == {DeliveryState.WAITING}
    assert {each.event.type for each in told} >= {EventType.RUN_FINISHED, EventType.MATCH_APPROVED}
    assert not told.filter(created_at__gt=NOW).exists()


def check_times() -> None:
    assert not Match.objects.filter(published_at__gt=NOW).exists()
    assert not AuditEvent.objects.filter(at__gt=NOW + timedelta(hours=1)).exists()
    assert not Match.objects.filter(published_at__lt=F("decided_at")).exists()
    assert not Outcome.objects.filter(at__lt=F("match__introduction__at")).exists()


def check_events() -> None:
    """The history of every match is a chain that ends in its state."""
    for match in Match.objects.prefetch_related("events"):
        events = list(match.events.all())
        assert events[-1].to_state == match.state
        assert all(one.to_state == other.from_state for one, other in pairwise(events))


def check_rules() -> None:
    for company in Company.objects.filter(state=CompanyState.VERIFIED):
        decision = Verification.objects.filter(company=company).latest("at")
        assert decision.decision == CompanyState.VERIFIED
        assert decision.checked
        assert recipients(company)
    for match in Match.objects.with_sides():
        assert match.buyer.country != match.seller.country


def check_logins() -> None:
    # One is enough to try, as all share the one hash: hashing is slow.
    hashes = set(User.objects.filter(email__in=EMAILS).values_list("password", flat=True))
    assert len(hashes) == 1
    assert check_password(DEMO_LOGINS[0].password, hashes.pop())
    for login in DEMO_LOGINS:
        user = User.objects.get(email=login.email)
        assert (user.language, user.staff_role) == (login.language, login.staff_role)
        assert user.emailaddress_set.get().verified
    for login in (OWNER_KO, OWNER_JA):
        membership = Membership.objects.get(user__email=login.email)
        assert membership.role == "owner"
        inbox = Match.objects.of_member(membership.user)
        assert inbox.filter(state=MatchState.INTRODUCED).exists()


def check_conversations() -> None:
    """Introduced firms talk, each in its own language, and some have agreed on a call."""
    assert Thread.objects.count() == Introduction.objects.count()
    assert {"ko", "ja"} <= set(Post.objects.values_list("language", flat=True))
    assert not Post.objects.filter(created_at__gt=NOW).exists()
    assert not Post.objects.filter(created_at__lt=F("thread__created_at")).exists()
    assert Call.objects.exclude(starts_at=None).exists()


def check_mails() -> None:
    """What concerns the log-ins waits for the worker; the rest was taken back, none is lost."""
    own = Message.objects.filter(to=OWNER_KO.email)
    assert own.filter(state=MessageState.QUEUED).count() > own.count() / 2
    # A match that ended takes back what had not been sent about it, and nothing else does.
    for message in own.exclude(state=MessageState.QUEUED):
        assert message.state == MessageState.CANCELLED
        match = Match.objects.get(pk=message.context_key.removeprefix("match:"))
        assert match.state in {MatchState.DECLINED, MatchState.WITHDRAWN, MatchState.EXPIRED}
    states = set(Message.objects.values_list("state", flat=True))
    assert states == {MessageState.QUEUED, MessageState.CANCELLED}


@pytest.mark.django_db
def test_a_second_seed_is_refused_and_changes_nothing(
    taxonomy: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("seed", "--firms=2", "--items-only")
    before = Company.objects.count()
    with pytest.raises(CommandError, match="here already"):
        call_command("seed", "--firms=2", "--items-only")
    call_command("seed", "--firms=2", "--items-only", "--if-empty")
    assert "nothing was changed" in capsys.readouterr().out
    assert Company.objects.count() == before == 4


@pytest.mark.django_db
def test_outside_of_the_demo_it_is_refused(taxonomy: None, settings: Any) -> None:
    settings.LOCAL = False
    with pytest.raises(CommandError, match="--force"):
        call_command("seed", "--firms=2", "--items-only")
    assert not User.objects.exists()
    call_command("seed", "--firms=2", "--items-only", "--force")
    assert Company.objects.count() == 4


@pytest.mark.django_db
def test_a_run_without_history(taxonomy: None) -> None:
    seed_demo(firms=FIRMS, seed=1, has_history=False, has_run=True, now=NOW)
    assert set(Match.objects.values_list("state", flat=True)) == {MatchState.PROPOSED}
    assert MatchRun.objects.get().state == RunState.COMPLETED
    assert not Message.objects.exists()


# --- In bulk and by the services: the same rows -------------------------------------------------


@pytest.fixture
def both_ways(taxonomy: None, db: None) -> tuple[list[FirmPlan], dict[str, Any], dict[str, Any]]:
    """(plans, what the services wrote, what the bulk wrote) for firms with one owner each."""
    reference, chosen = read_reference(), plans(5)[2:]
    chosen = [plan for plan in chosen if len(plan.people) == 1]
    snapshots = []
    for write in (_by_services, _in_bulk):
        with transaction.atomic():
            write(chosen, reference)
            snapshots.append(_snapshot())
            transaction.set_rollback(True)
    return chosen, *snapshots


def _by_services(
    chosen: list[FirmPlan],
    reference: Any,
    *,
    rng: Random | None = None,
    at: datetime = NOW - timedelta(days=60),
) -> None:
    agenda, rng = Agenda(end=NOW), rng or Random(1)
    registrations = Registrations(
        agenda=agenda,
        reference=reference,
        staff=open_staff(now=NOW - timedelta(days=90)),
        remarks=Remarks(read_catalogue(), rng),
        rng=rng,
    )
    for plan in chosen:
        registrations.begin(plan, FirmFate.VERIFIED, at=at)
    agenda.play()


def _in_bulk(chosen: list[FirmPlan], reference: Any) -> None:
    staff = open_staff(now=NOW - timedelta(days=90))
    write_verified_firms(chosen, reference=reference, staff=staff, now=NOW - timedelta(days=60))


def _snapshot() -> dict[str, Any]:
    """All rows of the firms as plain values, without times and generated keys."""
    return {
        "companies": [_plain(company) for company in Company.objects.order_by("pk")],
        "offerings": [_plain(item) for item in Offering.objects.order_by("pk")],
        "needs": [_plain(item) for item in Need.objects.order_by("pk")],
        "certificates": [
            sorted(company.certificates.values_list("certification__code", "number", "issued_on"))
            for company in Company.objects.order_by("pk")
        ],
        "members": sorted(
            Membership.objects.values_list(
                "company", "role", "user__email", "user__name", "user__title", "user__language"
            )
        ),
        "consents": sorted(
            Consent.objects.filter(kind=ConsentKind.CROSS_BORDER).values_list(
                "user__email", "kind", "wording_version", "language"
            )
        ),
        "recipients": [
            [user.email for user in recipients(company)] for company in Company.objects.all()
        ],
        "verifications": sorted(
            Verification.objects.values_list("company", "decision", "by__email")
        ),
        "steps": sorted(
            AuditEvent.objects.filter(
                verb__in=["company.registered", "company.submitted", "company.verified"]
            ).values_list("object_id", "verb", "actor_label")
        ),
    }


def _plain(row: Model) -> dict[str, Any]:
    values = model_to_dict(row) | {"pk": row.pk, "name_key": getattr(row, "name_key", "")}
    related = {field.name for field in row._meta.many_to_many}
    return {
        name: sorted(each.pk for each in value) if name in related else value
        for name, value in values.items()
        if not name.endswith(("_at", "verified_until"))
    }


def test_bulk_writes_what_the_services_write(
    both_ways: tuple[list[FirmPlan], dict[str, Any], dict[str, Any]],
) -> None:
    chosen, by_services, in_bulk = both_ways
    assert len(by_services["companies"]) == len(chosen) > 2
    for part in by_services:
        assert in_bulk[part] == by_services[part], part


@pytest.mark.django_db
def test_verifications_of_bulk_firms_lapse_like_all_others(taxonomy: None) -> None:
    seed_demo(firms=2, seed=1, has_history=False, has_run=False, now=NOW)
    assert lapse_verifications(now=NOW + timedelta(days=300)) == 0
    assert lapse_verifications(now=NOW + timedelta(days=370)) == 4


class Slow(Random):
    """The profile is filled in as late as can be, all else happens as early as can be."""

    def randint(self, a: int, b: int) -> int:
        return b if (a, b) == (20, 40) else a

    def uniform(self, a: float, b: float) -> float:
        return a


@pytest.mark.django_db
def test_a_firm_that_registers_after_hours_is_complete_when_it_hands_in(taxonomy: None) -> None:
    evening = datetime(2026, 9, 23, 10, tzinfo=UTC)  # 19 o'clock of a working day
    _by_services(plans(3)[2:3], read_reference(), rng=Slow(1), at=evening)
    assert Company.objects.get().region is not None
    assert AuditEvent.objects.filter(verb="company.submitted").exists()
