"""The people of a firm: let in, given a role, removed; and the mails that tell them."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.errors import RuleViolated
from companies import services
from companies.choices import JoinState, MemberRole
from companies.models import Company, JoinRequest, Membership
from companies.queries import team_members
from mailing.choices import Category
from mailing.models import Message
from mailing.services import refuse_mail
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory
from tests.matching.concurrency import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory(with_owner=True)


@pytest.fixture
def owner(client: Client, company: Company) -> Membership:
    User.objects.update(language="en")
    membership = company.memberships.get()
    client.force_login(membership.user)
    return membership


def ask(company: Company, language: str = "ja") -> JoinRequest:
    return services.ask_to_join(
        company=company,
        user=UserFactory(language=language, name="佐藤 花子"),
        message="購買部",
        now=timezone.now(),
    )


def test_owners_are_told_in_their_language(company: Company) -> None:
    MembershipFactory(company=company, role=MemberRole.EDITOR, user__language="ja")
    MembershipFactory(company=company, role=MemberRole.OWNER, user__verified=False)
    request = ask(company)
    message = Message.objects.get()
    assert (message.to, message.language) == (
        company.memberships.order_by("pk").first().user.email,
        "ko",
    )
    assert request.user.email in message.text
    assert "購買部" in message.html
    assert "/company/team/" in message.text


@pytest.mark.parametrize("decision", [JoinState.ACCEPTED, JoinState.REFUSED])
def test_the_decision_is_mailed_to_the_person(
    client: Client, company: Company, owner: Membership, decision: JoinState
) -> None:
    request = ask(company)
    page = client.get(reverse("companies:team")).content.decode()
    assert "購買部" in page
    answer = client.post(
        reverse("companies:join_decide", args=[request.pk]), {"decision": decision}
    )
    assert answer.url == reverse("companies:team")
    request.refresh_from_db()
    assert (request.state, request.decided_by) == (decision, owner.user)
    message = Message.objects.get(to=request.user.email)
    assert (message.kind, message.language) == (f"company_join_{decision}", "ja")
    is_member = company.memberships.filter(user=request.user, role=MemberRole.EDITOR).exists()
    assert is_member == (decision == JoinState.ACCEPTED)


def test_the_second_owner_is_told_what_was_decided(
    client: Client, company: Company, owner: Membership
) -> None:
    request = ask(company)
    page = reverse("companies:join_decide", args=[request.pk])
    client.post(page, {"decision": "accepted"})
    told = client.post(page, {"decision": "refused"}, follow=True)
    assert told.status_code == 200
    assert [message.level_tag for message in told.context["messages"]][-1:] == ["warning"]
    assert company.memberships.filter(user=request.user).exists()
    assert client.post(page, {"decision": "nonsense"}).status_code == 302


def test_only_owners_decide(client: Client, company: Company) -> None:
    request = ask(company)
    page = reverse("companies:join_decide", args=[request.pk])
    editor = MembershipFactory(company=company, role=MemberRole.EDITOR)
    for user, status in (
        (UserFactory(), 404),
        (request.user, 404),
        (editor.user, 403),
        (StaffFactory(), 403),
    ):
        client.force_login(user)
        assert client.post(page, {"decision": "accepted"}).status_code == status
    client.force_login(editor.user)
    assert client.get(reverse("companies:team")).context["requests"] == []


def test_staff_decide_where_there_is_no_owner(client: Client) -> None:
    orphan = CompanyFactory()
    request = ask(orphan)
    client.force_login(StaffFactory())
    page = client.get(reverse("companies:verification")).content.decode()
    assert request.user.email in page
    client.post(reverse("companies:join_decide", args=[request.pk]), {"decision": "accepted"})
    assert orphan.memberships.get().role == MemberRole.OWNER


def test_roles_change_and_an_owner_remains(
    client: Client, company: Company, owner: Membership
) -> None:
    other = MembershipFactory(company=company, role=MemberRole.VIEWER)
    client.post(
        reverse("companies:member_role", args=[other.pk]), {f"{other.pk}-role": MemberRole.EDITOR}
    )
    other.refresh_from_db()
    assert other.role == MemberRole.EDITOR
    client.post(
        reverse("companies:member_role", args=[owner.pk]), {f"{owner.pk}-role": MemberRole.VIEWER}
    )
    owner.refresh_from_db()
    assert owner.role == MemberRole.OWNER
    with pytest.raises(RuleViolated):
        services.remove_member(membership=owner, actor=owner.user, now=timezone.now())
    assert (
        client.post(
            reverse("companies:member_role", args=[other.pk]), {f"{other.pk}-role": "king"}
        ).status_code
        == 302
    )
    other.refresh_from_db()
    assert other.role == MemberRole.EDITOR


def test_members_are_removed_and_may_leave(
    client: Client, company: Company, owner: Membership
) -> None:
    gone = MembershipFactory(company=company, role=MemberRole.EDITOR)
    leaving = MembershipFactory(company=company, role=MemberRole.VIEWER)
    client.post(reverse("companies:member_remove", args=[gone.pk]))
    assert not company.memberships.filter(pk=gone.pk).exists()
    client.force_login(leaving.user)
    assert client.post(reverse("companies:member_remove", args=[owner.pk])).status_code == 403
    client.post(reverse("companies:member_remove", args=[leaving.pk]))
    assert list(company.memberships.all()) == [owner]


def test_members_of_other_firms_are_out_of_reach(client: Client, owner: Membership) -> None:
    foreign = MembershipFactory()
    for name in ("member_role", "member_remove"):
        page = reverse(f"companies:{name}", args=[foreign.pk])
        assert client.post(page, {f"{foreign.pk}-role": "viewer"}).status_code == 404
        assert client.get(page).status_code == 405


def test_the_owner_hands_over(client: Client, company: Company, owner: Membership) -> None:
    colleague = MembershipFactory(company=company, role=MemberRole.VIEWER)
    client.post(reverse("companies:hand_over", args=[colleague.pk]))
    assert dict(company.memberships.values_list("user", "role")) == {
        owner.user_id: MemberRole.EDITOR,
        colleague.user_id: MemberRole.OWNER,
    }
    # Nothing left to hand over.
    assert client.post(reverse("companies:hand_over", args=[colleague.pk])).status_code == 403


def test_nobody_hands_over_to_oneself(client: Client, company: Company, owner: Membership) -> None:
    client.post(reverse("companies:hand_over", args=[owner.pk]))
    owner.refresh_from_db()
    assert owner.role == MemberRole.OWNER


def test_the_last_owner_is_told_what_to_do_instead_of_leaving(
    client: Client, company: Company, owner: Membership
) -> None:
    page = client.post(reverse("companies:member_remove", args=[owner.pk]), follow=True)
    assert "Make a colleague the owner first" in page.content.decode()
    assert company.memberships.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_leave_one(company: Company) -> None:
    first = company.memberships.get()
    second = MembershipFactory(company=company)

    def demote(membership: Membership) -> Callable[[], object]:
        def step() -> None:
            # The one who comes second is told by an error of its own kind.
            with suppress(RuleViolated):
                services.set_member_role(
                    membership=membership,
                    role=MemberRole.VIEWER,
                    actor=None,
                    now=timezone.now(),
                )

        return step

    at_once(demote(first), demote(second))
    assert company.memberships.filter(role=MemberRole.OWNER).count() == 1


def test_the_page_says_who_gets_the_mails(
    client: Client, company: Company, owner: Membership
) -> None:
    MembershipFactory(company=company, role=MemberRole.VIEWER)
    MembershipFactory(company=company, user__verified=False)
    refusing = MembershipFactory(company=company).user
    refuse_mail(address=refusing.email, category=Category.MATCHES, now=timezone.now())
    said = [str(member.mail_obstacle) for member in team_members(company)]
    assert said == [
        "",
        "Viewers get no mails about matches.",
        "The address is not confirmed.",
        "Mails about matches are refused or do not arrive.",
    ]
    page = client.get(reverse("companies:team")).content.decode()
    assert all(sentence in page for sentence in said)


def test_the_team_costs_the_same_for_many(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(3):
        MembershipFactory(company=company)
        with django_assert_num_queries(3):
            team_members(company)
