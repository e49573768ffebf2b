"""One POST to an address that others chose: bounded in time, bytes and whom it reaches.

Every step counts against one deadline, so a receiver that sends a byte a second costs no more than
one that is silent. Redirects are answers, not instructions; proxies that the environment names are
not used.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from django.conf import settings

from api.hooks.addresses import Address, NotSent, Target, look_up
from api.hooks.choices import Failure

BODY_KEPT: Final = 2048
# Headers and all: more than any honest answer has before the bytes that are kept.
MOST_READ: Final = 64 * 1024
HEADERS_KEPT: Final = 20
HEADER_LENGTH: Final = 200
NOT_KEPT: Final = frozenset({"set-cookie", "set-cookie2"})


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is its beginning, at most BODY_KEPT bytes, as text."""

    status: int
    headers: dict[str, str]
    body: str
    ip: str


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Send `body` and read the beginning of the answer; raises NotSent for everything else."""
    deadline = monotonic() + settings.WEBHOOKS_TOTAL_SECONDS
    patience = settings.WEBHOOKS_CONNECT_SECONDS
    addresses = look_up(target, patience=min(patience, settings.WEBHOOKS_TOTAL_SECONDS))
    plain, ip = _connect(addresses, target.port, monotonic() + patience)
    try:
        with _told_apart(ip):
            channel = _secured(plain, target, deadline)
            return _exchange(_Clocked(channel, deadline), target, body, headers, ip)
    finally:
        plain.close()


def _connect(addresses: list[Address], port: int, until: float) -> tuple[socket.socket, str]:
    """A connection to the first of the addresses that takes one."""
    failure = Failure.CONNECTION
    for address in addresses:
        left = until - monotonic()
        if left <= 0:
            failure = Failure.TIMEOUT
            break
        try:
            return _dialled(address, port, left), str(address)
        except TimeoutError:
            failure = Failure.TIMEOUT
        except OSError:
            failure = Failure.CONNECTION
    raise NotSent(failure, str(addresses[0]))


def _dialled(address: Address, port: int, patience: float) -> socket.socket:
    """No name is asked for any more."""
    channel = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    try:
        channel.settimeout(patience)
        channel.connect((str(address), port))
    except OSError:
        channel.close()
        raise
    return channel


def _secured(plain: socket.socket, target: Target, deadline: float) -> socket.socket:
    """The certificate must be good for the name, whatever address was called."""
    plain.settimeout(_left(deadline))
    if target.scheme == "http":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)


def _exchange(
    channel: "_Clocked", target: Target, body: bytes, headers: Mapping[str, str], ip: str
) -> Reply:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = channel
    try:
        connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
        fixed = {"Host": target.host_header, "Content-Length": str(len(body))}
        for name, value in {**fixed, "Connection": "close", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(answer.status, _kept(answer), _beginning(answer), ip)
    finally:
        channel.release()


def _beginning(answer: http.client.HTTPResponse) -> str:
    """What came of the body: the status has been said, so trouble from here on changes nothing."""
    read = b""
    try:
        while len(read) < BODY_KEPT and (more := answer.read1(BODY_KEPT - len(read))):
            read += more
    except (OSError, ValueError, http.client.HTTPException):
        pass
    return _text(read)


def _kept(answer: http.client.HTTPResponse) -> dict[str, str]:
    pairs = [pair for pair in answer.getheaders() if pair[0].lower() not in NOT_KEPT]
    return {
        _text(name.encode("latin-1", "replace"))[:HEADER_LENGTH]: _text(
            value.encode("latin-1", "replace")
        )[:HEADER_LENGTH]
        for name, value in pairs[:HEADERS_KEPT]
    }


def _text(read: bytes) -> str:
    """PostgreSQL keeps no NUL."""
    return read.decode(errors="replace").replace("\x00", "\ufffd")


@contextmanager
def _told_apart(ip: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise NotSent(Failure.TIMEOUT, ip) from error
    except ssl.SSLError as error:
        raise NotSent(Failure.ENCRYPTION, ip) from error
    except (http.client.HTTPException, ValueError) as error:
        # A connection that ends without a word is both an OSError and of HTTP.
        is_broken = isinstance(error, ConnectionError)
        raise NotSent(Failure.CONNECTION if is_broken else Failure.PROTOCOL, ip) from error
    except OSError as error:
        raise NotSent(Failure.CONNECTION, ip) from error


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Clocked:
    """What http.client takes for a socket: every step ends at the deadline."""

    def __init__(self, channel: socket.socket, deadline: float) -> None:
        self._channel, self._deadline = channel, deadline

    def sendall(self, data: Any) -> None:
        self._channel.settimeout(_left(self._deadline))
        self._channel.sendall(data)

    def makefile(self, mode: str, *args: Any) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self._channel, self._deadline))

    def close(self) -> None:
        """http.client closes before the body is read; `release` is called when all is done."""

    def release(self) -> None:
        self._channel.close()


class _Bounded(io.RawIOBase):
    def __init__(self, channel: socket.socket, deadline: float) -> None:
        self._channel, self._deadline, self._room = channel, deadline, MOST_READ

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._room <= 0:
            raise http.client.HTTPException("too long")
        self._channel.settimeout(_left(self._deadline))
        number = self._channel.recv_into(buffer)
        self._room -= number
        return number
