"""A receiver of webhooks on this machine that behaves as badly as the test wants.

Each of `behaviours` is a function of the connection and the request read from it; the last one
stays. Everything it was told is in `heard`.
"""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Heard:
    line: str
    headers: dict
    body: bytes


def answer(status=204, headers=(), body=b""):
    """A whole, honest answer."""

    def behave(channel):
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
        channel.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


def raw(data):
    return lambda channel: channel.sendall(data)


def silent(channel):
    time.sleep(8)


def dripping(head=b"", every=0.05):
    """A byte at a time, for ever."""

    def behave(channel):
        channel.sendall(head)
        while True:
            channel.sendall(b"a")
            time.sleep(every)

    return behave


def flooding(channel):
    channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        channel.sendall(b"x" * 65536)


@dataclass
class Receiver:
    behaviours: list = field(default_factory=lambda: [answer()])
    heard: list = field(default_factory=list)
    connections: int = 0
    before: object = None
    context: object = None

    def __post_init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._accept, daemon=True).start()

    def behave(self, *behaviours):
        self.behaviours = list(behaviours)

    def close(self):
        self.listener.close()

    def wait_for(self, number, seconds=20):
        """The request of that number, as soon as it has come."""
        deadline = time.monotonic() + seconds
        while len(self.heard) < number:
            assert time.monotonic() < deadline, [each.line for each in self.heard]
            time.sleep(0.02)
        return self.heard[number - 1]

    def _accept(self):
        while True:
            try:
                channel, _address = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(channel,), daemon=True).start()

    def _serve(self, channel):
        with suppress(OSError), channel:
            if self.context is not None:
                channel = self.context.wrap_socket(channel, server_side=True)
            with channel:
                self._behave(channel)

    def _behave(self, channel):
        self.heard.append(self._read(channel))
        if self.before is not None:
            self.before()
        last = len(self.behaviours) == 1
        behave = self.behaviours[0] if last else self.behaviours.pop(0)
        behave(channel)
        channel.shutdown(socket.SHUT_RDWR)

    def _read(self, channel):
        data = b""
        while b"\r\n\r\n" not in data:
            more = channel.recv(65536)
            if not more:
                raise OSError
            data += more
        head, _blank, body = data.partition(b"\r\n\r\n")
        line, *rest = head.decode().split("\r\n")
        headers = dict(each.split(": ", 1) for each in rest)
        while len(body) < int(headers["Content-Length"]):
            body += channel.recv(65536)
        return Heard(line, headers, body)
