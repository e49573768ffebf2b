"""Colleagues invited by e-mail: who may, what the link does, how often, and how it ends."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from companies import services
from companies.choices import CompanyState, InvitationState, JoinKind, JoinState, MemberRole
from companies.links import invitation_path
from companies.models import Company, Invitation, JoinRequest, Membership
from mailing.choices import SuppressionReason
from mailing.models import Message
from mailing.services import deliver_message, suppress
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory
from tests.matching.concurrency import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory(with_owner=True)


@pytest.fixture
def owner(client: Client, company: Company) -> User:
    user = company.memberships.get().user
    client.force_login(user)
    return user


def invited(company: Company, email: str = "sato@kyushu.example", **fields) -> Invitation:
    fields = {"role": MemberRole.EDITOR, "language": "ja", "now": timezone.now()} | fields
    fields.setdefault("actor", company.memberships.order_by("pk")[0].user)
    return services.invite(company=company, email=email, **fields)


def test_the_owner_invites_from_the_team_page(
    client: Client, company: Company, owner: User
) -> None:
    answer = client.post(
        reverse("companies:invite"),
        {"email": " Sato@Kyushu.example ", "role": "viewer", "language": "ja"},
    )
    assert answer.url == reverse("companies:team")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("sato@kyushu.example", "viewer")
    assert invitation.expires_at - invitation.created_at == timedelta(days=settings.INVITATION_DAYS)
    mail = Message.objects.get()
    assert (mail.to, mail.language, mail.user) == ("sato@kyushu.example", "ja", None)
    assert company.name_en in mail.subject
    for part in (mail.text, mail.html):
        assert invitation_path(invitation) in part
        assert owner.email in part
    assert "sato@kyushu.example" in client.get(reverse("companies:team")).content.decode()
    event = AuditEvent.objects.get(verb="company.invited")
    assert "sato" not in str(event.data)


def test_a_wrong_form_comes_back_with_what_was_typed(
    client: Client, company: Company, owner: User
) -> None:
    answer = client.post(
        reverse("companies:invite"), {"email": "sato@", "role": "viewer", "language": "ja"}
    )
    assert answer.status_code == 422
    assert 'value="sato@"' in answer.content.decode()
    assert not Message.objects.exists()


def test_opening_the_link_changes_nothing(client: Client, company: Company) -> None:
    invitation = invited(company)
    before = list(Invitation.objects.values())
    for method in (client.get, client.head):
        assert method(invitation_path(invitation)).status_code == 200
    client.force_login(UserFactory(email="sato@kyushu.example"))
    assert client.get(invitation_path(invitation)).status_code == 200
    assert list(Invitation.objects.values()) == before
    assert company.memberships.count() == 1


def test_a_visitor_cannot_accept_and_is_shown_both_ways_in(
    client: Client, company: Company
) -> None:
    """The same page whether or not somebody has an account with the address."""
    now = timezone.now()
    unknown = invited(company, now=now)
    known = invited(company, email=UserFactory().email, now=now)
    pages = [
        client.get(invitation_path(each))
        .content.decode()
        .replace(each.email, "X")
        .replace(each.email.replace("@", "%40"), "X")
        .replace(quote(invitation_path(each)), "Y")
        for each in (unknown, known)
    ]
    pages = [page.split("<main")[1].split("</main")[0] for page in pages]
    assert pages[0] == pages[1]
    assert reverse("account_signup") in pages[0]
    assert reverse("account_login") in pages[0]
    client.post(invitation_path(unknown))
    unknown.refresh_from_db()
    assert unknown.state == InvitationState.OPEN


def test_the_invited_person_accepts_once(client: Client, company: Company) -> None:
    invitation = invited(company, role=MemberRole.VIEWER)
    person = UserFactory(email="sato@kyushu.example", name="佐藤 花子")
    JoinRequest.objects.create(
        company=company, user=person, kind=JoinKind.JOIN, created_at=timezone.now()
    )
    client.force_login(person)
    answer = client.post(invitation_path(invitation))
    assert answer.status_code == 302
    assert Membership.objects.get(user=person).role == MemberRole.VIEWER
    assert not JoinRequest.objects.filter(state=JoinState.OPEN).exists()
    told = Message.objects.get(kind="company_invitation_accepted")
    assert told.user == company.memberships.order_by("pk")[0].user
    assert "佐藤 花子" in told.text
    # The link has done its work: a member is led to the firm, a stranger told that it is over.
    assert client.get(invitation_path(invitation)).status_code == 302
    client.logout()
    assert client.get(invitation_path(invitation)).status_code == 404
    with pytest.raises(StateChanged):
        services.accept_invitation(
            invitation=Invitation.objects.get(), user=UserFactory(), now=timezone.now()
        )


def test_another_address_has_to_be_confirmed(client: Client, company: Company) -> None:
    invitation = invited(company)
    person = UserFactory(email="hanako@private.example")
    client.force_login(person)
    page = client.get(invitation_path(invitation)).content.decode()
    assert "hanako@private.example" in page
    assert client.post(invitation_path(invitation)).status_code == 422
    assert not Membership.objects.filter(user=person).exists()
    client.post(invitation_path(invitation), {"other": "1"})
    assert Membership.objects.filter(user=person, company=company).exists()


def test_staff_of_the_association_are_told_why_not(client: Client, company: Company) -> None:
    staff = StaffFactory()
    invitation = invited(company, email=staff.email)
    client.force_login(staff)
    assert "Staff of the association" in client.get(invitation_path(invitation)).content.decode()
    assert client.post(invitation_path(invitation)).status_code == 403


def test_who_registers_by_the_link_comes_back_to_accept(client: Client, company: Company) -> None:
    """Sign-up is prefilled; confirming the address in the same browser leads to the invitation."""
    invitation = invited(company)
    page = client.get(invitation_path(invitation)).content.decode()
    signup = reverse("account_signup")
    start = page.index(f'href="{signup}?email=') + len('href="')
    link = page[start : page.index('"', start)].replace("&amp;", "&")
    form = client.get(link).content.decode()
    assert 'value="sato@kyushu.example"' in form
    assert f'value="{invitation_path(invitation)}"' in form
    client.post(
        signup,
        {
            "email": "sato@kyushu.example",
            "password1": "only-for-tests-2026",
            "name": "佐藤",
            "language": "ja",
            "terms": "on",
            "next": invitation_path(invitation),
        },
    )
    mail = Message.objects.get(kind="email_confirmation_signup")
    confirm = next(word for word in mail.text.split() if "confirm-email" in word)
    answer = client.post(confirm.removeprefix(settings.PUBLIC_URL))
    assert answer.url == invitation_path(invitation)


def test_whoever_confirmed_in_another_browser_finds_the_invitation_at_home(
    client: Client, company: Company
) -> None:
    invitation = invited(company)
    client.force_login(UserFactory(email="sato@kyushu.example"))
    assert invitation_path(invitation) in client.get("/").content.decode()
    unverified = Client()
    unverified.force_login(UserFactory(email="kim@x.example", verified=False))
    other = invited(company, email="kim@x.example")
    assert invitation_path(other) not in unverified.get("/").content.decode()


def test_a_member_is_not_invited_again(company: Company) -> None:
    member = MembershipFactory(company=company).user
    with pytest.raises(RuleViolated, match="member of the firm already"):
        invited(company, email=member.email.upper())


def test_who_became_a_member_meanwhile_keeps_the_role(company: Company) -> None:
    invitation = invited(company, role=MemberRole.OWNER)
    member = MembershipFactory(
        company=company, user__email="sato@kyushu.example", role=MemberRole.VIEWER
    )
    services.accept_invitation(invitation=invitation, user=member.user, now=timezone.now())
    member.refresh_from_db()
    assert member.role == MemberRole.VIEWER


def test_too_old_a_link_and_sending_again(client: Client, company: Company, owner: User) -> None:
    now = timezone.now()
    invitation = invited(company, now=now - timedelta(days=15))
    assert Client().get(invitation_path(invitation)).status_code == 404
    with pytest.raises(StateChanged):
        services.accept_invitation(invitation=invitation, user=UserFactory(), now=now)
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.OPEN
    client.post(reverse("companies:invitation_resend", args=[invitation.pk]))
    assert Client().get(invitation_path(invitation)).status_code == 200
    assert Message.objects.filter(kind="company_invitation").count() == 2


def test_nobody_is_pestered(company: Company, settings) -> None:
    now = timezone.now()
    actor = company.memberships.get().user
    invitation = invited(company, now=now - timedelta(days=6))
    with pytest.raises(RuleViolated, match="within the last hour"):
        services.resend(
            invitation=invitation, actor=actor, now=invitation.sent_at + timedelta(minutes=59)
        )
    for day in range(5, 1, -1):
        # Inviting the address again is sending again.
        assert invited(company, now=now - timedelta(days=day)).pk == invitation.pk
        invitation.refresh_from_db()
    with pytest.raises(RuleViolated, match="often enough"):
        services.resend(invitation=invitation, actor=actor, now=now)
    settings.INVITATIONS_PER_DAY = 2
    for number in range(2):
        invited(company, email=f"p{number}@x.example", now=now)
    with pytest.raises(RuleViolated, match="at most 2 invitations a day"):
        invited(company, email="third@x.example", now=now)


def test_withdrawing_ends_the_link(client: Client, company: Company, owner: User) -> None:
    invitation = invited(company)
    client.post(reverse("companies:invitation_withdraw", args=[invitation.pk]))
    assert Client().get(invitation_path(invitation)).status_code == 404
    assert (
        client.post(reverse("companies:invitation_resend", args=[invitation.pk])).status_code == 404
    )
    # The address may be invited anew.
    assert invited(company).pk != invitation.pk


def test_another_firms_owner_cannot_touch_it(client: Client, company: Company) -> None:
    invitation = invited(company)
    client.force_login(MembershipFactory().user)
    for name in ("invitation_resend", "invitation_withdraw"):
        assert client.post(reverse(f"companies:{name}", args=[invitation.pk])).status_code == 404


def test_a_closed_firm_takes_nobody_in(company: Company) -> None:
    invitation = invited(company)
    Company.objects.update(state=CompanyState.SUSPENDED)
    with pytest.raises(RuleViolated):
        services.accept_invitation(invitation=invitation, user=UserFactory(), now=timezone.now())
    invitation.refresh_from_db()
    assert invitation.state == InvitationState.OPEN


@pytest.mark.django_db(transaction=True)
def test_a_refused_address_is_not_written_to(company: Company) -> None:
    now = timezone.now()
    suppress(
        address="sato@kyushu.example", category="", reason=SuppressionReason.COMPLAINED, now=now
    )
    invited(company, now=now)
    mail = deliver_message(message=Message.objects.get(), now=now, jitter=0)
    assert mail.state == "suppressed"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_make_one_member(company: Company) -> None:
    invitation = invited(company)
    user = UserFactory(email="sato@kyushu.example")

    def accept() -> None:
        services.accept_invitation(
            invitation=Invitation.objects.get(pk=invitation.pk), user=user, now=timezone.now()
        )

    assert sorted(at_once(accept, accept)) == ["StateChanged", "done"]
    assert Membership.objects.filter(user=user).count() == 1
