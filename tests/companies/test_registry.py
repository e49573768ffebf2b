"""Public registers, asked in their own protocols: what they answer, and when they do not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from common.errors import StateChanged
from common.models import AuditEvent
from companies.choices import CompanyState, Registry, RegistryOutcome, RegistryState
from companies.models import Company, RegistryCheck
from companies.registry.directory import look_up, set_up_for
from companies.services import ask_registries, register_company
from companies.services.lookups import MOST_A_DAY, answer_check, due_checks
from companies.tasks import ask_registry, sweep_registry_checks
from tests.companies.registry_server import KEY, Registers
from tests.factories import CompanyFactory, UserFactory, japanese_number, korean_number

JP, KR = japanese_number(31), korean_number(31)
NUMBER_OF = {Registry.NTA: JP, Registry.GBIZINFO: JP, Registry.NTS: KR}
EACH = pytest.mark.parametrize("registry", list(Registry))
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>'
    b"<corporations><count>0</count>&y;</corporations>"
)


def stands(registers: Registers, **facts: str) -> None:
    place = {"prefecture": "愛知県", "city": "名古屋市中村区", "street": "名駅一丁目１番"}
    registers.stands(JP, name="株式会社あかり", name_en="Akari Inc.", **place, **facts)
    registers.stands(KR, code="03" if facts else "01", ended="20250331" if facts else "")


@EACH
def test_a_firm_is_found(registers: Registers, registry: Registry) -> None:
    stands(registers)
    answer = look_up(registry, NUMBER_OF[registry])
    assert answer.outcome == RegistryOutcome.FOUND
    if registry == Registry.NTS:
        assert answer.facts["status"] == "계속사업자"
    else:
        assert answer.facts["name"] == "株式会社あかり"
        assert answer.facts["name_en"] == "Akari Inc."
        assert answer.facts["address"] == "愛知県名古屋市中村区名駅一丁目１番"


@EACH
def test_a_firm_is_closed(registers: Registers, registry: Registry) -> None:
    stands(registers, closed="2025-03-31")
    answer = look_up(registry, NUMBER_OF[registry])
    assert answer.outcome == RegistryOutcome.CLOSED
    assert answer.facts["closed_on"] == "2025-03-31"


def test_a_korean_business_is_suspended(registers: Registers) -> None:
    registers.stands(KR, code="02")
    assert look_up(Registry.NTS, KR).outcome == RegistryOutcome.SUSPENDED


@EACH
def test_nobody_has_the_number(registers: Registers, registry: Registry) -> None:
    answer = look_up(registry, NUMBER_OF[registry])
    assert (answer.outcome, answer.facts.get("name")) == (RegistryOutcome.NOT_FOUND, None)


@EACH
@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ({"status": 500}, RegistryOutcome.UNREACHABLE),
        ({"status": 429}, RegistryOutcome.LIMITED),
        ({"status": 403}, RegistryOutcome.REFUSED),
        ({"status": 302}, RegistryOutcome.REFUSED),
        ({"delay": 1.5}, RegistryOutcome.UNREACHABLE),
        ({"body": b"<html>We are being maintained"}, RegistryOutcome.UNREADABLE),
        ({"body": b""}, RegistryOutcome.UNREADABLE),
        ({"body": b'{"data": [{}], "hojin-infos": [{}]}'}, RegistryOutcome.UNREADABLE),
        ({"body": b"[1]"}, RegistryOutcome.UNREADABLE),
        ({"body": BOMB}, RegistryOutcome.UNREADABLE),
        ({"body": b"x" * 600_000}, RegistryOutcome.UNREADABLE),
    ],
)
def test_trouble_has_a_name_and_betrays_no_key(
    registers: Registers, registry: Registry, trouble: dict[str, Any], outcome: str
) -> None:
    stands(registers)
    registers.misbehave(**trouble)
    answer = look_up(registry, NUMBER_OF[registry])
    expected = outcome
    if registry == Registry.NTS and trouble.get("status") == 302:
        expected = RegistryOutcome.UNREADABLE
    assert answer.outcome == expected
    assert "only" not in answer.error
    assert KEY not in answer.error


@EACH
def test_no_key_gets_into_the_log(
    registers: Registers, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    look_up(registry, NUMBER_OF[registry])
    assert "only" not in caplog.text


@EACH
def test_a_server_that_stumbles_once_is_asked_again(
    registers: Registers, registry: Registry
) -> None:
    stands(registers)
    registers.misbehave(status=503, times=1)
    assert look_up(registry, NUMBER_OF[registry]).outcome == RegistryOutcome.FOUND
    assert len(registers.asked) == 2


def test_a_wrong_key_is_told_apart(registers: Registers, settings: Settings) -> None:
    settings.NTA_API_ID = settings.GBIZINFO_TOKEN = settings.NTS_SERVICE_KEY = "wrong"
    for registry in Registry:
        assert look_up(registry, NUMBER_OF[registry]).outcome == RegistryOutcome.REFUSED


def test_a_days_limit_of_the_korean_portal_is_told_apart(registers: Registers) -> None:
    said = '{"code": -8, "msg": "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"}'
    registers.misbehave(status=400, body=said.encode())
    assert look_up(Registry.NTS, KR).outcome == RegistryOutcome.LIMITED


# --- Questions as rows --------------------------------------------------------------------------


def asked(number: str = KR, **fields: Any) -> RegistryCheck:
    return ask_registries(
        country="JP" if len(number) == 13 else "KR",
        number=number,
        actor=None,
        now=timezone.now(),
        **fields,
    )[0]


@pytest.mark.django_db
def test_nothing_is_asked_without_a_key() -> None:
    assert set_up_for("JP") == set_up_for("KR") == ()
    checks = ask_registries(country="KR", number=KR, actor=None, now=timezone.now())
    assert not checks
    assert not RegistryCheck.objects.exists()


@pytest.mark.django_db
def test_a_question_is_put_once_and_becomes_the_firms(registers: Registers) -> None:
    before = asked()
    company = CompanyFactory(official_number=KR)
    after = asked(company=company)
    assert after == before
    assert RegistryCheck.objects.get().company == company
    assert not registers.asked


@pytest.mark.django_db
def test_a_person_may_look_up_only_so_many_numbers_a_day(registers: Registers) -> None:
    person, now = UserFactory(), timezone.now()
    for serial in range(MOST_A_DAY + 3):
        ask_registries(country="KR", number=korean_number(serial), actor=person, now=now)
    assert RegistryCheck.objects.count() == MOST_A_DAY


@pytest.mark.django_db
def test_the_answer_is_kept_with_its_time(registers: Registers) -> None:
    stands(registers)
    company = CompanyFactory(official_number=KR)
    check = asked(company=company)
    ask_registry(check_id=check.pk)
    check.refresh_from_db()
    assert (check.state, check.outcome) == (RegistryState.ANSWERED, RegistryOutcome.FOUND)
    assert check.answered_at is not None
    assert AuditEvent.objects.filter(verb="company.registry_answered").count() == 1
    ask_registry(check_id=check.pk)
    assert len(registers.asked) == 1


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.django_db
def test_a_register_that_is_away_is_asked_again_and_in_the_end_given_up(
    registers: Registers,
) -> None:
    clock = Clock()
    check = asked()
    registers.misbehave(status=500)
    pauses = []
    while check.state != RegistryState.FAILED:
        assert not due_checks(now=check.due_at - timedelta(seconds=1)).exists()
        assert due_checks(now=check.due_at).get() == check
        clock.now = max(clock.now, check.due_at)
        answer_check(check=check, clock=clock)
        pauses.append(check.due_at - clock.now)
    assert check.attempts == 6
    assert pauses[:5] == sorted(pauses[:5])
    assert check.outcome == RegistryOutcome.UNREACHABLE


@pytest.mark.django_db
def test_a_dead_workers_question_is_found_again(registers: Registers) -> None:
    stands(registers)
    check = asked()
    RegistryCheck.objects.update(state=RegistryState.ASKING, attempts=1)
    assert due_checks(now=timezone.now()).get() == check
    check.refresh_from_db()
    answer_check(check=check, clock=timezone.now)
    assert check.state == RegistryState.ANSWERED
    # Whoever held it before writes nothing more.
    late = RegistryCheck.objects.get()
    with pytest.raises(StateChanged):
        answer_check(check=late, clock=timezone.now)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_wakes_a_worker(registers: Registers, celery_worker: Any) -> None:
    """The message was lost: the row is there, and the sweep sees to it."""
    stands(registers)
    now = timezone.now()
    check = RegistryCheck.objects.create(
        country="KR", official_number=KR, registry=Registry.NTS, asked_at=now, due_at=now
    )
    sweep_registry_checks()
    deadline = timezone.now() + timedelta(seconds=20)
    while check.state != RegistryState.ANSWERED and timezone.now() < deadline:
        check.refresh_from_db()
    assert check.state == RegistryState.ANSWERED


@pytest.mark.django_db
def test_registering_waits_for_no_register(registers: Registers) -> None:
    """The request writes a row and goes on, however slow the register is."""
    registers.misbehave(delay=5)
    company = Company(country="KR", official_number=KR, name_ko="다리소재")
    register_company(company=company, owner=UserFactory(), now=timezone.now())
    asked(company=company)
    assert company.state == CompanyState.DRAFT
    assert not registers.asked
