"""The first people of the association come from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.choices import StaffRole
from accounts.models import User
from common.models import AuditEvent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def create_staff(*arguments):
    out = StringIO()
    call_command("create_staff", *arguments, stdout=out)
    return out.getvalue()


def test_a_new_person_sets_the_password_by_a_link(client, settings):
    printed = create_staff("Boss@association.example", "--role", "supervisor", "--name", "박지은")
    user = User.objects.get()
    assert (user.email, user.staff_role) == ("boss@association.example", StaffRole.SUPERVISOR)
    assert (user.name, user.language) == ("박지은", "ko")
    assert not user.has_usable_password()
    link = printed.split()[-1]
    assert link.startswith(settings.PUBLIC_URL)
    page = client.get(link.removeprefix(settings.PUBLIC_URL), follow=True)
    new = "a-much-better-one-2026"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    response = client.post("/accounts/login/", {"login": user.email, "password": new})
    assert response.status_code == 302
    assert client.get("/staff/mail/").status_code == 200


def test_somebody_who_has_an_account_gets_the_role():
    user = UserFactory()
    printed = create_staff(user.email, "--role", "reviewer")
    user.refresh_from_db()
    assert user.staff_role == StaffRole.REVIEWER
    assert "password" not in printed
    event = AuditEvent.objects.get(verb="staff.appointed")
    assert event.data == {"was": "", "role": "reviewer"}


@pytest.mark.parametrize("arguments", [("nonsense",), ("a@x.example", "--role", "king"), ()])
def test_mistakes_change_nothing(arguments):
    with pytest.raises(CommandError):
        create_staff(*arguments)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("role", "ranks"),
    [
        ("", (False, False, False)),
        ("reviewer", (True, False, False)),
        ("supervisor", (True, True, False)),
        ("administrator", (True, True, True)),
    ],
)
def test_each_role_may_what_the_lower_ones_may(role, ranks):
    user = UserFactory.build(staff_role=role)
    assert (user.is_association_staff, user.is_supervisor, user.is_administrator) == ranks
