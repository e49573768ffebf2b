"""Who may enter which page about firms: anonymous, stranger, viewer, editor, owner, staff."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from companies.choices import CompanyState, MemberRole
from companies.models import Company
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

MEMBERS_PAGES = ("profile", "items", "team", "certificates", "blocks")
WRITERS_PAGES = ("profile_edit", "offering_new", "need_new")
STAFF_PAGES = ("verification", "verification_detail")
STAFF_STEPS = ("verify", "give_back")
SUPERVISOR_STEPS = ("suspend", "reinstate")


def page(name: str, company: Company) -> str:
    with_firm = name in (*STAFF_PAGES[1:], *STAFF_STEPS, *SUPERVISOR_STEPS)
    return reverse(f"companies:{name}", args=[company.pk] if with_firm else [])


def enter(client: Client, company: Company, role: str) -> None:
    if role == "anonymous":
        return
    if role in StaffRole.values:
        client.force_login(StaffFactory(staff_role=role))
    elif role == "nobody":
        client.force_login(UserFactory())
    elif role == "stranger":
        client.force_login(MembershipFactory().user)
    else:
        client.force_login(MembershipFactory(company=company, role=role).user)


@pytest.fixture
def company() -> Company:
    return CompanyFactory(state=CompanyState.DRAFT, verified_at=None, verified_until=None)


@pytest.mark.parametrize("name", MEMBERS_PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("anonymous", 302),
        ("nobody", 302),
        (MemberRole.VIEWER, 200),
        (MemberRole.EDITOR, 200),
        (MemberRole.OWNER, 200),
        (StaffRole.SUPERVISOR, 404),
    ],
)
def test_members_pages(client: Client, company: Company, name: str, role: str, status: int) -> None:
    enter(client, company, role)
    assert client.get(page(name, company)).status_code == status


@pytest.mark.parametrize("name", WRITERS_PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("anonymous", 302),
        (MemberRole.VIEWER, 403),
        (MemberRole.EDITOR, 200),
        (MemberRole.OWNER, 200),
        (StaffRole.REVIEWER, 404),
    ],
)
def test_pages_of_writers(
    client: Client, company: Company, name: str, role: str, status: int
) -> None:
    enter(client, company, role)
    answer = client.get(page(name, company))
    assert answer.status_code == status
    if status == 403:
        assert "owners and editors" in answer.content.decode()


@pytest.mark.parametrize("name", ["submit", "certificates", "blocks"])
def test_viewers_change_nothing(client: Client, company: Company, name: str) -> None:
    enter(client, company, MemberRole.VIEWER)
    assert client.post(page(name, company)).status_code == 403


def test_a_strangers_firm_cannot_be_named(client: Client, company: Company) -> None:
    enter(client, company, "stranger")
    for name in (*MEMBERS_PAGES, *WRITERS_PAGES):
        assert client.get(page(name, company), {"company": str(company.pk)}).status_code == 404


@pytest.mark.parametrize("name", [*STAFF_PAGES, *STAFF_STEPS, *SUPERVISOR_STEPS])
@pytest.mark.parametrize("role", ["anonymous", "nobody", "stranger", MemberRole.OWNER])
def test_strangers_find_no_staff_page(
    client: Client, company: Company, name: str, role: str
) -> None:
    enter(client, company, role)
    ask = client.get if name in STAFF_PAGES else client.post
    assert ask(page(name, company)).status_code == 404


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_reviewers_see_the_queue(client: Client, company: Company, name: str) -> None:
    enter(client, company, StaffRole.REVIEWER)
    assert client.get(page(name, company)).status_code == 200


@pytest.mark.parametrize("name", SUPERVISOR_STEPS)
def test_reviewers_do_not_suspend(client: Client, company: Company, name: str) -> None:
    enter(client, company, StaffRole.REVIEWER)
    assert client.post(page(name, company)).status_code == 403
    enter(client, company, StaffRole.SUPERVISOR)
    assert client.post(page(name, company)).status_code == 422
    assert client.get(page(name, company)).status_code == 405


def test_registering_is_for_people_of_firms(client: Client, company: Company) -> None:
    assert client.get(reverse("companies:register")).status_code == 302
    enter(client, company, StaffRole.REVIEWER)
    assert client.get(reverse("companies:register")).status_code == 403
    enter(client, company, "nobody")
    assert client.get(reverse("companies:register")).status_code == 200
    assert client.get(reverse("companies:number_check")).status_code == 405


def test_a_firm_that_nobody_may_know_cannot_be_joined(client: Client, company: Company) -> None:
    for name in ("join", "claim"):
        address = reverse(f"companies:{name}", args=[company.pk])
        client.logout()
        assert client.get(address).status_code == 302
        enter(client, company, "stranger")
        assert client.get(address).status_code == 404
    enter(client, company, MemberRole.VIEWER)
    answer = client.get(reverse("companies:join", args=[company.pk]))
    assert answer.url == reverse("companies:profile")
