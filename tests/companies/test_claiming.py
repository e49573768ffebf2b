"""Claiming a record: by mail to its domain at once, by document to the staff; and by one only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import GagyoError, RuleViolated, StateChanged
from common.models import AuditEvent
from companies import services
from companies.choices import CompanyState, JoinKind, JoinState, MemberRole
from companies.domains import is_at_website, registrable
from companies.links import claim_url
from companies.models import Company, DomainProof, Membership
from companies.services.claiming import MOST_A_DAY
from companies.tasks import look_after_terms
from mailing.models import Message
from tests.documents.test_documents import PDF
from tests.factories import (
    CompanyFactory,
    MembershipFactory,
    StaffFactory,
    UserFactory,
    korean_number,
)

NUMBER = korean_number(61)
SITE = "https://www.dari.co.kr/about"
AT_FIRM = "ceo@dari.co.kr"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.dari.co.kr", "dari.co.kr"),
        ("dari.kr", "dari.kr"),
        ("mail.akari.or.jp", "akari.or.jp"),
        ("shop.akari.nagoya.aichi.jp", "akari.nagoya.aichi.jp"),
        ("shop.dari.seoul.kr", "dari.seoul.kr"),
        ("DARI.COM.", "dari.com"),
        ("한빛.한국", "xn--xx3br43b.xn--3e0b707e"),
        ("co.kr", ""),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("a..b", ""),
        ("", ""),
    ],
)
def test_what_a_firm_has_registered(host: str, expected: str) -> None:
    assert registrable(host) == expected


@pytest.mark.parametrize(
    ("address", "website", "is_there"),
    [
        (AT_FIRM, SITE, True),
        ("a@mail.dari.co.kr", SITE, True),
        ("a@dari.co.kr.evil.com", SITE, False),
        ("a@evil.co.kr", SITE, False),
        ("a@gmail.com", "https://gmail.com", False),
        ("a@naver.com", "https://blog.naver.com/dari", False),
        ("a@xyz.tistory.com", "https://dari.tistory.com", False),
        ("a@dari.co.kr", "", False),
        ("a@dari.co.kr", "http://[broken", False),
        ("", "", False),
    ],
)
def test_an_address_at_the_domain_of_the_website(
    address: str, website: str, is_there: bool
) -> None:
    assert is_at_website(address, website) is is_there


@pytest.fixture
def record(db: None) -> Company:
    return CompanyFactory(unclaimed=True, website=SITE, name_ko="다리소재")


@pytest.fixture
def person(client: Client, record: Company) -> User:
    """Somebody who has found the record by its name."""
    user = UserFactory(name="김하나")
    client.force_login(user)
    knows(client, record)
    return user


def knows(client: Client, record: Company) -> None:
    session = client.session
    session["found_companies"] = [str(record.pk)]
    session.save()


def ask(record: Company, user: User, address: str = AT_FIRM, **fields: Any) -> DomainProof:
    values = {"official_number": NUMBER, "now": timezone.now(), **fields}
    return services.ask_domain_proof(company=record, user=user, address=address, **values)


def test_a_link_to_the_domain_claims_the_record(
    client: Client, record: Company, person: User
) -> None:
    page = client.get(reverse("companies:claim", args=[record.pk]))
    assert page.context["domain"] == "dari.co.kr"
    typed = {"address": AT_FIRM, "official_number": NUMBER}
    client.post(reverse("companies:claim_by_mail", args=[record.pk]), typed)
    message = Message.objects.get()
    assert (message.kind, message.to) == ("company_claim_link", AT_FIRM)
    link = claim_url(DomainProof.objects.get())
    assert link in message.text
    path = link.partition("//")[2].partition("/")[2]

    # Opening it changes nothing, as often as a mail scanner likes.
    for _each in range(2):
        assert client.get(f"/{path}").status_code == 200
    record.refresh_from_db()
    assert record.state == CompanyState.UNCLAIMED

    answer = client.post(f"/{path}")
    record.refresh_from_db()
    assert (record.state, record.official_number) == (CompanyState.DRAFT, NUMBER)
    assert record.memberships.get().user == person
    assert record.memberships.get().role == MemberRole.OWNER
    assert reverse("companies:start") in answer.url
    event = AuditEvent.objects.get(verb="company.claimed_by_domain")
    assert event.data == {"how": "link", "domain": "dari.co.kr"}
    assert "does not work" in client.get(f"/{path}").content.decode()
    assert client.post(f"/{path}").status_code == 302
    assert Membership.objects.count() == 1


def test_the_link_is_for_the_person_who_asked(
    client: Client, record: Company, person: User
) -> None:
    token = claim_url(ask(record, person)).rstrip("/").rpartition("/")[2]
    page = reverse("companies:claim_confirm", args=[token])
    client.logout()
    assert client.post(page).status_code == 302
    client.force_login(UserFactory())
    assert client.get(page).status_code == client.post(page).status_code == 404
    client.force_login(person)
    assert client.get(reverse("companies:claim_confirm", args=[token + "x"])).status_code == 404
    record.refresh_from_db()
    assert record.state == CompanyState.UNCLAIMED


def test_a_link_ends(record: Company) -> None:
    now = timezone.now()
    proof = ask(record, UserFactory())
    with pytest.raises(RuleViolated, match="too old"):
        services.claim_by_link(proof=proof, now=now + timedelta(hours=49))
    services.claim_by_link(proof=proof, now=now + timedelta(hours=47))
    with pytest.raises(RuleViolated, match="used"):
        services.claim_by_link(proof=proof, now=now + timedelta(hours=47))


def test_only_addresses_at_the_domain_get_mail(
    client: Client, record: Company, person: User
) -> None:
    typed = {"address": "me@gmail.com", "official_number": NUMBER}
    answer = client.post(reverse("companies:claim_by_mail", args=[record.pk]), typed)
    assert answer.status_code == 422
    assert "ends in dari.co.kr" in answer.content.decode()
    with pytest.raises(RuleViolated):
        ask(CompanyFactory(unclaimed=True, website=""), person)
    with pytest.raises(RuleViolated):
        ask(record, person, official_number="")
    assert not Message.objects.exists()


def test_nobody_is_flooded(record: Company) -> None:
    for serial in range(3):
        ask(record, UserFactory(), official_number=korean_number(serial))
    with pytest.raises(RuleViolated):
        ask(record, UserFactory(), address=AT_FIRM.upper())
    user = UserFactory()
    for serial in range(MOST_A_DAY):
        ask(record, user, address=f"a{serial}@dari.co.kr")
    with pytest.raises(RuleViolated):
        ask(record, user, address="b@dari.co.kr")
    ask(record, user, address="b@dari.co.kr", now=timezone.now() + timedelta(days=2))


def test_ones_own_confirmed_address_is_enough(client: Client, record: Company) -> None:
    user = UserFactory(email=AT_FIRM)
    client.force_login(user)
    knows(client, record)
    page = client.get(reverse("companies:claim", args=[record.pk]))
    assert page.context["own_address"] == AT_FIRM
    by_address = reverse("companies:claim_by_address", args=[record.pk])
    assert client.post(by_address, {"official_number": "12"}).status_code == 422
    client.post(by_address, {"official_number": NUMBER})
    record.refresh_from_db()
    assert (record.state, record.memberships.get().user) == (CompanyState.DRAFT, user)
    assert not Message.objects.exists()


def test_an_unconfirmed_address_proves_nothing(client: Client, record: Company) -> None:
    user = UserFactory(email=AT_FIRM, verified=False)
    client.force_login(user)
    knows(client, record)
    by_address = reverse("companies:claim_by_address", args=[record.pk])
    assert client.post(by_address, {"official_number": NUMBER}).status_code == 422
    record.refresh_from_db()
    assert record.state == CompanyState.UNCLAIMED


def test_a_number_that_another_firm_has_is_refused(record: Company) -> None:
    proof = ask(record, UserFactory())
    CompanyFactory(official_number=NUMBER)
    with pytest.raises(RuleViolated):
        services.claim_by_link(proof=proof, now=timezone.now())
    proof.refresh_from_db()
    record.refresh_from_db()
    assert (proof.used_at, record.state) == (None, CompanyState.UNCLAIMED)


def test_staff_decide_with_the_document_before_them(
    client: Client, record: Company, person: User
) -> None:
    file = SimpleUploadedFile("등기.pdf", PDF, content_type="application/pdf")
    typed = {
        "message": "대표",
        "official_number": NUMBER,
        "kind": "register_extract",
        "file": file,
    }
    client.post(reverse("companies:claim", args=[record.pk]), typed)
    request = record.join_requests.get()
    proof = request.proofs.get()
    assert (request.kind, proof.kind) == (JoinKind.CLAIM, "register_extract")
    client.force_login(StaffFactory())
    paper = reverse("companies:proof_file", args=[proof.pk])
    for page in (
        reverse("companies:verification"),
        reverse("companies:verification_detail", args=[record.pk]),
    ):
        assert paper in client.get(page).content.decode()
    assert client.get(paper).content == PDF
    client.post(reverse("companies:join_decide", args=[request.pk]), {"decision": "accepted"})
    record.refresh_from_db()
    assert record.state == CompanyState.DRAFT
    client.force_login(person)
    assert paper in client.get(reverse("companies:proofs")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_people_claim_one_firm_at_once() -> None:
    record = CompanyFactory(unclaimed=True, website=SITE)
    proofs = [ask(record, UserFactory(), address=f"a{each}@dari.co.kr") for each in range(2)]
    assert together(
        [
            lambda proof=proof: services.claim_by_link(proof=fresh(proof), now=timezone.now())
            for proof in proofs
        ]
    ) == [None, StateChanged]
    record.refresh_from_db()
    assert record.state == CompanyState.DRAFT
    assert record.memberships.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_is_claimed_and_registered_at_once() -> None:
    record = CompanyFactory(unclaimed=True, website=SITE)
    proof, owner = ask(record, UserFactory()), UserFactory()
    company = Company(country="KR", official_number=NUMBER, name_ko="전혀 다른 기업")
    now = timezone.now()
    outcomes = together(
        [
            lambda: services.claim_by_link(proof=fresh(proof), now=now),
            lambda: services.register_company(company=company, owner=owner, now=now),
        ]
    )
    assert outcomes[0] is None
    assert issubclass(outcomes[1] or object, RuleViolated)
    assert Company.objects.filter(official_number=NUMBER).count() == 1


def fresh(proof: DomainProof) -> DomainProof:
    return DomainProof.objects.select_related("company", "user").get(pk=proof.pk)


def together(steps: list[Any]) -> list[type[Exception] | None]:
    """Take the steps at the same moment; what each raised, those that succeeded first."""
    start = Barrier(len(steps))

    def take(step: Any) -> type[Exception] | None:
        try:
            start.wait(timeout=30)
            step()
        except GagyoError as error:
            return type(error)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(take, steps), key=lambda error: error is not None)


# --- Requests to join that nobody answers --------------------------------------------------------


@pytest.mark.django_db
def test_a_request_that_the_owners_leave_lying_goes_to_the_staff(client: Client) -> None:
    firm = CompanyFactory(with_owner=True)
    owner = firm.memberships.get().user
    now = timezone.now()
    old, young = (
        services.ask_to_join(
            company=firm, user=UserFactory(), message="me", now=now - timedelta(days=days)
        )
        for days in (8, 6)
    )
    client.force_login(StaffFactory())
    decide = reverse("companies:join_decide", args=[old.pk])
    assert client.post(decide, {"decision": "accepted"}).status_code == 403
    look_after_terms()
    look_after_terms()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.handed_on_at is not None, young.handed_on_at) == (True, None)
    assert AuditEvent.objects.filter(verb="company.join_handed_on").count() == 1
    page = client.get(reverse("companies:verification"))
    assert list(page.context["requests"]) == [old]
    client.post(decide, {"decision": "accepted"})
    old.refresh_from_db()
    assert old.state == JoinState.ACCEPTED
    assert Membership.objects.get(user=old.user).role == MemberRole.EDITOR
    # The owners still decide about theirs.
    client.force_login(owner)
    client.post(reverse("companies:join_decide", args=[young.pk]), {"decision": "refused"})
    young.refresh_from_db()
    assert young.state == JoinState.REFUSED


@pytest.mark.django_db
def test_owners_read_what_a_person_handed_in_with_a_request(client: Client) -> None:
    firm = CompanyFactory(with_owner=True)
    viewer = MembershipFactory(company=firm, role=MemberRole.VIEWER).user
    request = services.ask_to_join(
        company=firm,
        user=UserFactory(),
        message="me",
        proof={"kind": "employment", "name": "재직.pdf", "content": PDF},
        now=timezone.now(),
    )
    paper = reverse("companies:proof_file", args=[request.proofs.get().pk])
    client.force_login(viewer)
    assert client.get(paper).status_code == 404
    client.force_login(firm.memberships.get(role=MemberRole.OWNER).user)
    assert client.get(paper).status_code == 200
    assert paper in client.get(reverse("companies:team")).content.decode()
    assert paper not in client.get(reverse("companies:proofs")).content.decode()
