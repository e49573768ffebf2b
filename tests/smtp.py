"""A real SMTP server in the test process that keeps what it takes and misbehaves on request."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from local.ports import HOST, free_port


@dataclass(frozen=True)
class Received:
    """One mail as it went over the wire."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.content, policy=policy.default))


@dataclass
class SmtpServer:
    """`received` holds the mails taken, oldest first. Misbehaviour lasts until `behave()`."""

    host: str
    port: int
    received: list[Received] = field(default_factory=list)
    _refusals: dict[str, str] = field(default_factory=dict)
    _delay: float = 0.0
    _cut_after_data: bool = False

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def to(self, address: str) -> list[Received]:
        return [mail for mail in self.received if address in mail.recipients]

    def refuse(self, reply: str, *, at: str = "DATA") -> None:
        """Answer the stage (`MAIL`, `RCPT` or `DATA`) with `reply`, such as "451 try later"."""
        self._refusals[at] = reply

    def delay(self, seconds: float) -> None:
        """Hold back the reply to DATA."""
        self._delay = seconds

    def cut(self) -> None:
        """Take the mail, then drop the connection before saying so: its fate stays unknown."""
        self._cut_after_data = True

    def behave(self) -> None:
        self._refusals.clear()
        self._delay, self._cut_after_data = 0.0, False

    # What aiosmtpd calls.

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self._refusals:
            return self._refusals["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self._refusals:
            return self._refusals["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self._delay)
        if "DATA" in self._refusals:
            return self._refusals["DATA"]
        content = envelope.original_content or b""
        self.received.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        if self._cut_after_data and server.transport is not None:
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def smtp_server(settings: Settings) -> Iterator[SmtpServer]:
    """A running server, and settings that send all mail to it. Other processes take its `url`."""
    server = SmtpServer(host=HOST, port=free_port())
    controller = Controller(server, hostname=server.host, port=server.port)
    controller.start()
    settings.EMAIL_BACKEND = "mailing.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
    try:
        yield server
    finally:
        controller.stop()
