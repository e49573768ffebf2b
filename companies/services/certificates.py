"""A firm's certificates: added, changed, renewed, taken off, and expired."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from common import audit
from companies.choices import CompanyState
from companies.mails import page_url, write_to_members
from companies.models import Company, CompanyCertification
from companies.services.profile import rescore
from documents.services import store_document


def save_certificate(
    *,
    certificate: CompanyCertification,
    upload: dict[str, Any] | None = None,
    actor: User | None,
    now: datetime,
) -> CompanyCertification:
    """Add a certificate to its firm or change it; `upload` (name, content) replaces its document.

    The firm's open items are scored anew. Raises UnsuitableFile.
    """
    is_new = certificate._state.adding
    with transaction.atomic():
        old = certificate.document if upload else None
        if upload:
            certificate.document = store_document(**upload, actor=actor, now=now)
        certificate.save()
        if old is not None:
            old.delete()
        step = "added" if is_new else "changed"
        _record(f"company.certificate_{step}", certificate, actor=actor, now=now)
    return certificate


def remove_certificate(*, certificate: CompanyCertification, actor: User, now: datetime) -> None:
    """Take a certificate off, with its document."""
    with transaction.atomic():
        _record("company.certificate_removed", certificate, actor=actor, now=now)
        document = certificate.document
        certificate.delete()
        if document is not None:
            document.delete()


def remind_of_certificates(*, now: datetime) -> int:
    """Mail members CERTIFICATE_NOTICE_DAYS before a certificate's last day, once for each last
    day. Only firms that take part in the matching are told. Returns how many certificates."""
    today = timezone.localdate(now)
    soon = today + timedelta(days=settings.CERTIFICATE_NOTICE_DAYS)
    ending = CompanyCertification.objects.filter(
        expires_on__range=(today, soon), company__state=CompanyState.VERIFIED
    ).select_related("company", "certification")
    for certificate in ending.order_by("pk"):
        write_to_members(
            certificate.company,
            kind="certificate_ends",
            key=f"certificate:{certificate.pk}:{certificate.expires_on}",
            now=now,
            certificate=certificate,
            page_url=page_url("companies:certificates", certificate.company),
        )
    return len(ending)


def tell_expired_certificates(*, now: datetime) -> int:
    """Have the items of firms scored anew whose certificate has expired since; each once.

    Returns how many certificates.
    """
    expired = _untold(timezone.localdate(now)).select_related("company", "certification")
    told = 0
    for certificate in expired.order_by("pk"):
        with transaction.atomic():
            mine = _untold(timezone.localdate(now)).filter(pk=certificate.pk)
            if mine.update(expiry_told_for=F("expires_on")):
                _record("company.certificate_expired", certificate, actor=None, now=now)
                told += 1
    return told


def _untold(today: date) -> Any:
    return CompanyCertification.objects.filter(expires_on__lt=today).filter(
        Q(expiry_told_for=None) | ~Q(expiry_told_for=F("expires_on"))
    )


def _record(
    verb: str, certificate: CompanyCertification, *, actor: User | None, now: datetime
) -> None:
    company: Company = certificate.company
    code = certificate.certification.code
    audit.record(verb, company, actor=actor, now=now, certification=code)
    rescore(company, now=now)
