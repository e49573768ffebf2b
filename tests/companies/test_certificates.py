"""Certificates: with their document, renewed, reminded of, and expired for the matching."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, CompanyCertification, Offering
from companies.signals import item_changed
from companies.tasks import look_after_terms
from documents.models import Document
from mailing.models import Message
from tests.documents.test_documents import PAGE, PDF
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    MembershipFactory,
    OfferingFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(client: Client) -> Company:
    company = CompanyFactory()
    client.force_login(MembershipFactory(company=company).user)
    return company


def held(company: Company, days: int | None, **fields: Any) -> CompanyCertification:
    today = timezone.localdate()
    return CompanyCertification.objects.create(
        company=company,
        certification=CertificationFactory(),
        expires_on=None if days is None else today + timedelta(days=days),
        **fields,
    )


def typed(**changes: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("iso.pdf", PDF, content_type="application/pdf")
    return {"certification": CertificationFactory().pk, "number": "Q-1", "file": file, **changes}


def test_a_certificate_comes_with_its_document_and_is_renewed(
    client: Client, firm: Company
) -> None:
    client.post(reverse("companies:certificates"), typed(expires_on="2026-12-31"))
    certificate = firm.certificates.get()
    document = certificate.document
    assert document is not None
    assert bytes(document.content) == PDF
    page = reverse("companies:certificate_edit", args=[certificate.pk])
    assert "iso.pdf" in client.get(page).content.decode()
    # Without a new file the old one stays; with one it goes.
    client.post(page, typed(file="", expires_on="2029-12-31"))
    certificate.refresh_from_db()
    assert (certificate.expires_on, certificate.document) == (date(2029, 12, 31), document)
    newer = SimpleUploadedFile("iso2.pdf", PDF, content_type="application/pdf")
    client.post(page, typed(file=newer))
    assert [each.name for each in Document.objects.all()] == ["iso2.pdf"]
    client.post(reverse("companies:certificate_remove", args=[certificate.pk]))
    assert not Document.objects.exists()


def test_a_wrong_file_is_said_at_the_field(client: Client, firm: Company) -> None:
    file = SimpleUploadedFile("iso.pdf", PAGE, content_type="application/pdf")
    answer = client.post(reverse("companies:certificates"), typed(file=file))
    assert answer.status_code == 422
    assert answer.context["form"].has_error("file")
    assert not firm.certificates.exists()


def test_the_document_is_for_the_firm_and_staff(client: Client, firm: Company) -> None:
    client.post(reverse("companies:certificates"), typed())
    page = reverse("companies:certificate_file", args=[firm.certificates.get().pk])
    assert client.get(page).content == PDF
    client.force_login(StaffFactory())
    assert client.get(page).status_code == 200
    for stranger in (UserFactory(), MembershipFactory().user):
        client.force_login(stranger)
        assert client.get(page).status_code == 404
    bare = held(firm, 10)
    client.force_login(StaffFactory())
    assert client.get(reverse("companies:certificate_file", args=[bare.pk])).status_code == 404


@pytest.mark.parametrize(
    ("days", "standing", "said"),
    [
        (None, "endless", "no last day given"),
        (400, "valid", "valid until"),
        (30, "ends_soon", "expires in 30 days"),
        (0, "ends_soon", "expires in 0 days"),
        (-1, "expired", "expired on"),
    ],
)
def test_its_standing_is_shown(
    client: Client, firm: Company, days: int | None, standing: str, said: str
) -> None:
    certificate = held(firm, days)
    assert certificate.standing(timezone.localdate()) == standing
    shown = client.get(reverse("companies:certificates")).content.decode()
    assert said in shown
    assert "no document" in shown


def test_members_are_reminded_once_and_again_after_a_renewal(firm: Company) -> None:
    certificate = held(firm, 30)
    held(firm, 31, number="later")
    held(firm, -1, number="over")
    held(CompanyFactory(state="draft", with_owner=True), 10)
    look_after_terms()
    look_after_terms()
    message = Message.objects.get()
    assert message.kind == "company_certificate_ends"
    certificate.expires_on = timezone.localdate() + timedelta(days=20)
    certificate.save()
    look_after_terms()
    assert Message.objects.count() == 2


def test_an_expired_certificate_has_the_firms_items_matched_anew_once(firm: Company) -> None:
    offering = OfferingFactory(company=firm)
    certificate = held(firm, -1)
    held(firm, 0, number="today")
    told: list[Any] = []

    def listen(sender: Any, item_id: Any, **kwargs: Any) -> None:
        told.append((sender, item_id))

    item_changed.connect(listen)
    try:
        look_after_terms()
        look_after_terms()
        assert told == [(Offering, offering.pk)]
        # Renewed and over once more: told once more.
        certificate.refresh_from_db()
        certificate.expires_on = timezone.localdate() - timedelta(days=3)
        certificate.save()
        look_after_terms()
        assert len(told) == 2
    finally:
        item_changed.disconnect(listen)
