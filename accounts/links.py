"""The signed link by which a person confirms or withdraws a consent without logging in."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.urls import reverse

from accounts.models import Consent
from mailing.links import absolute_url

SALT: Final = "accounts.consent"
# Sent 30 days before the consent ends; afterwards the page still says what became of it.
LASTS: Final = timedelta(days=90)


def consent_url(consent: Consent) -> str:
    token = signing.dumps(consent.pk, salt=SALT)
    return absolute_url(reverse("accounts:consent_by_link", args=[token]))


def read_consent_token(token: str) -> Consent | None:
    """The consent a link was made for; None when it is not ours, too old, or the person is gone."""
    try:
        key = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return Consent.objects.select_related("user").filter(pk=key, user__is_active=True).first()
