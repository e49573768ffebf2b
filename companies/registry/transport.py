"""HTTP to a register: bounded in time and size, tried again when the server stumbles."""

from dataclasses import dataclass
from typing import Any, Final

import httpx
from django.conf import settings

from companies.choices import RegistryOutcome
from companies.registry.answers import Answer

MOST_BYTES: Final = 512 * 1024
TRIES: Final = 2
AGENT: Final = "Gagyo/1.0"


class NoAnswer(Exception):
    """The register gave none that says anything; `answer` tells why."""

    def __init__(self, outcome: RegistryOutcome, error: str) -> None:
        super().__init__(error)
        self.answer = Answer(outcome, error=error)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes


def ask(method: str, url: str, **request: Any) -> Reply:
    """One answer of at most MOST_BYTES, whatever its status below 500 but 401, 403 and 429.

    Never follows a redirect: a key must not travel to another host. Raises NoAnswer.
    """
    trouble = ""
    timeout = httpx.Timeout(settings.REGISTRY_TIMEOUT_SECONDS)
    with httpx.Client(timeout=timeout, headers={"User-Agent": AGENT}, trust_env=False) as client:
        for _try in range(TRIES):
            try:
                reply = _read(client, method, url, request)
            except httpx.HTTPError as error:
                # Its text may hold the address, and the address the key.
                trouble = type(error).__name__
                continue
            if reply.status >= 500:
                trouble = f"HTTP {reply.status}"
                continue
            if reply.status == 429:
                raise NoAnswer(RegistryOutcome.LIMITED, "HTTP 429")
            if reply.status in (401, 403):
                raise NoAnswer(RegistryOutcome.REFUSED, f"HTTP {reply.status}")
            return reply
    raise NoAnswer(RegistryOutcome.UNREACHABLE, trouble)


def _read(client: httpx.Client, method: str, url: str, request: dict[str, Any]) -> Reply:
    with client.stream(method, url, **request) as response:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise NoAnswer(RegistryOutcome.UNREADABLE, "answer too large")
        return Reply(response.status_code, bytes(body))
