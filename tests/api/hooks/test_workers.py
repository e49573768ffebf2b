"""Real workers on the real broker: told without delay, and told all the same when one is killed."""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from api.hooks.choices import CHOSEN, DeliveryState, Failure
from api.hooks.models import Attempt, Delivery
from api.hooks.services import deliver, make_endpoint, record_event, recover_lost
from api.hooks.services.delivery import LOST_AFTER
from api.hooks.tasks import sweep
from config.celery import app
from mailing.choices import MessageState
from mailing.models import Message
from tests.api.hooks.receiver import silent
from tests.factories import StaffFactory
from tests.mailing.test_writing import write as write_mail

pytestmark = pytest.mark.django_db(transaction=True)


def listen(receiver):
    return make_endpoint(
        name="CRM",
        address=receiver.url,
        types=[each.value for each in CHOSEN],
        actor=StaffFactory(),
        now=timezone.now(),
    )


def happen(number=1):
    for each in range(number):
        with transaction.atomic():
            data = {"number": each}
            record_event(type="match.approved", key="match:1", data=data, now=timezone.now())


def until(is_so, patience=20):
    end = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def all_delivered():
    return not Delivery.objects.exclude(state=DeliveryState.DELIVERED).exists()


def power_cut(pid):
    """The worker and the process of its pool that holds the connection."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)


def test_events_follow_one_another_without_a_sweep(celery_worker, receiver):
    listen(receiver)
    happen(3)
    until(all_delivered)
    numbers = [each.sequence for each in Delivery.objects.order_by("delivered_at", "sequence")]
    assert numbers == [1, 2, 3]
    assert len(receiver.heard) == 3


def test_what_a_lost_broker_did_not_carry_is_found_by_the_sweep(celery_worker, receiver):
    listen(receiver)
    send_task = app.send_task
    app.send_task = lambda *args, **kwargs: (_ for _ in ()).throw(ConnectionError)
    happen(2)
    app.send_task = send_task
    assert receiver.heard == []
    sweep()
    until(all_delivered)
    assert len(receiver.heard) == 2


def test_a_receiver_that_hangs_holds_up_no_mail(start_worker_process, receiver, smtp_server):
    receiver.behave(silent)
    for _each in range(3):
        listen(receiver)
    env = {"MAIL_URL": smtp_server.url, "WEBHOOKS_TOTAL_SECONDS": "60"}
    start_worker_process("--queues", "celery", **env)
    two = ("--pool", "threads", "--concurrency", "2")
    start_worker_process("--queues", "webhooks", *two, **env)
    happen()
    # Whoever may call receivers waits for one, and one more delivery waits for them.
    until(lambda: receiver.connections == 2)
    mail = write_mail(now=timezone.now())
    until(lambda: Message.objects.get(pk=mail.pk).state == MessageState.SENT)
    states = sorted(Delivery.objects.values_list("state", flat=True))
    assert states == [DeliveryState.SENDING, DeliveryState.SENDING, DeliveryState.WAITING]
    assert len(smtp_server.received) == 1


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(start_worker_process, receiver):
    listen(receiver)
    child = start_worker_process()
    receiver.before = lambda: power_cut(child.popen.pid)
    happen()
    until(lambda: child.popen.poll() is not None)
    app.control.purge()
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.SENDING
    receiver.before = None
    later = timezone.now() + LOST_AFTER + timedelta(seconds=1)
    assert recover_lost(now=later, jitter=0) == 1
    delivery.refresh_from_db()
    deliver(delivery_id=delivery.pk, now=delivery.due_at, jitter=0)
    assert all_delivered()
    # The receiver tells by the id that it is the same event.
    first, second = receiver.heard
    assert first.body == second.body
    assert list(Attempt.objects.values_list("failure", flat=True)) == [Failure.LOST, ""]
