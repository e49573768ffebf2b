"""What the rest of the product asks about people."""

from typing import Any

from accounts.choices import ConsentKind
from accounts.models import Consent, User


def has_consent(user: User, kind: str) -> bool:
    """Whether the person's consent of `kind` stands: given and not withdrawn."""
    return Consent.objects.standing().filter(user=user, kind=kind).exists()


def has_promotional_consent(user: Any) -> bool:
    """settings.PROMOTIONAL_CONSENT_CHECK."""
    return has_consent(user, ConsentKind.PROMOTIONAL)
