"""Receivers that are down, slow, lying or leading elsewhere: nothing is lost, nothing leaks."""

import hashlib
import hmac
import json
import socket
from datetime import timedelta

import pytest

from api.hooks.choices import DeliveryState, EndpointState, Failure
from api.hooks.models import Attempt, Delivery, Stream
from api.hooks.services import (
    deliver,
    due_by_endpoint,
    pause_endpoint,
    recover_lost,
    replay_delivery,
    replay_failed,
    resume_endpoint,
    rotate_secret,
)
from api.hooks.services.delivery import LOST_AFTER, most_tries, nominal_wait
from common.errors import StateChanged
from mailing.models import Message
from tests.api.hooks.conftest import NOW, tell
from tests.api.hooks.receiver import Receiver, answer, dripping, flooding, raw, silent

pytestmark = pytest.mark.django_db(transaction=True)


def go(now=NOW, delivery=None):
    """What a worker does with a delivery; by default with the only one there is."""
    one = delivery or Delivery.objects.get()
    return deliver(delivery_id=one.pk, now=now, jitter=0.5)


def test_an_event_is_told_once_signed_and_with_its_place(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    tell()
    assert go().state == DeliveryState.DELIVERED
    assert go() is None
    (heard,) = receiver.heard
    delivery = Delivery.objects.get()
    assert json.loads(heard.body) == {
        "id": str(delivery.event_id),
        "type": "match.approved",
        "created": NOW.isoformat(),
        "api_version": "v1",
        "key": "match:1",
        "sequence": 1,
        "data": {"number": 0},
    }
    assert heard.line == "POST /hook HTTP/1.1"
    assert heard.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert heard.headers["Gagyo-Event"] == "match.approved"
    assert heard.headers["Gagyo-Delivery"] == str(delivery.pk)
    moment, mark = heard.headers["Gagyo-Signature"].split(",")
    signed = moment.removeprefix("t=").encode() + b"." + heard.body
    expected = hmac.new(endpoint.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert mark == f"v1={expected}"
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.failure, attempt.ip) == (204, "", "127.0.0.1")
    assert "Gagyo-Signature" not in attempt.sent


def test_a_receiver_that_is_down_hears_it_when_it_is_back(endpoint_at, quick):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    endpoint_at(f"http://127.0.0.1:{port}/")
    tell()
    delivery = go()
    assert (delivery.state, delivery.tries) == (DeliveryState.WAITING, 1)
    assert delivery.due_at == NOW + nominal_wait(1)
    assert go(now=NOW + timedelta(seconds=5)) is None
    assert Attempt.objects.get().failure == Failure.CONNECTION
    back = Receiver()
    Delivery.objects.get().endpoint.__class__.objects.update(address=back.url)
    assert go(now=delivery.due_at).state == DeliveryState.DELIVERED
    assert len(back.heard) == 1
    back.close()


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        (silent, Failure.TIMEOUT),
        (dripping(), Failure.TIMEOUT),
        (dripping(b"HTTP/1.1 200 OK\r\nX-Long: "), Failure.TIMEOUT),
        (raw(b"\x16\x03\x01 this is not the web\r\n\r\n"), Failure.PROTOCOL),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), Failure.PROTOCOL),
        (raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 9000), Failure.PROTOCOL),
        (raw(b""), Failure.CONNECTION),
        (answer(500, body=b"broken"), Failure.STATUS),
        (answer(301, ["Location: https://example.com/"]), Failure.STATUS),
    ],
    ids=[
        "silent",
        "drips",
        "drips a header",
        "garbage",
        "headers",
        "100s",
        "hangs up",
        "500",
        "301",
    ],
)
def test_what_is_no_success_is_tried_again(endpoint_at, receiver, quick, behaviour, failure):
    endpoint = endpoint_at(receiver.url)
    receiver.behave(behaviour, answer())
    tell()
    first = go()
    assert (first.state, first.tries) == (DeliveryState.WAITING, 1)
    attempt = Attempt.objects.get()
    assert attempt.failure == failure
    assert attempt.milliseconds < 2000
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (1, NOW)
    assert go(now=first.due_at).state == DeliveryState.DELIVERED
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)
    # The same event, under the same names, with a signature of its own time.
    one, two = receiver.heard
    assert one.body == two.body
    assert one.headers["Gagyo-Delivery"] == two.headers["Gagyo-Delivery"]
    assert one.headers["Gagyo-Signature"] != two.headers["Gagyo-Signature"]


@pytest.mark.parametrize(
    "behaviour",
    [
        flooding,
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n\x00\xff"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk"),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    ids=["huge", "too short", "negative", "bad chunks", "drips"],
)
def test_a_success_counts_whatever_its_body_pretends(endpoint_at, receiver, quick, behaviour):
    endpoint_at(receiver.url)
    receiver.behave(behaviour)
    tell()
    assert go().state == DeliveryState.DELIVERED
    attempt = Attempt.objects.get()
    assert len(attempt.body) <= 2048
    assert "\x00" not in attempt.body
    assert attempt.milliseconds < 2000


def test_nobody_is_led_elsewhere(endpoint_at, receiver, quick):
    inner = Receiver()
    endpoint_at(receiver.url)
    receiver.behave(*[answer(code, [f"Location: {inner.url}"]) for code in (301, 302, 303, 307)])
    tell()
    now = NOW
    for _each in range(4):
        now = go(now=now).due_at
    assert inner.connections == 0
    assert set(Attempt.objects.values_list("failure", flat=True)) == {Failure.STATUS}
    inner.close()


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_rest_has_it(endpoint_at, receiver, status):
    endpoint_at(receiver.url)
    receiver.behave(answer(status, ["Retry-After: 600"]), answer())
    tell()
    tell(key="match:2")
    first, other = Delivery.objects.order_by("key")
    assert go(delivery=first).due_at == NOW + timedelta(seconds=600)
    assert go(delivery=other, now=NOW + timedelta(seconds=599)) is None
    assert go(delivery=other, now=NOW + timedelta(seconds=600)).state == DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("Mon, 23 Nov 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("999999999999999999999", timedelta(days=1)),
        ("-5", timedelta(seconds=30)),
        ("soon", timedelta(seconds=30)),
        ("Mon, 23 Nov 2020 09:10:00 GMT", timedelta(seconds=30)),
    ],
)
def test_retry_after_in_all_its_forms(endpoint_at, receiver, asked, wait):
    endpoint_at(receiver.url)
    receiver.behave(answer(500, [f"Retry-After: {asked}"]))
    tell()
    assert go().due_at == NOW + wait


def test_it_is_given_up_after_three_days_and_can_be_told_again(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    receiver.behave(answer(500))
    tell()
    now = NOW
    for number in range(most_tries()):
        delivery = go(now=now)
        assert delivery.tries == number + 1
        now = delivery.due_at
    assert delivery.state == DeliveryState.GIVEN_UP
    assert timedelta(days=2.5) < now - NOW <= timedelta(days=3)
    assert go(now=now + timedelta(days=9)) is None
    # On the way the endpoint itself was switched off: its people look first.
    endpoint.refresh_from_db()
    actor = endpoint.owner
    if endpoint.state != EndpointState.ACTIVE:
        with pytest.raises(StateChanged):
            replay_delivery(delivery=delivery, actor=actor, now=now)
        resume_endpoint(endpoint=endpoint, actor=actor, now=now)
    receiver.behave(answer())
    assert replay_failed(endpoint=endpoint, since=now, actor=actor, now=now) == 0
    assert replay_failed(endpoint=endpoint, since=NOW, actor=actor, now=now) == 1
    assert replay_failed(endpoint=endpoint, since=NOW, actor=actor, now=now) == 0
    assert go(now=now).state == DeliveryState.DELIVERED
    assert receiver.heard[0].body == receiver.heard[-1].body


def test_a_later_event_of_a_key_waits_for_the_earlier_one(endpoint_at, receiver):
    endpoint_at(receiver.url)
    receiver.behave(answer(500), answer())
    tell(2)
    tell(key="match:2")
    first, second = Delivery.objects.filter(key="match:1").order_by("sequence")
    other = Delivery.objects.get(key="match:2")
    assert (first.sequence, second.sequence, other.sequence) == (1, 2, 1)
    assert go(delivery=second) is None
    due = go(delivery=first).due_at
    assert go(delivery=second, now=NOW) is None
    # Another key does not wait.
    assert go(delivery=other).state == DeliveryState.DELIVERED
    assert go(delivery=first, now=due).state == DeliveryState.DELIVERED
    assert go(delivery=second, now=due).state == DeliveryState.DELIVERED
    told = [json.loads(each.body)["data"]["number"] for each in receiver.heard]
    assert told == [0, 0, 0, 1]


def test_numbers_go_on_when_an_old_event_is_forgotten(endpoint_at, receiver):
    endpoint_at(receiver.url)
    tell(2)
    Delivery.objects.all().delete()
    tell()
    assert Delivery.objects.get().sequence == 3
    assert Stream.objects.get().last == 3


def test_gone_means_gone(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    receiver.behave(answer(410))
    tell(2)
    first, second = Delivery.objects.order_by("sequence")
    assert go(delivery=first).state == DeliveryState.GIVEN_UP
    second.refresh_from_db()
    endpoint.refresh_from_db()
    assert second.state == DeliveryState.GIVEN_UP
    assert endpoint.state == EndpointState.GONE
    tell()
    assert Delivery.objects.count() == 2
    assert Message.objects.get(kind="webhook_off").to == endpoint.owner.email


def test_long_failing_switches_off_but_what_happens_gathers(endpoint_at, receiver, settings):
    settings.WEBHOOKS_FAILURES, settings.WEBHOOKS_FAILING = 3, timedelta(hours=1)
    endpoint = endpoint_at(receiver.url)
    receiver.behave(answer(500))
    tell(key="match:1")
    tell(key="match:2")
    tell(key="match:3")
    tell(key="match:4")
    deliveries = list(Delivery.objects.order_by("key"))
    for each in deliveries[:3]:
        go(delivery=each)
    endpoint.refresh_from_db()
    # Three failures within a moment are one outage.
    assert endpoint.state == EndpointState.ACTIVE
    go(delivery=deliveries[3], now=NOW + timedelta(hours=1))
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.BROKEN
    assert Message.objects.filter(kind="webhook_off").count() == 1
    later = NOW + timedelta(hours=2)
    tell(key="match:5", now=later)
    assert list(due_by_endpoint(later)) == []
    receiver.behave(answer())
    resume_endpoint(endpoint=endpoint, actor=endpoint.owner, now=later)
    for each in Delivery.objects.all():
        go(delivery=each, now=later)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_a_paused_endpoint_gathers(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    pause_endpoint(endpoint=endpoint, actor=endpoint.owner, now=NOW)
    with pytest.raises(StateChanged):
        pause_endpoint(endpoint=endpoint, actor=endpoint.owner, now=NOW)
    tell()
    assert go() is None
    resume_endpoint(endpoint=endpoint, actor=endpoint.owner, now=NOW)
    assert go().state == DeliveryState.DELIVERED


def test_both_secrets_sign_until_the_old_one_ends(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    day = timedelta(days=1)
    new = rotate_secret(endpoint=endpoint, overlap=day, actor=endpoint.owner, now=NOW)
    tell(2)
    first, second = Delivery.objects.order_by("sequence")
    go(delivery=first, now=NOW + timedelta(hours=23))
    go(delivery=second, now=NOW + day)
    signatures = [each.headers["Gagyo-Signature"].split(",") for each in receiver.heard]
    assert [len(each) for each in signatures] == [3, 2]
    for heard, marks, secrets in zip(
        receiver.heard, signatures, ([new, endpoint.secret], [new]), strict=True
    ):
        signed = marks[0].removeprefix("t=").encode() + b"." + heard.body
        assert marks[1:] == [
            "v1=" + hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets
        ]


def test_what_a_dead_worker_had_is_taken_back(endpoint_at, receiver):
    endpoint_at(receiver.url)
    tell(2)
    first, second = Delivery.objects.order_by("sequence")
    Delivery.objects.filter(pk=first.pk).update(
        state=DeliveryState.SENDING, claim=first.pk, claimed_at=NOW
    )
    assert recover_lost(now=NOW + LOST_AFTER, jitter=0.5) == 0
    assert go(delivery=second, now=NOW + LOST_AFTER) is None
    later = NOW + LOST_AFTER + timedelta(seconds=1)
    assert recover_lost(now=later, jitter=0.5) == 1
    first.refresh_from_db()
    assert Attempt.objects.get().failure == Failure.LOST
    assert list(due_by_endpoint(first.due_at)) == [first.pk]
    assert go(delivery=first, now=first.due_at).state == DeliveryState.DELIVERED
