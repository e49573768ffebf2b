"""Documents of a firm for tests."""

from django.utils import timezone

from accounts.models import User
from companies.choices import ProofKind
from companies.models import Company, CompanyCertification, Proof
from companies.services import add_proof
from documents.services import store_document
from tests.factories import CertificationFactory


def papers(firm: Company, owner: User) -> tuple[CompanyCertification, Proof]:
    """A certificate and a proof of the firm, each with its document."""
    now = timezone.now()
    upload = {"name": "ISO 9001.pdf", "content": b"%PDF-1.7", "actor": owner, "now": now}
    certificate = CompanyCertification.objects.create(
        company=firm, certification=CertificationFactory(), document=store_document(**upload)
    )
    proof = add_proof(company=firm, kind=ProofKind.BUSINESS_REGISTRATION, **upload)
    return certificate, proof
