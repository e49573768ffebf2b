"""What companies know of a person and of a firm, for the copies of their data; and what has to be
settled before a person can be erased."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.erasing import Obstacle, register_obstacle, register_texts
from accounts.exporting import (
    PERSON,
    File,
    Row,
    Subject,
    fields_of,
    register_files,
    register_scope,
    register_section,
)
from accounts.models import User
from companies.choices import GONE, MemberRole
from companies.models import (
    Company,
    CompanyCertification,
    FormDraft,
    Invitation,
    Item,
    JoinRequest,
    Membership,
    Need,
    Offering,
    Proof,
    Verification,
)
from documents.models import Document

FIRM: Final = "firm"


def _memberships(subject: Subject) -> Iterator[Row]:
    rows = Membership.objects.filter(user=subject.user).select_related("company")
    for row in rows.order_by("pk"):
        yield {"firm": row.company.native_name, **fields_of(row, "role", "created_at")}


def _join_requests(subject: Subject) -> Iterator[Row]:
    rows = JoinRequest.objects.filter(user=subject.user).select_related("company")
    for row in rows.order_by("pk"):
        facts = fields_of(row, "kind", "state", "message", "created_at", "decided_at")
        yield {"firm": row.company.native_name, **facts}


def _drafts(subject: Subject) -> Iterator[Row]:
    for row in FormDraft.objects.filter(user=subject.user).order_by("pk"):
        yield fields_of(row, "key", "fields", "device", "typed_at")


def _firm_id(subject: Subject) -> UUID:
    return UUID(subject.object_id)


def owns(subject: Subject) -> bool:
    """An owner of the firm, also while it is closed."""
    return Membership.objects.filter(
        user=subject.user, company=_firm_id(subject), role=MemberRole.OWNER
    ).exists()


def _company(subject: Subject) -> Iterator[Row]:
    firm = Company.objects.prefetch_related("sectors").get(pk=subject.object_id)
    yield {**_columns(firm), "sectors": [sector.code for sector in firm.sectors.all()]}


def _members(subject: Subject) -> Iterator[Row]:
    rows = Membership.objects.filter(company=_firm_id(subject)).select_related("user")
    for row in rows.order_by("pk"):
        person = fields_of(row.user, "email", "name", "title")
        yield {**person, **fields_of(row, "role", "created_at")}


def _invitations(subject: Subject) -> Iterator[Row]:
    for row in Invitation.objects.filter(company=_firm_id(subject)).order_by("pk"):
        yield fields_of(row, "email", "role", "language", "state", "created_at", "expires_at")


def _certificates(subject: Subject) -> Iterator[Row]:
    firm = Company.objects.get(pk=subject.object_id)
    for row in firm.certificates.select_related("certification").order_by("pk"):
        yield {**_columns(row), "certification": row.certification.code}


def _verifications(subject: Subject) -> Iterator[Row]:
    for row in Verification.objects.filter(company=_firm_id(subject)).order_by("pk"):
        yield fields_of(row, "decision", "checked", "reasons", "note", "at")


def _blocks(subject: Subject) -> Iterator[Row]:
    firm = Company.objects.get(pk=subject.object_id)
    for row in firm.blocks.select_related("blocked").order_by("pk"):
        yield {"firm": row.blocked.native_name, "since": row.created_at}


def _items(model: type[Item]) -> Any:
    def section(subject: Subject) -> Iterator[Row]:
        rows: Any = model._default_manager.filter(company=_firm_id(subject)).order_by("pk")
        for row in rows.prefetch_related("concepts", "certifications").iterator(chunk_size=100):
            yield {
                **_columns(row),
                "concepts": [concept.code for concept in row.concepts.all()],
                "certifications": [held.code for held in row.certifications.all()],
            }

    return section


def _columns(row: models.Model) -> dict[str, Any]:
    """Every column of a row of the firm's own; other rows by their ids."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def documents_of(company_id: UUID) -> models.QuerySet[Document]:
    """The firm's own files: its certificates and proofs; not those of strangers who claim it."""
    proofs = Proof.objects.of_firm().filter(company=company_id).values("document")
    certificates = CompanyCertification.objects.filter(company=company_id).values("document")
    return Document.objects.filter(
        models.Q(pk__in=proofs) | models.Q(pk__in=certificates.exclude(document=None))
    )


def _documents(subject: Subject) -> Iterator[Row]:
    for row in documents_of(_firm_id(subject)).defer("content").order_by("created_at", "pk"):
        yield fields_of(row, "name", "media_type", "size", "sha256", "created_at")


def _files(subject: Subject) -> Iterator[File]:
    rows = documents_of(_firm_id(subject)).order_by("created_at", "pk")
    for pk in rows.values_list("pk", flat=True):
        row = Document.objects.get(pk=pk)
        yield row.name, bytes(row.content)


def last_owner_of(user: User) -> list[Company]:
    """The firms that would be left without an owner."""
    others = Membership.objects.filter(
        company=models.OuterRef("company"), role=MemberRole.OWNER
    ).exclude(user=user)
    alone = Membership.objects.filter(
        ~models.Exists(others), user=user, role=MemberRole.OWNER
    ).exclude(company__state__in=GONE)
    return [row.company for row in alone.select_related("company").order_by("pk")]


def _ownerless(user: User) -> Iterator[Obstacle]:
    for firm in last_owner_of(user):
        yield Obstacle(
            _(
                "You are the only owner of %(firm)s. Make a colleague the owner or close the "
                "firm first."
            )
            % {"firm": firm.display_name},
            f"{reverse('companies:team')}?company={firm.pk}",
        )


register_section(PERSON, "memberships", _memberships)
register_section(PERSON, "join_requests", _join_requests)
register_section(PERSON, "drafts", _drafts)
register_scope(FIRM, owns)
register_section(FIRM, "firm", _company)
register_section(FIRM, "members", _members)
register_section(FIRM, "invitations", _invitations)
register_section(FIRM, "certificates", _certificates)
register_section(FIRM, "verifications", _verifications)
register_section(FIRM, "never_meet", _blocks)
register_section(FIRM, "offerings", _items(Offering))
register_section(FIRM, "needs", _items(Need))
register_section(FIRM, "documents", _documents)
register_files(FIRM, "documents", _files)
register_obstacle(_ownerless)
register_texts(Verification, "note")
