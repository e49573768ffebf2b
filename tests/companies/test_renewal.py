"""A verification is renewed without being lost in between, and lapses when nobody asks."""

from datetime import timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import RuleViolated, StateChanged
from companies import services
from companies.choices import CompanyState, VerificationDecision
from companies.models import Company
from companies.services.verification import lapse_verifications
from companies.tasks import look_after_terms
from mailing.models import Message
from tests.factories import CompanyFactory, RegionFactory, SectorFactory, StaffFactory

pytestmark = pytest.mark.django_db


def verified(days_left: int, **fields: Any) -> Company:
    now = timezone.now()
    return CompanyFactory(
        verified_at=now - timedelta(days=365 - days_left),
        verified_until=now + timedelta(days=days_left),
        region=RegionFactory(code="KR-11"),
        about_ko="감광 소재를 만듭니다.",
        sectors=[SectorFactory()],
        with_owner=True,
        **fields,
    )


def test_members_are_reminded_once(client: Client) -> None:
    firm = verified(29)
    verified(31)
    look_after_terms()
    look_after_terms()
    message = Message.objects.get()
    assert message.kind == "company_renewal"
    assert reverse("companies:renewal") in message.text
    assert message.to == firm.memberships.get().user.email


def test_one_button_asks_and_staff_renew_without_a_gap(client: Client) -> None:
    firm = verified(20)
    until = firm.verified_until
    client.force_login(firm.memberships.get().user)
    page = reverse("companies:renewal")
    client.get(page)
    firm.refresh_from_db()
    assert firm.renewal_asked_at is None
    client.post(page)
    firm.refresh_from_db()
    assert (firm.state, firm.verified_until) == (CompanyState.VERIFIED, until)
    assert firm.renewal_asked_at is not None
    client.post(page)

    reviewer = StaffFactory()
    client.force_login(reviewer)
    queue = client.get(reverse("companies:verification"))
    assert queue.context["page"].rows == [firm]
    client.post(reverse("companies:verify", args=[firm.pk]), {"checked": ["official_number"]})
    firm.refresh_from_db()
    assert firm.renewal_asked_at is None
    assert firm.verified_until == until + relativedelta(months=12)
    assert firm.verifications.get().decision == VerificationDecision.VERIFIED
    with pytest.raises(StateChanged):
        services.verify_company(
            company=firm, checked=["official_number"], actor=reviewer, now=timezone.now()
        )


def test_it_is_too_early_or_something_is_missing() -> None:
    early = verified(60)
    asked = {"now": timezone.now()}
    with pytest.raises(RuleViolated):
        services.ask_renewal(company=early, actor=early.memberships.get().user, **asked)
    bare = verified(5)
    bare.region = None
    with pytest.raises(RuleViolated):
        services.ask_renewal(company=bare, actor=bare.memberships.get().user, **asked)


def test_asked_twice_is_asked_once() -> None:
    firm = verified(5)
    actor = firm.memberships.get().user
    same = Company.objects.get(pk=firm.pk)
    services.ask_renewal(company=firm, actor=actor, now=timezone.now())
    with pytest.raises(StateChanged):
        services.ask_renewal(company=same, actor=actor, now=timezone.now())


def test_a_renewal_that_is_returned_leaves_the_firm_verified_until_its_day() -> None:
    firm = verified(5)
    services.ask_renewal(company=firm, actor=firm.memberships.get().user, now=timezone.now())
    services.return_company(
        company=firm, reasons=["name_differs"], actor=StaffFactory(), now=timezone.now()
    )
    firm.refresh_from_db()
    assert (firm.state, firm.renewal_asked_at) == (CompanyState.VERIFIED, None)
    assert Message.objects.filter(kind="company_returned").exists()


def test_a_firm_that_asked_in_time_stays_in_the_queue_when_its_time_is_up() -> None:
    asked, silent = verified(1), verified(1)
    now = timezone.now()
    services.ask_renewal(company=asked, actor=asked.memberships.get().user, now=now)
    assert lapse_verifications(now=now + timedelta(days=2)) == 2
    asked.refresh_from_db()
    silent.refresh_from_db()
    assert (asked.state, silent.state) == (CompanyState.SUBMITTED, CompanyState.LAPSED)
    assert asked.submitted_at == now
    assert asked.renewal_asked_at is None


def test_a_verified_firm_that_did_not_ask_is_not_decided_again() -> None:
    firm = verified(5)
    with pytest.raises(StateChanged):
        services.verify_company(
            company=firm, checked=["official_number"], actor=StaffFactory(), now=timezone.now()
        )
    with pytest.raises(StateChanged):
        services.return_company(
            company=firm, reasons=["name_differs"], actor=StaffFactory(), now=timezone.now()
        )
