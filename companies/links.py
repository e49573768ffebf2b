"""Signed links of companies: they say who opens them and change nothing by being opened."""

from typing import Final
from uuid import UUID

from django.core import signing
from django.urls import reverse

from companies.models import DomainProof, Invitation
from mailing.links import absolute_url

INVITATION_SALT: Final = "companies.invitation"
CLAIM_SALT: Final = "companies.claim"


def invitation_path(invitation: Invitation) -> str:
    """Where the invitation is accepted. How long it is good for stands in its row."""
    token = signing.Signer(salt=INVITATION_SALT).sign(invitation.pk.hex)
    return reverse("companies:invitation", args=[token])


def invitation_url(invitation: Invitation) -> str:
    """The same, to stand in a mail."""
    return absolute_url(invitation_path(invitation))


def read_invitation_token(token: str) -> UUID | None:
    """Which invitation a link was made for; None when we did not make it."""
    try:
        return UUID(signing.Signer(salt=INVITATION_SALT).unsign(token))
    except signing.BadSignature:
        return None


def claim_url(proof: DomainProof) -> str:
    """Where a person confirms by mail that a record is their firm's; its row says how long."""
    token = signing.Signer(salt=CLAIM_SALT).sign(proof.pk.hex)
    return absolute_url(reverse("companies:claim_confirm", args=[token]))


def read_claim_token(token: str) -> UUID | None:
    """Which proof a link was made for; None when we did not make it."""
    try:
        return UUID(signing.Signer(salt=CLAIM_SALT).unsign(token))
    except signing.BadSignature:
        return None
