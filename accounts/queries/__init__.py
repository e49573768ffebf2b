"""What the rest of the product asks about people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.choices import ConsentKind
from accounts.models import Consent, User
from accounts.wording import WORDINGS, Wording
from mailing.models import Suppression

# Korean law has consent to advertising confirmed again every two years.
PROMOTIONAL_CONSENT_LASTS: Final = timedelta(days=730)


def has_consent(user: User, kind: str) -> bool:
    """Whether the person's consent of `kind` stands: given and not withdrawn."""
    return Consent.objects.standing().filter(user=user, kind=kind).exists()


def has_promotional_consent(user: Any, *, now: datetime) -> bool:
    """settings.PROMOTIONAL_CONSENT_CHECK: given, not withdrawn, and not older than two years."""
    return (
        Consent.objects.standing()
        .filter(
            user=user,
            kind=ConsentKind.PROMOTIONAL,
            given_at__gt=now - PROMOTIONAL_CONSENT_LASTS,
        )
        .exists()
    )


def refuses_mail(user: User, category: str) -> bool:
    """Whether mails of this category are not sent to the person's address."""
    return Suppression.objects.covering(user.email, category).exists()


def refusing_addresses(addresses: Collection[str], category: str) -> set[str]:
    """Those of `addresses` that mails of this category do not go to."""
    rows = Suppression.objects.filter(
        address__in=[address.lower() for address in addresses], category__in=["", category]
    )
    return set(rows.values_list("address", flat=True))


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """One kind of consent for a person's own page: the present wording, and what stands."""

    wording: Wording
    standing: Consent | None
    history: list[Consent]

    @property
    def is_outdated(self) -> bool:
        """It stands, but for an older wording."""
        return self.standing is not None and self.standing.wording_version != self.wording.version


def consent_overview(user: User) -> list[ConsentEntry]:
    """Every kind of consent with its facts, in the order of the sign-up page. One query."""
    facts = list(user.consents.order_by("given_at", "pk"))
    return [
        ConsentEntry(
            wording=wording,
            standing=next((f for f in facts if f.kind == kind and f.withdrawn_at is None), None),
            history=[f for f in facts if f.kind == kind and f.withdrawn_at is not None],
        )
        for kind, wording in WORDINGS.items()
    ]
