"""Documents of a firm: who hands in, who reads, what is erased and when."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import RuleViolated
from common.models import AuditEvent
from companies import services
from companies.choices import CompanyState, JoinKind, JoinState, MemberRole, ProofKind
from companies.models import Company, JoinRequest, Proof
from companies.services.proofs import MOST_PROOFS
from companies.tasks import look_after_terms
from documents.models import Document
from tests.documents.test_documents import PAGE, PDF, PNG
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


def pdf(name: str = "사업자등록증.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


@pytest.fixture
def firm(client: Client) -> Company:
    company = CompanyFactory(state=CompanyState.DRAFT, with_owner=True)
    User.objects.filter(memberships__company=company).update(language="en")
    client.force_login(company.memberships.get().user)
    return company


def proof_of(company: Company, **fields: object) -> Proof:
    return services.add_proof(
        company=company,
        kind=ProofKind.BUSINESS_REGISTRATION,
        name="proof.pdf",
        content=PDF,
        actor=UserFactory(),
        now=timezone.now(),
        **fields,  # type: ignore[arg-type]
    )


def hand_in(client: Client, file: SimpleUploadedFile) -> object:
    page = reverse("companies:proofs")
    return client.post(page, {"kind": ProofKind.BUSINESS_REGISTRATION, "file": file})


def test_a_document_is_handed_in_replaced_and_withdrawn(client: Client, firm: Company) -> None:
    hand_in(client, pdf())
    proof = firm.proofs.get()
    assert bytes(proof.document.content) == PDF
    assert "사업자등록증.pdf" in client.get(reverse("companies:proofs")).content.decode()
    first = proof.document_id

    newer = SimpleUploadedFile("new.png", PNG, content_type="image/png")
    client.post(reverse("companies:proof_replace", args=[proof.pk]), {"file": newer})
    proof.refresh_from_db()
    assert proof.document.name == "new.png"
    assert not Document.objects.filter(pk=first).exists()

    client.post(reverse("companies:proof_withdraw", args=[proof.pk]))
    assert not Proof.objects.exists()
    assert not Document.objects.exists()
    told = AuditEvent.objects.filter(object_id=str(firm.pk)).order_by("pk")
    assert list(told.values_list("verb", flat=True)) == [
        "company.proof_added",
        "company.proof_replaced",
        "company.proof_withdrawn",
    ]


def test_what_runs_in_a_browser_is_not_taken(client: Client, firm: Company) -> None:
    answer = hand_in(client, pdf("page.pdf", PAGE))
    assert answer.status_code == 422
    assert "not one of these types" in answer.content.decode()
    assert not Document.objects.exists()


def test_a_bad_replacement_leaves_the_old_document(client: Client, firm: Company) -> None:
    proof = proof_of(firm)
    page = reverse("companies:proof_replace", args=[proof.pk])
    answer = client.post(page, {"file": pdf("page.pdf", PAGE)}, follow=True)
    assert "not one of these types" in answer.content.decode()
    assert bytes(Proof.objects.get().document.content) == PDF


def test_there_is_an_end_to_documents(firm: Company) -> None:
    for _each in range(MOST_PROOFS):
        proof_of(firm)
    with pytest.raises(RuleViolated):
        proof_of(firm)


def test_it_comes_back_as_a_file_to_keep(client: Client, firm: Company) -> None:
    answer = client.get(reverse("companies:proof_file", args=[proof_of(firm).pk]))
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("reader", "status"),
    [
        ("nobody", 302),
        ("another firm", 404),
        ("viewer", 200),
        ("reviewer", 200),
    ],
)
def test_only_the_firm_and_staff_read_it(
    client: Client, firm: Company, reader: str, status: int
) -> None:
    proof = proof_of(firm)
    client.logout()
    people = {
        "another firm": MembershipFactory().user,
        "viewer": MembershipFactory(company=firm, role=MemberRole.VIEWER).user,
        "reviewer": StaffFactory(),
    }
    if reader in people:
        client.force_login(people[reader])
    assert client.get(reverse("companies:proof_file", args=[proof.pk])).status_code == status


def test_a_claimants_papers_are_not_the_firms_before_the_claim_is_accepted(
    client: Client, firm: Company
) -> None:
    claim = JoinRequest.objects.create(
        company=firm, user=UserFactory(), kind=JoinKind.CLAIM, created_at=timezone.now()
    )
    proof = proof_of(firm, claim=claim)
    page = reverse("companies:proof_file", args=[proof.pk])
    assert client.get(page).status_code == 404
    assert client.get(reverse("companies:proofs")).context["proofs"].count() == 0
    withdraw = reverse("companies:proof_withdraw", args=[proof.pk])
    assert client.post(withdraw).status_code == 404
    claim.state = JoinState.ACCEPTED
    claim.save()
    assert client.get(page).status_code == 200
    client.force_login(claim.user)
    assert client.get(page).status_code == 200


def test_papers_are_erased_when_their_time_is_up(firm: Company) -> None:
    now = timezone.now()
    refused = JoinRequest.objects.create(
        company=firm,
        user=UserFactory(),
        kind=JoinKind.CLAIM,
        state=JoinState.REFUSED,
        created_at=now,
        decided_at=now - timedelta(days=31),
    )
    kept = proof_of(firm)
    of_refused = proof_of(firm, claim=refused)
    outlived = proof_of(firm)
    Proof.objects.filter(pk=outlived.pk).update(created_at=now - timedelta(days=397))
    of_closed = proof_of(CompanyFactory(state=CompanyState.CLOSED))
    look_after_terms()
    assert list(Proof.objects.all()) == [kept]
    assert list(Document.objects.all()) == [kept.document]
    erased = AuditEvent.objects.filter(verb="company.proof_erased")
    assert erased.count() == 3
    assert erased.filter(object_id=str(of_closed.company_id), actor=None).exists()
    assert of_refused.company == firm


def test_staff_see_documents_and_registers_on_one_page(client: Client, firm: Company) -> None:
    proof = proof_of(firm)
    client.force_login(StaffFactory())
    page = reverse("companies:verification_detail", args=[firm.pk])
    shown = client.get(page).content.decode()
    assert reverse("companies:proof_file", args=[proof.pk]) in shown
    assert "are not set up" in shown
    answer = client.post(reverse("companies:registers_ask", args=[firm.pk]), follow=True)
    assert "No look-up is set up" in answer.content.decode()
