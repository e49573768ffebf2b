"""Who may get promotional mail. People and their consents live above this app, which therefore
asks the function that settings.PROMOTIONAL_CONSENT_CHECK names."""

from datetime import datetime
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class ConsentCheck(Protocol):
    def __call__(self, user: Any, *, now: datetime) -> bool: ...


def has_promotional_consent(user: Any | None, *, now: datetime) -> bool:
    """Whether a consent to promotional mail stands at `now`; an unknown person gave none."""
    check = cast(ConsentCheck, import_string(settings.PROMOTIONAL_CONSENT_CHECK))
    return user is not None and check(user, now=now)
