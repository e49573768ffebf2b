"""Staff find people and see of them what their role lets them see."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from common import audit
from common.models import AuditEvent
from mailing.choices import SuppressionReason
from mailing.services import suppress
from tests.factories import (
    PASSWORD,
    CompanyFactory,
    ConsentFactory,
    MembershipFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/staff/people/"


def staff(role: str) -> Client:
    client = Client()
    client.force_login(StaffFactory(staff_role=role, language="en"))
    return client


def found(client: Client, words: str = "") -> set[str]:
    return {user.name for user, _firms in client.get(LIST, {"q": words}).context["rows"]}


def page_of(user: User) -> str:
    return reverse("accounts:person", args=[user.pk])


@pytest.fixture
def kim(db: None) -> User:
    firm = CompanyFactory(name_en="Hanbit Works", name_ko="한빛정공")
    user = UserFactory(name="Kim Haneul", email="kim@hanbit.example", name_kana="キム ハヌル")
    MembershipFactory(company=firm, user=user)
    return user


@pytest.mark.parametrize("words", ["haneul", "KIM@", "ハヌル", "Hanbit W", "한빛", ""])
def test_people_are_found_by_name_reading_address_and_firm(kim, words) -> None:
    UserFactory(name="Somebody else")
    names = found(staff("reviewer"), words)
    assert "Kim Haneul" in names
    assert ("Somebody else" in names) == (words == "")


def test_by_the_firms_official_number(kim) -> None:
    number = kim.memberships.get().company.official_number
    assert found(staff("reviewer"), number) == {"Kim Haneul"}


def test_colleagues_are_found_by_administrators_only_and_the_erased_by_nobody(kim) -> None:
    StaffFactory(name="Colleague")
    UserFactory(name="Gone", erased_at=timezone.now())
    assert found(staff("supervisor"), "") == {"Kim Haneul"}
    everybody = found(staff("administrator"), "")
    assert {"Kim Haneul", "Colleague"} <= everybody
    assert "Gone" not in everybody


def test_a_reviewer_sees_firms_and_refused_mail_and_no_more(kim) -> None:
    ConsentFactory(user=kim, kind="terms")
    audit.record("account.opened", kim, actor=kim, now=timezone.now())
    suppress(
        address=kim.email,
        category="matches",
        reason=SuppressionReason.UNSUBSCRIBED,
        now=timezone.now(),
    )
    for role in ("reviewer", "supervisor"):
        content = staff(role).get(page_of(kim)).content.decode()
        assert "Hanbit Works" in content
        assert "unsubscribed" in content
        for word in ("Where this person is logged in", "Consents", "account opened", "Role and"):
            assert word not in content
    colleague = StaffFactory()
    assert staff("supervisor").get(page_of(colleague)).status_code == 403
    content = staff("administrator").get(page_of(kim)).content.decode()
    for word in ("Where this person is logged in", "Consents", "account opened", "acts for a firm"):
        assert word in content


def test_nobody_sees_an_erased_person(kim) -> None:
    User.objects.filter(pk=kim.pk).update(erased_at=timezone.now())
    assert staff("administrator").get(page_of(kim)).status_code == 404


def test_an_administrator_ends_one_session_or_all_of_them(kim) -> None:
    devices = []
    for agent in ("Firefox (Windows)", "Chrome (Android)", "Safari (Macintosh)"):
        device = Client(HTTP_USER_AGENT=agent)
        device.force_login(kim)
        device.get("/settings/")
        devices.append(device)
    actor = StaffFactory(staff_role=StaffRole.ADMINISTRATOR, language="en")
    client = Client()
    client.force_login(actor)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(page_of(kim)).content.decode()
    assert "Firefox, Windows" in page
    assert "127.0.0.1" in page
    first = UserSession.objects.filter(user=kim, user_agent__startswith="Firefox").get()
    client.post(reverse("accounts:session_end", args=[first.pk]))
    assert [device.get("/settings/").status_code for device in devices] == [302, 200, 200]
    done = client.post(reverse("accounts:sessions_end", args=[kim.pk]), follow=True)
    assert "2 sessions have ended." in done.content.decode()
    assert [device.get("/settings/").status_code for device in devices] == [302, 302, 302]
    assert Session.objects.count() >= 1
    told = AuditEvent.objects.filter(verb="session.ended", actor=actor).order_by("pk")
    assert [event.data for event in told] == [{"sessions": 1}, {"sessions": 2}]
    assert client.post(reverse("accounts:session_end", args=[first.pk])).status_code == 404


def test_pages_cost_the_same_however_many_rows() -> None:
    client = staff("administrator")
    counts = []
    for rows in (1, 3):
        for _number in range(rows):
            MembershipFactory()
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_a_long_list_goes_on(kim) -> None:
    UserFactory.create_batch(60)
    client = staff("reviewer")
    first = client.get(LIST).context["page"]
    second = client.get(LIST, {"before": first.older}).context["page"]
    assert len(first.rows) == 50
    assert len(second.rows) == 11
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
