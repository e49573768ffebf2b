"""Which addresses may be called: names that lead to public addresses alone, by HTTPS.

A name is looked up once for each attempt, every address it leads to must be allowed, and the
connection is made to one of exactly these: a name that leads elsewhere a moment later is not asked
again. In the demo (WEBHOOKS_ALLOW_PRIVATE) this machine's own addresses may be called as well.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from api.hooks.choices import Failure
from api.hooks.models import ADDRESS_LENGTH
from common.errors import RuleViolated

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS: Final = {"https": 443, "http": 80}
# Besides what Python's own registry knows not to be global: ways around it, and what is to be.
REFUSED: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# All that is given out today; mapped, translated (NAT64) and local addresses lie outside.
GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")
PRINTED: Final = re.compile(r"[!-~]+")
MOST_ADDRESSES: Final = 4


class NotSent(Exception):
    """The request did not go out, or nothing of use came back."""

    def __init__(self, failure: Failure, ip: str = "") -> None:
        super().__init__(failure)
        self.failure, self.ip = failure, ip


@dataclass(frozen=True, slots=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def read_address(text: str) -> Target:
    """The parts of an address; RuleViolated when it is none that may be called."""
    if len(text) > ADDRESS_LENGTH or not PRINTED.fullmatch(text) or "\\" in text:
        raise RuleViolated(_("Give an address without blanks, such as https://example.com/gagyo."))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError as error:
        raise RuleViolated(_("This is not an address of the web.")) from error
    return _checked(parts, host, port)


def _checked(parts: SplitResult, host: str, port: int | None) -> Target:
    is_open = settings.WEBHOOKS_ALLOW_PRIVATE
    if parts.scheme != "https" and not (is_open and parts.scheme == "http"):
        raise RuleViolated(_("The address must begin with https://."))
    if "@" in parts.netloc:
        raise RuleViolated(_("The address may not hold a user name or password."))
    if not host or parts.fragment:
        raise RuleViolated(_("This is not an address of the web."))
    port = PORTS[parts.scheme] if port is None else port
    if not is_open and port not in settings.WEBHOOKS_PORTS:
        raise RuleViolated(
            _("Only these ports may be called: %(ports)s.")
            % {"ports": ", ".join(map(str, settings.WEBHOOKS_PORTS))}
        )
    literal = _literal(host)
    if literal is not None and not may_call(literal):
        raise RuleViolated(_("This address is not on the public internet."))
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port, (parts.path or "/") + query)


def may_call(address: Address) -> bool:
    if settings.WEBHOOKS_ALLOW_PRIVATE and address.is_loopback:
        return True
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in GLOBAL_V6:
        return False
    return not any(address in network for network in REFUSED if network.version == address.version)


def look_up(target: Target, *, patience: float) -> list[Address]:
    """The addresses of the name, each of which may be called; raises NotSent otherwise."""
    found: list[Address] = []
    for answer in _resolved(target, patience):
        address = ipaddress.ip_address(answer[4][0])
        if not may_call(address):
            raise NotSent(Failure.ADDRESS)
        if address not in found:
            found.append(address)
    if not found:
        raise NotSent(Failure.NAME)
    return found[:MOST_ADDRESSES]


def _resolved(target: Target, patience: float) -> list[Any]:
    """Asked in a thread of its own: the system's resolver knows no deadline."""
    answers: SimpleQueue[list[Any] | None] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answers.put(None)

    Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=patience)
    except Empty as error:
        raise NotSent(Failure.TIMEOUT) from error
    if found is None:
        raise NotSent(Failure.NAME)
    return found


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
