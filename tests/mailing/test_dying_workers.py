"""No mail is sent twice and none vanishes, whatever step the process dies at.

The processes are real and really killed; the SMTP server, the database and the broker are real.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from config.celery import app
from mailing.choices import MessageState
from mailing.models import Message
from mailing.services import deliver_message, recover_stuck_messages
from mailing.services.delivery import STUCK_AFTER
from tests.mailing.dying import KILLED

ROOT = Path(__file__).resolve().parents[2]


def environment(smtp_server, backend="mailing.smtp.SmtpBackend"):
    """What another process needs to use this test's database, broker and mail server."""
    base, _slash, options = os.environ["DATABASE_URL"].partition("?")
    url = base.rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": f"{url}?{options}" if options else url,
        "MAIL_URL": smtp_server.url,
        "EMAIL_BACKEND": backend,
    }


def deliver_and_die(mail, smtp_server, step):
    process = subprocess.run(
        [sys.executable, "-m", "tests.mailing.dying", str(mail.pk)],
        cwd=ROOT,
        env=environment(smtp_server, f"tests.mailing.dying.{step}"),
        capture_output=True,
        timeout=60,
    )
    assert process.returncode == KILLED, process.stderr.decode()
    mail.refresh_from_db()


def sweep_later(mail):
    """What beat does once the dead process's time is over, with a healthy worker."""
    later = timezone.now() + STUCK_AFTER + timedelta(minutes=1)
    recover_stuck_messages(now=later)
    for due in Message.objects.due(later):
        deliver_message(message=due, now=later, jitter=0)
    mail.refresh_from_db()


@pytest.mark.parametrize(
    ("step", "left_as", "ends_as", "copies"),
    [
        ("WhileConnecting", MessageState.SENDING, MessageState.SENT, 1),
        ("BeforeHandingOver", MessageState.SENDING, MessageState.UNCERTAIN, 0),
        ("AfterHandingOver", MessageState.SENDING, MessageState.UNCERTAIN, 1),
        ("AfterRecording", MessageState.SENT, MessageState.SENT, 1),
    ],
)
def test_a_process_dies_between_two_steps(
    waiting_mail, smtp_server, step, left_as, ends_as, copies
):
    mail = waiting_mail()
    deliver_and_die(mail, smtp_server, step)
    assert mail.state == left_as
    sweep_later(mail)
    assert mail.state == ends_as
    assert len(smtp_server.received) == copies
    sweep_later(mail)
    assert mail.state == ends_as
    assert len(smtp_server.received) == copies


def test_a_process_is_killed_while_the_server_thinks(waiting_mail, smtp_server):
    """The text is on its way and the answer has not come: only the recipient can know."""
    mail = waiting_mail()
    smtp_server.delay(3)
    with running([sys.executable, "-m", "tests.mailing.dying", str(mail.pk)], smtp_server):
        handed_over = Message.objects.filter(pk=mail.pk, handed_over_at__isnull=False)
        wait_until(handed_over.exists)
    smtp_server.behave()
    sweep_later(mail)
    assert mail.state == MessageState.UNCERTAIN
    assert len(smtp_server.received) <= 1


def test_workers_are_killed_in_the_middle_of_a_pile(waiting_mail, smtp_server):
    """Celery workers with their hands full are killed again and again until nothing waits.

    Afterwards every mail is sent or uncertain; each sent one arrived exactly once, no other one
    more than once.
    """
    app.control.purge()
    mails = [
        waiting_mail(to=f"person{number}@kyushu.example", send_after=timezone.now())
        for number in range(40)
    ]
    smtp_server.delay(0.05)
    for _round in range(2):
        with worker(smtp_server):
            app.send_task("mailing.sweep_outbox")
            before = len(smtp_server.received)
            wait_until(lambda seen=before: len(smtp_server.received) > seen + 3)
    smtp_server.behave()
    with worker(smtp_server):
        app.send_task("mailing.sweep_outbox")
        wait_until(lambda: not Message.objects.filter(state=MessageState.QUEUED).exists())
        wait_until(lambda: in_hand() <= 8)
    app.control.purge()
    for mail in mails:
        sweep_later(mail)
    copies = Counter(received.recipients[0] for received in smtp_server.received)
    states = {mail.to: mail.state for mail in mails}
    assert set(states.values()) <= {MessageState.SENT, MessageState.UNCERTAIN}
    assert max(copies.values()) == 1
    assert all(copies[to] == 1 for to, state in states.items() if state == MessageState.SENT)
    assert sum(state == MessageState.SENT for state in states.values()) >= len(mails) - 8


@contextmanager
def running(command, smtp_server):
    """The command as a process of its own, killed at the end of the block."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment(smtp_server))
    try:
        yield process
    finally:
        process.kill()
        assert process.wait(10) == -signal.SIGKILL


def worker(smtp_server):
    """A Celery worker of four threads."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=threads"]
    options = ["--concurrency=4", "--without-mingle", "--without-gossip", "--loglevel=CRITICAL"]
    return running([*command, *options], smtp_server)


def in_hand():
    return Message.objects.filter(state=MessageState.SENDING).count()


def wait_until(holds, *, seconds=40):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
