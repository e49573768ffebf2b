"""The mails about an account; allauth's own go the same way (see `accounts.adapter`)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.choices import ConsentEnd, StaffChange
from accounts.exporting import PERSON
from accounts.links import behind_log_in, consent_url, staff_invitation_url
from accounts.models import Consent, DataExport, ErasureRequest, StaffInvitation, User
from common.formatting import date_text
from common.localisation import in_language
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.models import Message
from mailing.services import write_message


def write_consent_result(consent: Consent, *, now: datetime) -> Message:
    """Tell the person that the consent to promotional mail, or its withdrawal, is recorded."""
    user = consent.user
    is_given = consent.withdrawn_at is None
    is_over = consent.ended_by == ConsentEnd.UNCONFIRMED
    result = "given" if is_given else "unconfirmed" if is_over else "withdrawn"
    return write_message(
        kind="consent_result",
        category=Category.ACCOUNT,
        template="accounts/mail/consent_result",
        user=user,
        address=user.email,
        language=user.language,
        context={
            "user": user,
            "result": result,
            "at": consent.given_at if is_given else consent.withdrawn_at,
            "consents_url": absolute_url(reverse("accounts:consents")),
        },
        dedupe_key=f"consent:{consent.pk}:{result}",
        now=now,
    )


def write_consent_renewal(consent: Consent, *, ends_at: datetime, now: datetime) -> Message:
    """Ask whether the consent to promotional mail should hold for two more years."""
    user = consent.user
    with in_language(user.language):
        given, ends = date_text(consent.given_at, "long"), date_text(ends_at, "long")
    return write_message(
        kind="consent_renewal",
        category=Category.ACCOUNT,
        template="accounts/mail/consent_renewal",
        user=user,
        address=user.email,
        language=user.language,
        context={
            "user": user,
            "given": given,
            "ends": ends,
            "consent_url": consent_url(consent),
        },
        dedupe_key=f"consent:{consent.pk}:renewal",
        now=now,
    )


def write_export_ready(export: DataExport, *, now: datetime) -> Message:
    """The copy is there; the link leads to the page, which asks who it is."""
    return _write(
        export.user,
        kind="export_ready",
        key=f"export:{export.pk}",
        now=now,
        until=export.expires_at,
        is_firm=export.scope != PERSON,
    )


def write_erasure_mail(request: ErasureRequest, *, kind: str, now: datetime) -> Message:
    """`kind`: `erasure_asked` (what goes and what is kept), `_cancelled`, or `_held`."""
    return _write(
        request.user,
        kind=kind,
        key=f"erasure:{request.pk}:{kind}",
        now=now,
        due=request.due_at,
    )


def write_staff_invitation(invitation: StaffInvitation, *, now: datetime) -> Message:
    return write_message(
        kind="staff_invitation",
        category=Category.ACCOUNT,
        template="accounts/mail/staff_invitation",
        user=None,
        address=invitation.email,
        language=invitation.language,
        context={
            "invitation": invitation,
            "inviter": invitation.invited_by,
            "until": invitation.expires_at,
            "invitation_url": staff_invitation_url(invitation),
        },
        dedupe_key=f"staff_invitation:{invitation.pk}:{invitation.sends}",
        now=now,
    )


def write_staff_change(
    user: User,
    *,
    change: StaffChange,
    was: str,
    actor: User | None,
    others: Iterable[User],
    event: int,
    now: datetime,
) -> None:
    """Tell the person and the other administrators; `event` is the number of its audit row."""
    facts = {"person": user, "change": change.value, "was": was, "actor": actor, "at": now}
    for reader in [user, *others]:
        is_oneself = reader.pk == user.pk
        if is_oneself and change == StaffChange.JOINED:
            continue
        kind = "staff_changed" if is_oneself else "staff_told"
        write_message(
            kind=kind,
            category=Category.ACCOUNT if is_oneself else Category.STAFF,
            template=f"accounts/mail/{kind}",
            user=reader,
            address=reader.email,
            language=reader.language,
            context={
                "user": reader,
                "person_url": behind_log_in(reverse("accounts:person", args=[user.pk])),
                **facts,
            },
            dedupe_key=f"staff:{event}:{reader.pk}",
            now=now,
        )


def _write(user: User, *, kind: str, key: str, now: datetime, **context: Any) -> Message:
    return write_message(
        kind=f"account_{kind}",
        category=Category.ACCOUNT,
        template=f"accounts/mail/{kind}",
        user=user,
        address=user.email,
        language=user.language,
        context={"user": user, "data_url": absolute_url(reverse("accounts:data")), **context},
        dedupe_key=key,
        now=now,
    )
