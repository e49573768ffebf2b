"""While staff check a firm: who is at it, and what they say of each document."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from companies.choices import ProofFault, Verdict
from companies.models import Company, Proof


def begin_check(*, company: Company, actor: User, now: datetime) -> Company:
    """Tell the colleagues that `actor` checks the firm from now on; whoever did so before no
    longer does. A courtesy: it keeps nobody from deciding."""
    Company.objects.filter(pk=company.pk).update(checker=actor, checker_since=now)
    company.checker, company.checker_since = actor, now
    return company


def end_check(*, company: Company, actor: User) -> None:
    """Give the firm back to the others, if `actor` still has it."""
    mine = Company.objects.filter(pk=company.pk, checker=actor)
    mine.update(checker=None, checker_since=None)


def note_viewed(*, proof: Proof, actor: User, now: datetime) -> None:
    """Keep who of the staff opened the document first, and when."""
    Proof.objects.filter(pk=proof.pk, viewed_at=None).update(viewed_at=now, viewed_by=actor)


def judge_proof(
    *, proof: Proof, verdict: str, fault: str = "", actor: User, now: datetime
) -> Proof:
    """Accept a document, or reject it with a coded reason, which the firm reads when its profile
    is returned. A later word takes the place of an earlier one.

    Raises RuleViolated for a rejection without a reason, and StateChanged when the file was
    replaced or a colleague judged it after `proof` was read.
    """
    if verdict == Verdict.REJECTED and fault not in ProofFault:
        raise RuleViolated(_("Choose a reason."))
    with transaction.atomic():
        same = Proof.objects.filter(
            pk=proof.pk, document=proof.document_id, judged_at=proof.judged_at
        )
        changes = {
            "verdict": verdict,
            "fault": fault if verdict == Verdict.REJECTED else "",
            "judged_by": actor,
            "judged_at": now,
        }
        if not same.update(**changes):
            raise StateChanged(_("This document was judged or replaced in the meantime."))
        for name, value in changes.items():
            setattr(proof, name, value)
        audit.record(
            f"company.proof_{verdict}",
            proof.company,
            actor=actor,
            now=now,
            reason=proof.fault,
            kind=proof.kind,
        )
    return proof
