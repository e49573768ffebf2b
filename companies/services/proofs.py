"""Documents that show who a firm is: handed in, replaced, withdrawn, erased in time."""

from datetime import datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from companies.choices import CompanyState, JoinState
from companies.models import Company, JoinRequest, Proof
from documents.services import store_document

MOST_PROOFS: Final = 12


def add_proof(
    *,
    company: Company,
    kind: str,
    name: str,
    content: bytes,
    claim: JoinRequest | None = None,
    actor: User,
    now: datetime,
) -> Proof:
    """Keep a document of the firm, or of a person who claims or wants to join it.

    Raises UnsuitableFile, and RuleViolated when there are MOST_PROOFS already.
    """
    if company.proofs.filter(claim=claim).count() >= MOST_PROOFS:
        raise RuleViolated(_("There are enough documents. Withdraw one before you add another."))
    with transaction.atomic():
        document = store_document(name=name, content=content, actor=actor, now=now)
        proof = Proof.objects.create(
            company=company, claim=claim, kind=kind, document=document, created_at=now
        )
        audit.record("company.proof_added", company, actor=actor, now=now, kind=kind)
    return proof


def replace_proof(*, proof: Proof, name: str, content: bytes, actor: User, now: datetime) -> Proof:
    """Put a newer file in the place of an older one, which is erased. Raises UnsuitableFile."""
    with transaction.atomic():
        old = proof.document
        proof.document = store_document(name=name, content=content, actor=actor, now=now)
        proof.created_at = now
        # A newer file is a new question to the staff.
        proof.viewed_by = proof.viewed_at = proof.judged_by = proof.judged_at = None
        proof.verdict = proof.fault = ""
        proof.save()
        old.delete()
        audit.record("company.proof_replaced", proof.company, actor=actor, now=now, kind=proof.kind)
    return proof


def withdraw_proof(*, proof: Proof, actor: User, now: datetime) -> None:
    """Erase a document with its bytes."""
    with transaction.atomic():
        audit.record(
            "company.proof_withdrawn", proof.company, actor=actor, now=now, kind=proof.kind
        )
        _erase(proof)


def erase_old_proofs(*, now: datetime) -> int:
    """Erase what is no longer needed: papers of closed firms, of refused claims after
    PROOF_KEEP_DAYS, and any paper that long after the verification it could serve is over.

    Returns how many; each is told in the audit trail of its firm.
    """
    kept = timedelta(days=settings.PROOF_KEEP_DAYS)
    outlived = now - kept - relativedelta(months=settings.VERIFICATION_MONTHS)
    old = Proof.objects.filter(
        Q(company__state=CompanyState.CLOSED)
        | Q(claim__state=JoinState.REFUSED, claim__decided_at__lt=now - kept)
        | Q(created_at__lt=outlived)
    )
    erased = 0
    for proof in old.select_related("company").defer("document__content").order_by("pk"):
        with transaction.atomic():
            audit.record(
                "company.proof_erased", proof.company, actor=None, now=now, kind=proof.kind
            )
            _erase(proof)
        erased += 1
    return erased


def _erase(proof: Proof) -> None:
    document = proof.document
    proof.delete()
    document.delete()
