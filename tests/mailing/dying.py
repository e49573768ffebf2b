"""Mail backends that take their process with them, for the tests that kill at each step.

`python -m tests.mailing.dying MESSAGE_ID` delivers one mail as the task does; EMAIL_BACKEND says
with which of them.
"""

import os
import sys
from typing import Any

from mailing.smtp import SmtpBackend

KILLED = 9


def die() -> None:
    """As kill -9 does: nothing is flushed, closed or rolled back by us."""
    os._exit(KILLED)


class WhileConnecting(SmtpBackend):
    """After the claim, before the hand-over is noted."""

    def open(self) -> Any:
        die()


class BeforeHandingOver(SmtpBackend):
    """The hand-over is noted, the server has heard nothing."""

    def send_messages(self, email_messages: Any) -> int:
        die()
        return 0


class AfterHandingOver(SmtpBackend):
    """The server has said yes, nobody has written that down."""

    def send_messages(self, email_messages: Any) -> int:
        super().send_messages(email_messages)
        die()
        return 0


class AfterRecording(SmtpBackend):
    """All is written down, the connection is still open."""

    def close(self) -> None:
        die()


if __name__ == "__main__":
    import django

    django.setup()
    from mailing.tasks import deliver

    deliver(sys.argv[1])
