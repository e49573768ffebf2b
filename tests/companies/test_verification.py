"""Staff check firms: the queue, the decision, the mail, and what happens to the second decider."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from common.errors import RuleViolated, StateChanged
from companies import services
from companies.choices import REQUIRED_CHECKS, CompanyState, ReturnReason, VerificationCheck
from companies.models import Company
from companies.signals import company_left
from mailing.models import Message
from matching.choices import MatchState, Side
from matching.links import answer_url
from matching.models import Match, MatchRun
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    OfferingFactory,
    PolicyFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.concurrency import at_once
from tests.matching.scenes import member_of, published_match

pytestmark = pytest.mark.django_db


def submitted(**fields: object) -> Company:
    values = {
        "state": CompanyState.SUBMITTED,
        "submitted_at": timezone.now() - timedelta(days=1),
        "verified_at": None,
        "verified_until": None,
        "with_owner": True,
    }
    return CompanyFactory(**{**values, **fields})


@pytest.fixture
def staff(client: Client) -> User:
    user = StaffFactory(name="Reviewer One")
    client.force_login(user)
    return user


def test_the_queue_shows_submitted_firms_oldest_first(client: Client, staff: User) -> None:
    now = timezone.now()
    young, old = (submitted(submitted_at=now - timedelta(days=days)) for days in (1, 9))
    verified = CompanyFactory()
    unclaimed = CompanyFactory(unclaimed=True)
    page = client.get(reverse("companies:verification"))
    assert page.context["page"].rows == [old, young]
    every = client.get(reverse("companies:verification"), {"state": ""}).context["page"].rows
    assert {firm.pk for firm in every} == {old.pk, young.pk, verified.pk, unclaimed.pk}
    wanted = {"state": "unclaimed", "q": unclaimed.name_en}
    found = client.get(reverse("companies:verification"), wanted)
    assert found.context["page"].rows == [unclaimed]


def test_a_firm_is_found_by_its_number_as_people_write_it(client: Client, staff: User) -> None:
    firm = submitted()
    submitted(country="JP")
    found = client.get(
        reverse("companies:verification"), {"state": "submitted", "q": firm.formatted_number}
    )
    assert firm in found.context["page"].rows


def test_verifying_says_what_was_checked_and_mails_the_members(client: Client, staff: User) -> None:
    firm = submitted(country="JP")
    page = reverse("companies:verify", args=[firm.pk])
    assert client.post(page, {}).status_code == 422
    client.post(page, {"checked": REQUIRED_CHECKS, "note": "OK"})
    firm.refresh_from_db()
    assert firm.state == CompanyState.VERIFIED
    assert firm.verified_until == firm.verified_at + relativedelta(months=12)
    decision = firm.verifications.get()
    assert (decision.checked, decision.by) == (list(REQUIRED_CHECKS), staff)
    message = Message.objects.get()
    assert (message.kind, message.language) == ("company_verified", "ja")
    assert firm.name_ja in message.subject
    assert "/items/" in message.text


def test_a_returned_firm_hears_why(client: Client, staff: User) -> None:
    firm = submitted()
    page = reverse("companies:give_back", args=[firm.pk])
    refused = client.post(page, {"reasons": [ReturnReason.OTHER], "note": ""})
    assert refused.status_code == 422
    assert "note" in refused.context["return_form"].errors
    client.post(
        page,
        {
            "reasons": [ReturnReason.NAME_DIFFERS, ReturnReason.AUTHORITY_UNCLEAR],
            "note": "등기부와 다릅니다.",
        },
    )
    firm.refresh_from_db()
    assert firm.state == CompanyState.RETURNED
    message = Message.objects.get()
    assert message.language == "ko"
    assert "등기부와 다릅니다." in message.text
    client.force_login(firm.memberships.get().user)
    assert "등기부와 다릅니다." in client.get(reverse("companies:profile")).content.decode()


def test_the_second_decider_is_told_who_was_first(client: Client, staff: User) -> None:
    firm = submitted()
    services.return_company(
        company=Company.objects.get(pk=firm.pk),
        reasons=[ReturnReason.PROFILE_INCOMPLETE],
        actor=StaffFactory(name="Reviewer Two"),
        now=timezone.now(),
    )
    answer = client.post(
        reverse("companies:verify", args=[firm.pk]),
        {"checked": REQUIRED_CHECKS},
        follow=True,
    )
    assert answer.status_code == 200
    assert "Reviewer Two" in str(next(iter(answer.context["messages"])))
    firm.refresh_from_db()
    assert firm.state == CompanyState.RETURNED
    assert Message.objects.count() == 1


def test_a_stale_reviewer_changes_nothing() -> None:
    firm = submitted()
    stale = Company.objects.get(pk=firm.pk)
    staff = StaffFactory()
    now = timezone.now()
    services.verify_company(company=firm, checked=REQUIRED_CHECKS, actor=staff, now=now)
    with pytest.raises(StateChanged):
        services.return_company(
            company=stale, reasons=[ReturnReason.NAME_DIFFERS], actor=staff, now=now
        )
    assert firm.verifications.count() == 1
    with pytest.raises(RuleViolated):
        services.verify_company(
            company=submitted(), checked=[VerificationCheck.WEBSITE], actor=staff, now=now
        )


def test_suspending_is_for_supervisors_and_withdraws(client: Client, staff: User) -> None:
    firm = CompanyFactory(with_owner=True)
    left: list[object] = []

    def listen(company_id: object, **kwargs: object) -> None:
        left.append(company_id)

    company_left.connect(listen)
    page = reverse("companies:suspend", args=[firm.pk])
    assert client.post(page, {"note": "fake buyer"}).status_code == 403
    client.force_login(StaffFactory(staff_role=StaffRole.SUPERVISOR))
    assert client.post(page, {"note": " "}).status_code == 422
    client.post(page, {"note": "fake buyer"})
    firm.refresh_from_db()
    assert firm.state == CompanyState.SUSPENDED
    assert left == [firm.pk]
    client.post(reverse("companies:reinstate", args=[firm.pk]), {"note": "was a mistake"})
    firm.refresh_from_db()
    assert firm.state == CompanyState.VERIFIED


def test_a_suspension_outlasts_no_verification() -> None:
    firm = CompanyFactory(
        state=CompanyState.SUSPENDED, verified_until=timezone.now() - timedelta(days=1)
    )
    services.reinstate_company(company=firm, note="over", actor=StaffFactory(), now=timezone.now())
    assert firm.state == CompanyState.LAPSED


def test_verifications_lapse_once_and_tell_the_members() -> None:
    now = timezone.now()
    firm = CompanyFactory(with_owner=True, verified_until=now - timedelta(minutes=1))
    standing = CompanyFactory(with_owner=True)
    assert services.lapse_verifications(now=now) == 1
    assert services.lapse_verifications(now=now) == 0
    firm.refresh_from_db()
    standing.refresh_from_db()
    assert (firm.state, standing.state) == (CompanyState.LAPSED, CompanyState.VERIFIED)
    message = Message.objects.get()
    assert (message.kind, message.to) == ("company_lapsed", firm.memberships.get().user.email)


def test_the_detail_page_shows_facts_people_and_similar_firms(client: Client, staff: User) -> None:
    firm = submitted(name_ko="한빛소재산업", name_key="한빛소재산업")
    twin = CompanyFactory(name_ko="한빛소재산업㈜", name_key="한빛소재산업", with_owner=True)
    page = client.get(reverse("companies:verification_detail", args=[firm.pk]))
    text = page.content.decode()
    assert firm.formatted_number in text
    assert firm.memberships.get().user.email in text
    assert [other for other, _row, _evidence in page.context["similar"]] == [twin]
    assert "hometax.go.kr" in text
    assert 'href="https://hometax' not in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_asks_the_same_of_the_database_for_any_number_of_firms(
    client: Client, staff: User, django_assert_num_queries: object, count: int
) -> None:
    for _each in range(count):
        firm = submitted()
        record = CompanyFactory(unclaimed=True, official_number=firm.official_number[::-1])
        services.ask_to_join(company=record, user=UserFactory(), message="x", now=timezone.now())
    client.get(reverse("companies:verification"))
    with django_assert_num_queries(15):
        client.get(reverse("companies:verification"))


# --- Suspension and lapse: what both sides see and are mailed --------------------------------


@pytest.fixture
def ended() -> tuple[Match, Match]:
    """Of one seller: a match that both sides were mailed about, and one nobody knows of."""
    seller = CompanyFactory(with_owner=True)
    known = published_match(offering=OfferingFactory(company=seller))
    unknown = MatchFactory(offering=OfferingFactory(company=seller))
    Message.objects.all().delete()
    return known, unknown


def sees(match: Match, side: Side) -> str:
    """What the person of that side reads at the link in the mail about the match."""
    link = answer_url(match, side, member_of(match, side))
    page = Client().get(urlsplit(link).path, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert 'name="kind"' not in page.content.decode()
    return page.content.decode()


def test_a_suspension_ends_matches_and_says_why_to_the_firm_alone(
    ended: tuple[Match, Match],
) -> None:
    known, _unknown = ended
    boss = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    words = "Two firms report goods that never came."
    services.suspend_company(company=known.seller, note=words, actor=boss, now=timezone.now())
    for match in ended:
        match.refresh_from_db()
        assert match.state == MatchState.WITHDRAWN
    mails = {mail.to: mail for mail in Message.objects.all()}
    seller, buyer = (member_of(known, side).email for side in (Side.SELLER, Side.BUYER))
    # One mail each; the firm of the other match, which nobody was told of, hears nothing.
    assert set(mails) == {seller, buyer}
    assert len(mails) == Message.objects.count()
    assert mails[seller].kind == "company_suspended"
    assert words in mails[seller].text
    assert settings.MAIL_CONTACT in mails[seller].text
    assert mails[buyer].kind == "match_expired"
    assert words not in mails[buyer].text
    assert words not in sees(known, Side.BUYER)
    own_link = urlsplit(answer_url(known, Side.SELLER, member_of(known, Side.SELLER))).path
    refused = Client().get(own_link).content.decode()
    assert words not in refused
    assert 'name="kind"' not in refused
    person = Client()
    person.force_login(member_of(known, Side.SELLER))
    assert words in person.get(reverse("companies:profile")).content.decode()
    assert person.get(reverse("companies:offering_new")).status_code == 403
    assert Client().get(reverse("companies:company", args=[known.seller.pk])).status_code == 404


def test_a_reinstated_firm_is_matched_again_and_told(
    ended: tuple[Match, Match],
) -> None:
    PolicyFactory()
    firm, boss = ended[0].seller, StaffFactory(staff_role=StaffRole.SUPERVISOR)
    services.suspend_company(company=firm, note="to check", actor=boss, now=timezone.now())
    Message.objects.all().delete()
    services.reinstate_company(company=firm, note="all well", actor=boss, now=timezone.now())
    assert MatchRun.objects.filter(company=firm, state="queued").exists()
    message = Message.objects.get()
    assert message.kind == "company_reinstated"
    assert Company.objects.matchable().filter(pk=firm.pk).exists()


def test_a_lapse_ends_matches_with_one_mail_to_each_side(ended: tuple[Match, Match]) -> None:
    known, _unknown = ended
    now = timezone.now()
    Company.objects.filter(pk=known.seller.pk).update(verified_until=now)
    assert services.lapse_verifications(now=now) == 1
    kinds = {mail.to: mail.kind for mail in Message.objects.all()}
    assert kinds == {
        member_of(known, Side.SELLER).email: "company_lapsed",
        member_of(known, Side.BUYER).email: "match_expired",
    }
    assert Message.objects.count() == 2
    sees(known, Side.BUYER)
    person = Client()
    person.force_login(member_of(known, Side.SELLER))
    profile = person.get(reverse("companies:profile")).content.decode()
    assert reverse("companies:submit") in profile or reverse("companies:profile_edit") in profile


@pytest.mark.django_db(transaction=True)
def test_two_staff_decide_at_once_and_one_wins() -> None:
    firm = submitted()
    staff = StaffFactory()
    same = Company.objects.get(pk=firm.pk)
    outcome = at_once(
        lambda: services.verify_company(
            company=firm, checked=REQUIRED_CHECKS, actor=staff, now=timezone.now()
        ),
        lambda: services.return_company(
            company=same, reasons=[ReturnReason.NAME_DIFFERS], actor=staff, now=timezone.now()
        ),
    )
    assert sorted(outcome) == ["StateChanged", "done"]
    assert firm.verifications.count() == Message.objects.count() == 1


def test_what_must_be_checked_must_be_ticked(client: Client, staff: User) -> None:
    firm = submitted()
    page = reverse("companies:verify", args=[firm.pk])
    refused = client.post(page, {"checked": [VerificationCheck.WEBSITE]})
    assert refused.status_code == 422
    firm.refresh_from_db()
    assert firm.state == CompanyState.SUBMITTED
    client.post(page, {"checked": REQUIRED_CHECKS})
    firm.refresh_from_db()
    assert firm.state == CompanyState.VERIFIED
