"""From where a request comes, and whether somebody there tries out keys."""

from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from api.rates import count_in_window, seconds_left

#: What is put before the address in the cache.
REFUSED: Final = "api-refused"


def address_of(request: HttpRequest) -> str | None:
    """The proxy's word counts only behind one (settings.ALLAUTH_TRUSTED_PROXY_COUNT)."""
    adapter: Any = get_adapter()
    return adapter.get_client_ip(request) or None


def wait_after_refusal(address: str | None) -> int:
    """Count one more key of this address that opens nothing; above
    settings.API_REFUSED_A_MINUTE return for how many seconds it should wait, else 0.

    Keys that do open are never held up: others may sit behind the same address.
    """
    used = count_in_window(f"{REFUSED}:{address or 'unknown'}")
    return seconds_left() if used > settings.API_REFUSED_A_MINUTE else 0
