"""What this app knows of a person, for the copy of their data; and where people are named."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from accounts.erasing import register_texts
from accounts.exporting import (
    PERSON,
    File,
    Row,
    Subject,
    fields_of,
    register_files,
    register_section,
)
from accounts.wording import WORDINGS
from common.localisation import in_language
from common.models import AuditEvent
from documents.models import Document
from mailing.models import Message, Suppression

CHUNK = 200


def _account(subject: Subject) -> Iterator[Row]:
    yield fields_of(
        subject.user,
        *("email", "name", "name_kana", "title", "phone", "language", "staff_role"),
        *("created_at", "last_login"),
    )


def _addresses(subject: Subject) -> Iterator[Row]:
    for row in EmailAddress.objects.filter(user=subject.user).order_by("pk"):
        yield fields_of(row, "email", "verified", "primary")


def _consents(subject: Subject) -> Iterator[Row]:
    """With the words agreed to, in the language they were shown in, while they are in force."""
    for consent in subject.user.consents.order_by("given_at", "pk"):
        row = fields_of(
            consent,
            *("kind", "wording_version", "language", "given_at", "withdrawn_at", "ip_address"),
        )
        wording = WORDINGS.get(consent.kind)
        if wording is not None and wording.version == consent.wording_version:
            with in_language(consent.language):
                row["sentence"] = str(wording.sentence)
                row["facts"] = {str(term): str(text) for term, text in wording.facts}
        yield row


def _sessions(subject: Subject) -> Iterator[Row]:
    for row in UserSession.objects.filter(user=subject.user).order_by("pk"):
        yield fields_of(row, "created_at", "last_seen_at", "ip", "user_agent")


def _factors(subject: Subject) -> Iterator[Row]:
    """That there is a second factor; never its secret."""
    for row in Authenticator.objects.filter(user=subject.user).order_by("pk"):
        yield fields_of(row, "type", "created_at", "last_used_at")


def _mails(subject: Subject) -> Iterator[Row]:
    mails = Message.objects.filter(user=subject.user).order_by("created_at", "pk")
    for mail in mails.iterator(chunk_size=CHUNK):
        yield fields_of(
            mail,
            *("kind", "category", "to", "language", "subject", "text"),
            *("state", "created_at", "sent_at"),
        )


def _refusals(subject: Subject) -> Iterator[Row]:
    for row in Suppression.objects.filter(address=subject.user.email).order_by("pk"):
        yield fields_of(row, "address", "category", "reason", "created_at")


def _deeds(subject: Subject) -> Iterator[Row]:
    events = AuditEvent.objects.filter(actor=subject.user).order_by("at", "pk")
    for event in events.iterator(chunk_size=CHUNK):
        yield fields_of(event, "at", "verb", "object_type", "object_id", "reason", "data")


def _documents(subject: Subject) -> Iterator[Row]:
    for row in _handed_in(subject):
        yield fields_of(row, "name", "media_type", "size", "sha256", "created_at")


def _files(subject: Subject) -> Iterator[File]:
    for row in _handed_in(subject):
        yield row.name, bytes(Document.objects.values_list("content", flat=True).get(pk=row.pk))


def _handed_in(subject: Subject) -> Iterator[Document]:
    found = Document.objects.defer("content").filter(uploaded_by=subject.user)
    yield from found.order_by("created_at", "pk")


register_section(PERSON, "account", _account)
register_section(PERSON, "addresses", _addresses)
register_section(PERSON, "consents", _consents)
register_section(PERSON, "sessions", _sessions)
register_section(PERSON, "second_factors", _factors)
register_section(PERSON, "mails", _mails)
register_section(PERSON, "refused_mails", _refusals)
register_section(PERSON, "what_you_did", _deeds)
register_section(PERSON, "documents", _documents)
register_files(PERSON, "documents", _files)
register_texts(Message, "subject", "text", "html", "last_error")
register_texts(Document, "name")
