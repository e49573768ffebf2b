"""SMTP that knows how far it came, so that a broken connection is a doubt only when it must be."""

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _Phases:
    """`is_text_under_way` turns true when the first byte of a mail's text may have left.

    Until then the server cannot have taken the mail, whatever happens to the connection.
    """

    is_text_under_way = False
    _is_data_open = False

    def putcmd(self, cmd: str, args: str = "") -> None:
        self._is_data_open = False
        super().putcmd(cmd, args)  # type: ignore[misc]
        self._is_data_open = cmd.lower() == "data"

    def send(self, s: Any) -> None:
        self.is_text_under_way |= self._is_data_open
        super().send(s)  # type: ignore[misc]


class PhasedSmtp(_Phases, smtplib.SMTP):
    pass


class PhasedSmtpOverTls(_Phases, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    """Django's SMTP backend over such a connection; one mail a connection."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return PhasedSmtpOverTls if self.use_ssl else PhasedSmtp
