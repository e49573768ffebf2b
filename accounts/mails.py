"""The mails about an account; allauth's own go the same way (see `accounts.adapter`)."""

from datetime import datetime

from django.urls import reverse

from accounts.models import Consent
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.models import Message
from mailing.services import write_message


def write_consent_result(consent: Consent, *, now: datetime) -> Message:
    """Tell the person that the consent to promotional mail, or its withdrawal, is recorded."""
    user = consent.user
    is_given = consent.withdrawn_at is None
    step = "given" if is_given else "withdrawn"
    return write_message(
        kind="consent_result",
        category=Category.ACCOUNT,
        template="accounts/mail/consent_result",
        user=user,
        address=user.email,
        language=user.language,
        context={
            "user": user,
            "is_given": is_given,
            "at": consent.given_at if is_given else consent.withdrawn_at,
            "consents_url": absolute_url(reverse("accounts:consents")),
        },
        dedupe_key=f"consent:{consent.pk}:{step}",
        now=now,
    )
