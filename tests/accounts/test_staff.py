"""Who works for the association: invited, given a role, switched off; somebody always stays."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.choices import StaffInvitationState, StaffRole
from accounts.links import staff_invitation_path
from accounts.models import StaffInvitation, User
from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from mailing.models import Message
from matching.models import Match, Review, ReviewClaim
from tests.factories import (
    PASSWORD,
    MatchFactory,
    MembershipFactory,
    StaffFactory,
    UserFactory,
)
from tests.matching.concurrency import at_once

pytestmark = pytest.mark.django_db
NEW = "a-much-better-one-2026"


def administrator(**changes) -> User:
    return StaffFactory(staff_role=StaffRole.ADMINISTRATOR, **changes)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.get("/", HTTP_USER_AGENT="Firefox")
    return client


def asked_again(user: User) -> Client:
    """Logged in, the password given once more."""
    client = signed_in(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def invited(**changes) -> StaffInvitation:
    asked = {"email": "New@association.example", "name": "박지은", "role": "reviewer"}
    return services.invite_staff(
        **{
            **asked,
            "language": "en",
            "actor": changes.pop("actor", None) or administrator(),
            "now": timezone.now(),
            **changes,
        }
    )


def joined(invitation: StaffInvitation, **changes) -> User:
    asked = {"name": "Park", "password": NEW, "language": "en", "now": timezone.now()}
    return services.join_staff(invitation=invitation, **{**asked, **changes})


def told(kind: str) -> list[str]:
    return sorted(Message.objects.filter(kind=kind).values_list("to", flat=True))


# --- Invitations --------------------------------------------------------------------------------


def test_an_invited_person_sets_a_password_and_must_set_up_the_second_factor(settings) -> None:
    settings.STAFF_TWO_FACTOR = True
    invitation = invited()
    other = administrator(email="other@association.example")
    mail = Message.objects.get(kind="staff_invitation")
    assert mail.to == invitation.email == "new@association.example"
    path = staff_invitation_path(invitation)
    assert settings.PUBLIC_URL + path in mail.text
    client = Client()
    assert client.get(path).status_code == 200
    assert not User.objects.filter(email=invitation.email).exists()
    answer = client.post(path, {"name": "Park Jieun", "language": "ja", "password": NEW})
    assert (answer.status_code, answer.url) == (302, reverse("mfa_activate_totp"))
    user = User.objects.get(email=invitation.email)
    assert (user.staff_role, user.name, user.language) == ("reviewer", "Park Jieun", "ja")
    # Logged in, but nothing else opens before the second factor.
    assert client.get("/staff/mail/").url == reverse("mfa_activate_totp")
    assert other.email in told("staff_told")
    assert AuditEvent.objects.get(verb="staff.joined").data == {"was": "", "role": "reviewer"}
    # Once only.
    assert Client().get(path).status_code == 404
    with pytest.raises(StateChanged):
        joined(StaffInvitation.objects.get())


@pytest.mark.parametrize("password", ["short", "password", "newassociation"])
def test_a_weak_password_is_refused(password) -> None:
    path = staff_invitation_path(invited(email="newassociation@x.example"))
    answer = Client().post(path, {"name": "Park", "language": "en", "password": password})
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert StaffInvitation.objects.get().state == StaffInvitationState.OPEN


def test_the_link_ends_with_its_time_with_a_newer_mail_and_with_the_withdrawal() -> None:
    invitation = invited()
    first = staff_invitation_path(invitation)
    old = StaffInvitation.objects.get()
    again = services.resend_staff_invitation(
        invitation=invitation, actor=administrator(), now=timezone.now()
    )
    second = staff_invitation_path(again)
    assert [Client().get(path).status_code for path in (first, second)] == [404, 200]
    with pytest.raises(StateChanged):
        joined(old)
    late = timezone.now() + timedelta(days=django_settings.STAFF_INVITATION_DAYS, seconds=1)
    with pytest.raises(StateChanged):
        joined(StaffInvitation.objects.get(), now=late)
    services.withdraw_staff_invitation(
        invitation=StaffInvitation.objects.get(), actor=administrator(), now=timezone.now()
    )
    assert Client().get(second).status_code == 404
    assert Client().get(reverse("accounts:staff_join", args=["forged"])).status_code == 404
    assert not User.objects.filter(email=invitation.email).exists()


def test_inviting_the_same_address_again_is_one_invitation() -> None:
    invited()
    invited(role="supervisor")
    only = StaffInvitation.objects.get()
    assert (only.role, only.sends) == ("supervisor", 2)
    assert Message.objects.filter(kind="staff_invitation").count() == 2


def test_who_has_an_account_is_not_invited(settings) -> None:
    user = UserFactory()
    with pytest.raises(RuleViolated, match="has an account already"):
        invited(email=user.email.upper())
    invitation = invited()
    UserFactory(email=invitation.email)
    with pytest.raises(RuleViolated, match="has an account already"):
        joined(invitation)
    assert StaffInvitation.objects.get().state == StaffInvitationState.OPEN


def test_so_many_invitations_a_day(settings) -> None:
    settings.STAFF_INVITATIONS_PER_DAY = 2
    actor = administrator()
    first = invited(actor=actor, email="a@x.example")
    services.resend_staff_invitation(invitation=first, actor=actor, now=timezone.now())
    with pytest.raises(RuleViolated, match="2 invitations"):
        invited(actor=actor, email="b@x.example")
    invited(actor=actor, email="b@x.example", now=timezone.now() + timedelta(days=1, minutes=1))


def test_whoever_is_logged_in_as_somebody_else_logs_out_first() -> None:
    path = staff_invitation_path(invited())
    client = signed_in(UserFactory())
    assert "another account" in client.get(path).content.decode()
    client.post(path, {"name": "x", "language": "en", "password": NEW})
    assert StaffInvitation.objects.get().state == StaffInvitationState.OPEN


# --- Roles --------------------------------------------------------------------------------------


def test_a_role_is_changed_and_everybody_concerned_is_told() -> None:
    actor, other = administrator(), administrator()
    off = administrator(is_active=False)
    user = StaffFactory()
    services.change_role(user=user, role="supervisor", actor=actor, now=timezone.now())
    user.refresh_from_db()
    assert user.staff_role == "supervisor"
    assert told("staff_changed") == [user.email]
    assert told("staff_told") == [other.email]
    assert off.email not in told("staff_told")
    event = AuditEvent.objects.get(verb="staff.role_changed")
    assert (event.actor, event.data) == (actor, {"was": "reviewer", "role": "supervisor"})
    # Again changes nothing and tells nobody.
    services.change_role(user=user, role="supervisor", actor=actor, now=timezone.now())
    assert Message.objects.count() == 2


@pytest.mark.parametrize("actor_role", ["reviewer", "supervisor"])
def test_only_administrators_change_roles(actor_role) -> None:
    user, actor = StaffFactory(), StaffFactory(staff_role=actor_role)
    for step in (
        lambda: services.change_role(user=user, role="", actor=actor, now=timezone.now()),
        lambda: services.deactivate_staff(user=user, actor=actor, now=timezone.now()),
        lambda: invited(actor=actor),
    ):
        with pytest.raises(RuleViolated, match="Only administrators"):
            step()
    user.refresh_from_db()
    assert (user.staff_role, user.is_active) == ("reviewer", True)


def test_nobody_changes_themselves_so_an_administrator_always_stays() -> None:
    only = administrator()
    for step in (
        lambda: services.change_role(user=only, role="reviewer", actor=only, now=timezone.now()),
        lambda: services.deactivate_staff(user=only, actor=only, now=timezone.now()),
    ):
        with pytest.raises(RuleViolated, match="their own role"):
            step()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["demote", "switch off", "both"])
def test_two_administrators_put_each_other_out_at_once_and_one_remains(step) -> None:
    first, second = administrator(), administrator()
    now = timezone.now()

    def put_out(actor: User, user: User, how: str):
        def run() -> None:
            try:
                if how == "demote":
                    services.change_role(user=user, role="reviewer", actor=actor, now=now)
                else:
                    services.deactivate_staff(user=user, actor=actor, now=now)
            except RuleViolated as error:
                raise StateChanged("too late") from error

        return run

    hows = {"both": ("demote", "switch off")}.get(step, (step, step))
    ended = at_once(put_out(first, second, hows[0]), put_out(second, first, hows[1]))
    assert sorted(ended) == ["StateChanged", "done"]
    left = User.objects.filter(staff_role=StaffRole.ADMINISTRATOR, is_active=True)
    assert left.count() == 1


def test_a_firms_person_does_not_become_staff_but_somebody_without_a_firm_may() -> None:
    actor, member, alone = administrator(), MembershipFactory().user, UserFactory()
    with pytest.raises(RuleViolated, match="acts for a firm"):
        services.change_role(user=member, role="reviewer", actor=actor, now=timezone.now())
    services.change_role(user=alone, role="reviewer", actor=actor, now=timezone.now())
    alone.refresh_from_db()
    assert alone.is_association_staff


# --- Leaving ------------------------------------------------------------------------------------


def test_switched_off_every_session_ends_and_the_work_goes_back() -> None:
    actor, user = administrator(), StaffFactory()
    client = signed_in(user)
    assert client.get("/staff/mail/").status_code == 200
    match, looked_at = MatchFactory(), MatchFactory()
    Match.objects.filter(pk=match.pk).update(assigned_to=user)
    now = timezone.now()
    ReviewClaim.objects.create(
        match=looked_at, reviewer=user, since=now, until=now + timedelta(minutes=5)
    )
    services.deactivate_staff(user=user, actor=actor, now=now)
    assert client.get("/staff/mail/").status_code == 404
    assert not UserSession.objects.filter(user=user).exists()
    assert not Session.objects.exists()
    assert not ReviewClaim.objects.exists()
    match.refresh_from_db()
    assert match.assigned_to is None
    assert AuditEvent.objects.get(verb="staff.work_handed_back").data == {"matches": 1}
    login = Client().post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert login.url == reverse("account_inactive")
    with pytest.raises(StateChanged):
        services.deactivate_staff(user=user, actor=actor, now=now)
    with pytest.raises(RuleViolated, match="switched off"):
        services.change_role(user=user, role="supervisor", actor=actor, now=now)
    services.reactivate_staff(user=user, actor=actor, now=now)
    user.refresh_from_db()
    assert (user.is_active, user.staff_role) == (True, "reviewer")
    assert told("staff_changed") == [user.email] * 2


def test_a_role_that_ends_ends_the_sessions_and_leaves_the_account() -> None:
    actor, user = administrator(), StaffFactory()
    client = signed_in(user)
    services.change_role(user=user, role="", actor=actor, now=timezone.now())
    assert client.get("/settings/").status_code == 302
    user.refresh_from_db()
    assert (user.is_active, user.is_association_staff) == (True, False)
    # What erasing one's account asked for is done.
    services.ask_erasure(user=user, now=timezone.now())


def test_firms_people_are_not_switched_off_here() -> None:
    with pytest.raises(RuleViolated, match="does not work for the association"):
        services.deactivate_staff(user=UserFactory(), actor=administrator(), now=timezone.now())


def test_nothing_is_left_of_the_invitation_of_somebody_who_is_erased() -> None:
    user = joined(invited())
    services.change_role(user=user, role="", actor=administrator(), now=timezone.now())
    user.refresh_from_db()
    request = services.ask_erasure(user=user, now=timezone.now())
    services.erase_due(now=request.due_at + timedelta(minutes=1))
    assert not StaffInvitation.objects.exists()


# --- Pages --------------------------------------------------------------------------------------


def test_the_list_shows_what_each_has_done_and_has_in_hand(django_assert_max_num_queries) -> None:
    actor = administrator(name="Boss")
    user = StaffFactory(name="Reviewer Kim")
    match = MatchFactory()
    Match.objects.filter(pk=match.pk).update(assigned_to=user)
    now = timezone.now()
    for age in (1, 29, 31):
        Review.objects.create(
            match=match, reviewer=user, decision="held", at=now - timedelta(days=age)
        )
    signed_in(user)
    client = signed_in(actor)
    client.get(reverse("accounts:staff"))
    page = client.get(reverse("accounts:staff"))
    rows = {row.user.name: row for row in page.context["rows"]}
    assert rows["Reviewer Kim"].figures == [2, 1]
    assert rows["Reviewer Kim"].sessions == 1
    assert not rows["Reviewer Kim"].has_second_factor
    assert rows["Boss"].figures == [0, 0]
    with django_assert_max_num_queries(18):
        client.get(reverse("accounts:staff"))
    StaffFactory.create_batch(3)
    with django_assert_max_num_queries(18):
        client.get(reverse("accounts:staff"))


def test_an_administrator_does_it_on_the_pages_and_gives_the_password_again() -> None:
    actor, user = administrator(language="en"), StaffFactory(name="Lee")
    role_url = reverse("accounts:staff_role", args=[user.pk])
    refused = signed_in(actor).post(role_url, {"role": "supervisor"})
    assert reverse("account_reauthenticate") in refused.url
    user.refresh_from_db()
    assert user.staff_role == "reviewer"
    client = asked_again(actor)
    page = client.post(role_url, {"role": "supervisor"}, follow=True)
    assert "The role is changed." in page.content.decode()
    page = client.post(role_url, {"role": "king"}, follow=True)
    assert "Nothing was changed." in page.content.decode()
    client.post(reverse("accounts:staff_deactivate", args=[user.pk]))
    user.refresh_from_db()
    assert (user.staff_role, user.is_active) == ("supervisor", False)
    client.post(reverse("accounts:staff_reactivate", args=[user.pk]))
    user.refresh_from_db()
    assert user.is_active
    own = client.post(reverse("accounts:staff_role", args=[actor.pk]), {"role": ""}, follow=True)
    assert "Nobody changes their own role" in own.content.decode()
    asked = {"email": "n@x.example", "name": "N", "role": "reviewer", "language": "ja"}
    page = client.post(reverse("accounts:staff_invite"), asked, follow=True)
    assert "is on its way" in page.content.decode()
    key = StaffInvitation.objects.get().pk
    client.post(reverse("accounts:staff_invitation_resend", args=[key]))
    assert StaffInvitation.objects.get().sends == 2
    client.post(reverse("accounts:staff_invitation_withdraw", args=[key]))
    assert StaffInvitation.objects.get().state == StaffInvitationState.WITHDRAWN
    wrong = client.post(reverse("accounts:staff_invite"), {**asked, "email": "no"})
    assert wrong.status_code == 422
