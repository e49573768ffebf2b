"""The doors of the worker: a lost message costs half a minute, a missing row nothing."""

import time
from uuid import uuid4

from django.utils import timezone

from config.celery import app
from mailing.choices import MessageState
from mailing.models import Message
from mailing.tasks import deliver
from tests.mailing.test_writing import write


def test_a_missing_row_is_no_error(db):
    deliver(str(uuid4()))


def test_a_mail_goes_out_by_itself(celery_worker, smtp_server):
    mail = write(now=timezone.now())
    assert state_soon(mail) == MessageState.SENT
    assert len(smtp_server.received) == 1


def test_the_sweep_finds_a_mail_whose_message_was_lost(celery_worker, waiting_mail, smtp_server):
    mail = waiting_mail()
    app.send_task("mailing.sweep_outbox")
    assert state_soon(mail) == MessageState.SENT


def test_the_sweep_is_on_the_schedule():
    assert app.conf.beat_schedule["mailing.sweep_outbox"]["task"] == "mailing.sweep_outbox"


def state_soon(mail):
    """The state once it is no longer on its way (10 seconds at most)."""
    for _attempt in range(200):
        state = Message.objects.get(pk=mail.pk).state
        if state not in (MessageState.QUEUED, MessageState.SENDING):
            return state
        time.sleep(0.05)
    return state
