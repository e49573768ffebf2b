"""Links of mails: to confirm or withdraw a consent, to take up work for the association, and to
pages of staff."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import Consent, StaffInvitation
from mailing.links import absolute_url

SALT: Final = "accounts.consent"
STAFF_SALT: Final = "accounts.staff_invitation"
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


def staff_invitation_path(invitation: StaffInvitation) -> str:
    """Where the invitation is taken up. Each mail has a link of its own: the one before is void.

    How long it is good for stands in the row.
    """
    mark = f"{invitation.pk.hex}.{invitation.sends}"
    token = signing.Signer(salt=STAFF_SALT).sign(mark)
    return reverse("accounts:staff_join", args=[token])


def staff_invitation_url(invitation: StaffInvitation) -> str:
    return absolute_url(staff_invitation_path(invitation))


def read_staff_invitation_token(token: str) -> tuple[UUID, int] | None:
    """Which invitation and which of its mails a link was made for; None when we did not make it."""
    try:
        key, _dot, number = signing.Signer(salt=STAFF_SALT).unsign(token).partition(".")
        return UUID(key), int(number)
    except (signing.BadSignature, ValueError):
        return None


def behind_log_in(path: str) -> str:
    """Whoever is logged in goes straight on; the others are not told "not found"."""
    return absolute_url(f"{reverse('account_login')}?{urlencode({'next': path})}")
