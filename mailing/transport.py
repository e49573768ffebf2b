"""The outside world of mail: a row becomes an e-mail, and a failure becomes one of two facts.

Whatever a mail server or provider answers, the caller learns only what it needs: the mail was
surely not taken (`NotTaken`), or nobody can know (`FateUnknown`).
"""

import logging
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message as MimeMessage
from email.utils import parseaddr
from typing import Final

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from mailing.models import Message

logger = logging.getLogger(__name__)

# Enhanced status codes (RFC 3463, RFC 7505) that say the address itself does not work.
DEAD_ADDRESS: Final = re.compile(r"\b5\.1\.(1|3|6|10)\b")
TOO_MANY_REQUESTS: Final = 429
# The longest line RFC 5322 allows. Some programs misread a folded List-Unsubscribe.
LINE_LENGTH: Final = 998


class NotTaken(Exception):
    """The server surely does not have the mail.

    `retryable`: it may take it later. `dead_address`: there is no such mailbox.
    """

    def __init__(self, detail: object, *, retryable: bool, dead_address: bool = False) -> None:
        super().__init__(str(detail))
        self.retryable = retryable
        self.dead_address = dead_address


class FateUnknown(Exception):
    """The server may or may not have the mail."""


class OutboxEmail(EmailMultiAlternatives):
    """Text and HTML; header lines are folded only where an encoded subject must be."""

    def message(self) -> MimeMessage:  # type: ignore[override]
        mime: MimeMessage = super().message()
        mime.policy = mime.policy.clone(max_line_length=LINE_LENGTH)
        return mime


def own_message_id(message: Message) -> str:
    """The Message-ID of a row, without its brackets, on our own domain; always the same."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"{message.pk}@{domain}"


def compose(message: Message) -> OutboxEmail:
    """The e-mail of a row.

    Feedback-ID lets Gmail's Postmaster Tools tell complaints apart by kind, category and language.
    """
    email = OutboxEmail(
        subject=message.subject,
        body=message.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.to],
        reply_to=[settings.MAIL_CONTACT],
        headers={
            "Message-ID": f"<{own_message_id(message)}>",
            "Feedback-ID": f"{message.kind}:{message.category}:{message.language}:gagyo",
            "Auto-Submitted": "auto-generated",
            "Content-Language": message.language,
            **message.headers,
        },
    )
    email.attach_alternative(message.html, "text/html")
    return email


@contextmanager
def connect() -> Iterator[BaseEmailBackend]:
    """An open connection to the mail server of the settings.

    Raises NotTaken when there is none to be had. Trouble while closing changes nothing any more.
    """
    try:
        connection = get_connection()
        connection.open()
    except (OSError, ImportError, ImproperlyConfigured, AnymailError) as error:
        raise NotTaken(_described(error), retryable=True) from error
    try:
        yield connection
    finally:
        try:
            connection.close()
        except OSError as error:
            logger.info("closing the mail connection: %s", error)


def hand_over(connection: BaseEmailBackend, email: OutboxEmail) -> str:
    """Return when the server has taken the mail: the provider's own name for it, if it gave one.

    Raises NotTaken or FateUnknown otherwise.
    """
    try:
        taken = connection.send_messages([email])
    except smtplib.SMTPException as error:
        raise _smtp_verdict(error, connection) from error
    except AnymailError as error:
        raise _provider_verdict(error) from error
    except OSError as error:
        raise _broken_off(error, connection) from error
    except ValueError as error:
        # An address or header that cannot be written; found before anything is sent.
        raise NotTaken(_described(error), retryable=False) from error
    if not taken:
        raise NotTaken("The mail backend sent nothing.", retryable=False)
    status = getattr(email, "anymail_status", None)
    return str(getattr(status, "message_id", None) or "").strip("<>")


def _smtp_verdict(
    error: smtplib.SMTPException, connection: BaseEmailBackend
) -> NotTaken | FateUnknown:
    """An answer with a code is definite, in whatever phase it came."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        return _answered(code, reply, at_recipient=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotTaken(_described(error), retryable=False)
    return _broken_off(error, connection)


def _answered(code: int, reply: bytes | str, *, at_recipient: bool = False) -> NotTaken:
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    permanent = 500 <= code < 600
    return NotTaken(
        f"{code} {words}",
        retryable=not permanent,
        dead_address=permanent and at_recipient and bool(DEAD_ADDRESS.search(words)),
    )


def _broken_off(error: OSError, connection: BaseEmailBackend) -> NotTaken | FateUnknown:
    """The connection ended without an answer: harmless before the mail's text was under way.

    Only our own backend knows how far it came; any other one leaves it open.
    """
    smtp = getattr(connection, "connection", None)
    if getattr(smtp, "is_text_under_way", True):
        return FateUnknown(_described(error))
    return NotTaken(_described(error), retryable=True)


def _provider_verdict(error: AnymailError) -> NotTaken | FateUnknown:
    if isinstance(error, AnymailRecipientsRefused):
        return NotTaken(_described(error), retryable=False, dead_address=True)
    if not isinstance(error, AnymailAPIError):
        return NotTaken(_described(error), retryable=False)
    status = error.status_code
    if status is not None and 200 <= status < 300:
        return FateUnknown(_described(error))
    if status is not None:
        later = status == TOO_MANY_REQUESTS or status >= 500
        return NotTaken(_described(error), retryable=later)
    if _is_before_request(error.__cause__):
        return NotTaken(_described(error), retryable=True)
    return FateUnknown(_described(error))


def _is_before_request(cause: BaseException | None) -> bool:
    """Whether no connection was made at all (refused, no such host, time-out while connecting)."""
    if isinstance(cause, requests.ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    return isinstance(cause, requests.ConnectionError) and type(reason).__name__ in {
        "NewConnectionError",
        "NameResolutionError",
        "ConnectTimeoutError",
        "SSLError",
    }


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
