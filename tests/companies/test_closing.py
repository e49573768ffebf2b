"""Closing a firm: what goes at once, what the others see, how it comes back, what is kept."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies import services
from companies.choices import CompanyState, InvitationState, ItemState, JoinState, MemberRole
from companies.models import Closing, Company, CompanyCertification, Membership, Offering
from mailing.models import Message
from matching.choices import EventReason, MatchState, Side, told_reason
from matching.models import Match
from matching.services import approve_match, compute_run, publish_due_matches, request_run
from tests.factories import (
    PASSWORD,
    CertificationFactory,
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    PolicyFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.concurrency import at_once
from tests.matching.scenes import introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db


def closed(company: Company, actor: User | None = None, **fields) -> Closing:
    actor = actor or company.memberships.filter(role=MemberRole.OWNER).order_by("pk")[0].user
    return services.close_company(
        company=company, actor=actor, **({"now": timezone.now()} | fields)
    )


def test_the_firm_is_gone_at_once(client: Client) -> None:
    match = published_match()
    firm = match.seller
    invitation = services.invite(
        company=firm,
        email="new@x.example",
        role="viewer",
        language="ko",
        actor=member_of(match, Side.SELLER),
        now=timezone.now(),
    )
    asking = services.ask_to_join(company=firm, user=UserFactory(), message="", now=timezone.now())
    closed(firm)
    firm.refresh_from_db()
    assert firm.state == CompanyState.CLOSED
    assert client.get(reverse("companies:company", args=[firm.pk])).status_code == 404
    assert firm.display_name not in client.get(reverse("companies:directory")).content.decode()
    assert not Company.objects.matchable().filter(pk=firm.pk).exists()
    assert Offering.objects.get().state == ItemState.CLOSED
    for row in (invitation, asking):
        row.refresh_from_db()
    assert (invitation.state, asking.state) == (InvitationState.WITHDRAWN, JoinState.REFUSED)


def test_the_other_firm_is_told_kindly(client: Client) -> None:
    match = published_match()
    buyer = member_of(match, Side.BUYER)
    closed(match.seller)
    match.refresh_from_db()
    assert match.state == MatchState.WITHDRAWN
    told = Message.objects.get(kind="match_expired", user=buyer)
    User.objects.update(language="en")
    client.force_login(buyer)
    page = client.get(reverse("matching:match", args=[match.pk]))
    assert page.status_code == 200
    assert told_reason(EventReason.COMPANY_LEFT) in page.content.decode()
    assert told.language == "ja"
    # Who closed it, and that it was closed, is the firm's own affair.
    assert "closed" not in told.subject.lower()


def test_an_introduction_that_was_made_stays() -> None:
    match = introduced_match()
    closed(match.seller)
    match.refresh_from_db()
    assert match.state == MatchState.INTRODUCED


def test_everybody_of_the_firm_is_told_and_stays() -> None:
    company = CompanyFactory(with_owner=True)
    viewer = MembershipFactory(company=company, role=MemberRole.VIEWER, user__language="ja").user
    closed(company)
    assert set(
        Message.objects.filter(kind="company_closed").values_list("language", flat=True)
    ) == {
        "ko",
        "ja",
    }
    viewer.refresh_from_db()
    assert viewer.is_active


def test_reopened_it_is_what_it_was() -> None:
    match = MatchFactory()
    firm = match.seller
    draft = Offering.objects.get()
    closing = closed(firm)
    services.reopen_company(
        closing=closing, actor=closing.by, now=closing.erase_at - timedelta(minutes=1)
    )
    firm.refresh_from_db()
    draft.refresh_from_db()
    assert (firm.state, draft.state) == (CompanyState.VERIFIED, ItemState.OPEN)
    match.refresh_from_db()
    assert match.state == MatchState.WITHDRAWN
    with pytest.raises(StateChanged):
        services.reopen_company(closing=closing, actor=closing.by, now=timezone.now())
    # It may be closed once more.
    closed(firm)


def test_a_verification_that_ran_out_meanwhile_has_lapsed() -> None:
    company = CompanyFactory(with_owner=True, verified_until=timezone.now() + timedelta(days=1))
    closing = closed(company)
    reopened = services.reopen_company(
        closing=closing, actor=closing.by, now=timezone.now() + timedelta(days=2)
    )
    assert reopened.state == CompanyState.LAPSED


def test_a_suspended_firm_does_not_become_verified_by_it() -> None:
    company = CompanyFactory(with_owner=True, state=CompanyState.SUSPENDED)
    closing = closed(company)
    services.reopen_company(closing=closing, actor=closing.by, now=timezone.now())
    company.refresh_from_db()
    assert company.state == CompanyState.SUSPENDED


def test_too_late_and_number_taken() -> None:
    company = CompanyFactory(with_owner=True)
    closing = closed(company)
    with pytest.raises(StateChanged):
        services.reopen_company(closing=closing, actor=closing.by, now=closing.erase_at)
    CompanyFactory(official_number=company.official_number)
    with pytest.raises(RuleViolated, match="Another firm"):
        services.reopen_company(closing=closing, actor=closing.by, now=timezone.now())


def test_only_owners_close_and_reopen() -> None:
    company = CompanyFactory(with_owner=True)
    editor = MembershipFactory(company=company, role=MemberRole.EDITOR).user
    with pytest.raises(RuleViolated):
        closed(company, editor)
    closing = closed(company)
    with pytest.raises(RuleViolated):
        services.reopen_company(closing=closing, actor=editor, now=timezone.now())


def test_afterwards_the_name_the_number_and_the_matches_are_left() -> None:
    match = published_match()
    firm = match.seller
    Company.objects.filter(pk=firm.pk).update(
        address="서울", representative="김대표", about_ko="소개", website="https://x.example"
    )
    CompanyCertification.objects.create(company=firm, certification=CertificationFactory())
    lonely = Offering.objects.create(
        company=firm,
        language="ko",
        title_ko="혼자",
        cooperation=["supply"],
        created_at=timezone.now(),
        material_at=timezone.now(),
    )
    closing = closed(firm)
    assert services.erase_closed(now=closing.erase_at - timedelta(minutes=1)) == 0
    assert services.erase_closed(now=closing.erase_at) == 1
    assert services.erase_closed(now=closing.erase_at) == 0
    before, firm = firm, Company.objects.get(pk=firm.pk)
    assert (firm.name_ko, firm.official_number) == (before.name_ko, before.official_number)
    assert not any((firm.address, firm.representative, firm.about_ko, firm.website))
    assert not Membership.objects.filter(company=firm).exists()
    assert not firm.certificates.exists()
    assert not Offering.objects.filter(pk=lonely.pk).exists()
    assert Match.objects.get().offering.text_en == ""
    assert settings.CLOSING_DAYS == 30


def test_the_pages(client: Client) -> None:
    company = CompanyFactory(with_owner=True)
    owner = company.memberships.get().user
    client.force_login(owner)
    page = reverse("companies:closing")
    assert reverse("account_reauthenticate") in client.post(page).url
    assert not Closing.objects.exists()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answered = client.post(page)
    assert answered.url == reverse("companies:closed", args=[company.pk])
    assert client.get(answered.url).status_code == 200
    assert answered.url in client.get("/").content.decode()
    client.post(answered.url)
    company.refresh_from_db()
    assert company.state == CompanyState.VERIFIED
    assert client.get(answered.url).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_owners_at_once_close_it_once() -> None:
    company = CompanyFactory(with_owner=True)
    second = MembershipFactory(company=company).user
    first = company.memberships.order_by("pk")[0].user
    ended = at_once(lambda: closed(company, first), lambda: closed(company, second))
    assert sorted(ended) == ["StateChanged", "done"]
    assert Closing.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_run_under_way_finds_with_it_is_never_mailed() -> None:
    """The run may still propose the pair; nobody is written to about a closed firm."""
    match = MatchFactory()
    match.delete()
    run = request_run(policy=PolicyFactory(), actor=StaffFactory(), now=timezone.now())
    calls = 0

    def clock():
        nonlocal calls
        calls += 1
        if calls == 3:
            closed(Offering.objects.get().company)
        return timezone.now()

    compute_run(run_id=run.pk, clock=clock)
    assert Company.objects.filter(state=CompanyState.CLOSED).exists()
    for found in Match.objects.filter(state=MatchState.PROPOSED):
        approve_match(match=found, actor=StaffFactory(), now=timezone.now() - settings.MATCH_GRACE)
    publish_due_matches(now=timezone.now())
    assert not Match.objects.filter(published_at__isnull=False).exists()
    assert not Message.objects.filter(kind="match").exists()
