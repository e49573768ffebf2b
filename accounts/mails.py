"""The mails about an account; allauth's own go the same way (see `accounts.adapter`)."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.choices import ConsentEnd
from accounts.exporting import PERSON
from accounts.links import consent_url
from accounts.models import Consent, DataExport, ErasureRequest, User
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
