"""Delivery against a real SMTP server that misbehaves: retries, back-off, doubts, suppression."""

import smtplib
import socket
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailing.choices import Category, MessageState, SuppressionReason
from mailing.models import Message, Suppression
from mailing.services import deliver_message, recover_stuck_messages, suppress
from mailing.services.delivery import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    STUCK_AFTER,
    retry_wait,
)
from tests.mailing.conftest import NOW


def deliver(mail, *, now=NOW, jitter=0.5):
    deliver_message(message=Message.objects.get(pk=mail.pk), now=now, jitter=jitter)
    mail.refresh_from_db()
    return mail


def test_a_due_mail_is_sent(waiting_mail, smtp_server):
    mail = deliver(waiting_mail())
    assert mail.state == MessageState.SENT
    assert mail.sent_at == mail.handed_over_at == NOW
    assert mail.attempts == 1
    assert len(smtp_server.to("sato@kyushu.example")) == 1


def test_a_sent_mail_is_not_sent_again(waiting_mail, smtp_server):
    mail = deliver(waiting_mail())
    deliver(mail)
    assert len(smtp_server.received) == 1


def test_a_stale_copy_of_the_row_sends_nothing(waiting_mail, smtp_server):
    mail = waiting_mail()
    stale = Message.objects.get(pk=mail.pk)
    deliver(mail)
    assert deliver_message(message=stale, now=NOW, jitter=0).state == MessageState.SENT
    assert len(smtp_server.received) == 1


def test_a_mail_waits_for_its_time(waiting_mail, smtp_server):
    mail = waiting_mail(send_after=NOW + timedelta(minutes=10))
    assert deliver(mail).state == MessageState.QUEUED
    assert deliver(mail, now=NOW + timedelta(minutes=10)).state == MessageState.SENT


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_temporary_refusal_is_tried_again_later(waiting_mail, smtp_server, stage):
    smtp_server.refuse("451 4.3.0 try later", at=stage)
    mail = deliver(waiting_mail())
    assert mail.state == MessageState.QUEUED
    assert mail.send_after == NOW + FIRST_WAIT
    assert mail.handed_over_at is None
    assert "451" in mail.last_error
    smtp_server.behave()
    assert deliver(mail, now=mail.send_after).state == MessageState.SENT
    assert mail.last_error == ""
    assert len(smtp_server.received) == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_final_refusal_fails(waiting_mail, smtp_server, stage):
    smtp_server.refuse("554 5.7.1 not from you", at=stage)
    mail = deliver(waiting_mail())
    assert mail.state == MessageState.FAILED
    assert not Suppression.objects.exists()


def test_a_dead_address_is_never_written_to_again(waiting_mail, smtp_server):
    smtp_server.refuse("550 5.1.1 no such user", at="RCPT")
    assert deliver(waiting_mail(to="Gone@kyushu.example")).state == MessageState.FAILED
    row = Suppression.objects.get()
    assert (row.address, row.category, row.reason) == ("gone@kyushu.example", "", "bounced")
    smtp_server.behave()
    assert deliver(waiting_mail(to="gone@kyushu.example")).state == MessageState.SUPPRESSED
    assert smtp_server.received == []


def test_no_server_means_later(waiting_mail, smtp_server, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    mail = deliver(waiting_mail())
    assert mail.state == MessageState.QUEUED
    assert mail.handed_over_at is None


def test_a_connection_cut_after_the_text_leaves_a_doubt(waiting_mail, smtp_server):
    smtp_server.cut()
    mail = deliver(waiting_mail())
    assert mail.state == MessageState.UNCERTAIN
    assert mail.handed_over_at == NOW
    assert len(smtp_server.received) == 1
    smtp_server.behave()
    deliver(mail, now=NOW + timedelta(days=3))
    assert recover_stuck_messages(now=NOW + timedelta(days=3)) == 0
    assert len(smtp_server.received) == 1


def test_a_time_out_after_the_text_leaves_a_doubt(waiting_mail, smtp_server, settings):
    settings.EMAIL_TIMEOUT = 0.3
    smtp_server.delay(1)
    assert deliver(waiting_mail()).state == MessageState.UNCERTAIN


def test_a_connection_cut_before_the_text_is_no_doubt(waiting_mail, smtp_server, settings):
    """A server that hangs up when it hears of the recipient has surely not taken the mail."""
    with hanging_up_after(b"RCPT") as port:
        settings.EMAIL_PORT = port
        mail = deliver(waiting_mail())
    assert mail.state == MessageState.QUEUED
    assert "SMTPServerDisconnected" in mail.last_error


def test_attempts_come_to_an_end(waiting_mail, smtp_server):
    smtp_server.refuse("451 try later")
    mail = waiting_mail()
    now = NOW
    while mail.state == MessageState.QUEUED:
        deliver(mail, now=now)
        now = mail.send_after
    assert mail.state == MessageState.FAILED
    assert mail.attempts == MAX_ATTEMPTS
    assert timedelta(hours=12) < now - NOW < timedelta(hours=48)


@given(attempts=st.integers(1, 40), jitter=st.floats(0, 1, exclude_max=True))
def test_waits_double_up_to_a_limit(attempts, jitter):
    wait = retry_wait(attempts, jitter)
    middle = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    assert middle * 0.75 <= wait <= middle * 1.25
    assert retry_wait(attempts + 1, jitter) >= wait


def test_a_refused_category_is_not_sent_and_others_are(waiting_mail, smtp_server):
    suppress(
        address="SATO@kyushu.example",
        category=Category.MATCHES,
        reason=SuppressionReason.UNSUBSCRIBED,
        now=NOW,
    )
    refused = deliver(waiting_mail())
    account = deliver(waiting_mail(category=Category.ACCOUNT))
    assert (refused.state, refused.last_error) == (MessageState.SUPPRESSED, "unsubscribed")
    assert account.state == MessageState.SENT
    assert len(smtp_server.received) == 1


def test_promotion_written_before_the_consent_was_withdrawn_stays_here(waiting_mail, smtp_server):
    mail = deliver(waiting_mail(category=Category.PROMOTIONAL))
    assert mail.state == MessageState.SUPPRESSED
    assert smtp_server.received == []


def test_a_bad_address_fails_without_asking_the_server(waiting_mail, smtp_server):
    mail = deliver(waiting_mail(to="sato@kyushu.example, suzuki@kyushu.example"))
    assert mail.state == MessageState.FAILED
    assert smtp_server.received == []


def test_stuck_before_the_hand_over_waits_again(waiting_mail):
    mail = waiting_mail(state=MessageState.SENDING, claimed_at=NOW, attempts=1)
    assert recover_stuck_messages(now=NOW + STUCK_AFTER) == 0
    later = NOW + STUCK_AFTER + timedelta(seconds=1)
    assert recover_stuck_messages(now=later) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.send_after) == (MessageState.QUEUED, later)


def test_stuck_after_the_hand_over_is_uncertain(waiting_mail):
    mail = waiting_mail(state=MessageState.SENDING, claimed_at=NOW, handed_over_at=NOW, attempts=1)
    assert recover_stuck_messages(now=NOW + STUCK_AFTER * 2) == 1
    mail.refresh_from_db()
    assert mail.state == MessageState.UNCERTAIN


def test_a_mail_that_kills_every_worker_fails_in_the_end(waiting_mail):
    mail = waiting_mail(state=MessageState.SENDING, claimed_at=NOW, attempts=MAX_ATTEMPTS)
    recover_stuck_messages(now=NOW + STUCK_AFTER * 2)
    mail.refresh_from_db()
    assert mail.state == MessageState.FAILED


def test_a_slow_worker_may_still_say_that_it_was_sent(waiting_mail, smtp_server, monkeypatch):
    """The sweep took it for dead while the server was answering; the answer still counts."""
    mail = waiting_mail()

    def taken_for_dead(self, mail_options, rcpt_options=()):
        Message.objects.filter(pk=mail.pk).update(claimed_at=NOW - STUCK_AFTER * 2)
        recover_stuck_messages(now=NOW)
        Message.objects.filter(pk=mail.pk).update(claimed_at=NOW)
        return smtplib.SMTP.mail(self, mail_options, rcpt_options)

    monkeypatch.setattr("mailing.smtp.PhasedSmtp.mail", taken_for_dead, raising=False)
    assert deliver(mail).state == MessageState.SENT


class hanging_up_after:
    """A server that speaks SMTP until it hears `command`, then closes the connection."""

    def __init__(self, command: bytes) -> None:
        self.command = command

    def __enter__(self) -> int:
        import threading

        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self.socket.getsockname()[1]

    def __exit__(self, *_error: object) -> None:
        self.socket.close()
        self.thread.join(5)

    def _serve(self) -> None:
        connection, _address = self.socket.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 hello\r\n")
            for line in lines:
                if line.upper().startswith(self.command):
                    return
                connection.sendall(b"250 ok\r\n")
