"""Answers to "may this person do that?": yes, or no with the reason."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Allowed:
    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Denied:
    """`reason` is a translatable sentence shown on the 403 page."""

    reason: str | Promise

    def __bool__(self) -> bool:
        return False


Decision = Allowed | Denied


def require(decision: Decision) -> None:
    """Raise PermissionDenied with the reason unless `decision` is Allowed."""
    if isinstance(decision, Denied):
        raise PermissionDenied(str(decision.reason))
