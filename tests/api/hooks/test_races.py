"""Two at once: nothing is told twice by us, nothing is lost."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api.hooks.choices import DeliveryState, EndpointState
from api.hooks.models import Attempt, Delivery, Endpoint
from api.hooks.services import (
    change_endpoint,
    deliver,
    due_by_endpoint,
    pause_endpoint,
    record_event,
    remove_endpoint,
    replay_delivery,
    resume_endpoint,
    rotate_secret,
)
from tests.api.hooks.conftest import NOW, tell
from tests.api.hooks.receiver import answer
from tests.matching.concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def go(delivery, now=NOW):
    return deliver(delivery_id=delivery.pk, now=now, jitter=0.5)


def test_two_workers_with_one_delivery(endpoint_at, receiver):
    endpoint_at(receiver.url)
    tell(3)
    first = Delivery.objects.get(sequence=1)
    at_once(*[lambda: go(first) for _each in range(4)])
    assert len(receiver.heard) == 1
    assert Attempt.objects.count() == 1


def test_many_workers_keep_the_order_of_each_key(endpoint_at, receiver):
    """Workers that take whatever is due, in any order, all of the time."""
    endpoint_at(receiver.url)
    keys = ("match:1", "match:2")
    for key in keys:
        tell(4, key=key)

    def work():
        for _each in range(12):
            for pk in reversed(list(Delivery.objects.values_list("pk", flat=True))):
                deliver(delivery_id=pk, now=NOW, jitter=0.5)
        connection.close()

    at_once(work, work, work)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}
    assert len(receiver.heard) == 8
    ids = {str(each.pk): each for each in Delivery.objects.all()}
    told = [ids[heard.headers["Gagyo-Delivery"]] for heard in receiver.heard]
    for key in keys:
        assert [each.sequence for each in told if each.key == key] == [1, 2, 3, 4]


def test_two_effects_at_once_are_numbered_in_the_order_of_their_transactions(endpoint_at, receiver):
    endpoint_at(receiver.url)
    ended = at_once(*[lambda: tell(5) for _each in range(3)])
    assert ended == ["done"] * 3
    numbers = Delivery.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(numbers) == list(range(1, 16))


def test_what_did_not_happen_is_not_told(endpoint_at, receiver):
    endpoint_at(receiver.url)
    with transaction.atomic():
        record_event(type="match.approved", key="match:1", data={}, now=NOW)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    tell()
    assert Delivery.objects.get().sequence == 1


def test_a_slow_receiver_holds_two_workers_no_more(endpoint_at, receiver):
    endpoint_at(receiver.url)
    for each in range(3):
        tell(key=f"match:{each}")
    one, two, three = Delivery.objects.order_by("key")
    Delivery.objects.filter(pk__in=[one.pk, two.pk]).update(
        state=DeliveryState.SENDING, claim=one.pk, claimed_at=NOW
    )
    assert go(three) is None
    assert list(due_by_endpoint(NOW)) == [three.pk]


def during(receiver, step):
    """Let `step` happen while the request is on its way."""

    def happen():
        step()
        connection.close()

    receiver.before = happen


def test_what_happens_while_an_event_is_on_its_way_is_woken_after_it(
    endpoint_at, receiver, monkeypatch
):
    """Its own message is turned back, as the earlier event of the key is still open."""
    endpoint_at(receiver.url)
    tell(now=timezone.now())
    first, woken = Delivery.objects.get(), []

    def later():
        tell(now=timezone.now())
        assert go(Delivery.objects.get(sequence=2), now=timezone.now()) is None

    during(receiver, later)
    monkeypatch.setattr("common.jobs._send", lambda _name, task, _eta: woken.append(task))
    assert go(first, now=timezone.now()).state == DeliveryState.DELIVERED
    second = {"delivery_id": str(Delivery.objects.get(sequence=2).pk)}
    assert woken == [second, second]


def test_a_secret_is_rotated_while_an_event_is_on_its_way(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    actor = endpoint.owner
    tell(2)
    first, second = Delivery.objects.order_by("sequence")
    day = timedelta(days=1)
    during(receiver, lambda: rotate_secret(endpoint=endpoint, overlap=day, actor=actor, now=NOW))
    assert go(first).state == DeliveryState.DELIVERED
    receiver.before = None
    assert go(second).state == DeliveryState.DELIVERED
    marks = [each.headers["Gagyo-Signature"].count("v1=") for each in receiver.heard]
    assert marks == [1, 2]


@pytest.mark.parametrize("status", [204, 500])
def test_it_is_paused_while_an_event_is_on_its_way(endpoint_at, receiver, status):
    endpoint = endpoint_at(receiver.url)
    receiver.behave(answer(status))
    tell(2)
    first, second = Delivery.objects.order_by("sequence")
    during(receiver, lambda: pause_endpoint(endpoint=endpoint, actor=endpoint.owner, now=NOW))
    delivered = go(first)
    is_told = status == 204
    assert delivered.state == (DeliveryState.DELIVERED if is_told else DeliveryState.WAITING)
    receiver.before = None
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.PAUSED
    assert go(second, now=NOW + timedelta(days=1)) is None
    receiver.behave(answer())
    later = NOW + timedelta(days=1)
    resume_endpoint(endpoint=endpoint, actor=endpoint.owner, now=later)
    for each in (first, second):
        go(each, now=later)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}
    assert len(receiver.heard) == (2 if is_told else 3)


def test_it_is_removed_while_an_event_is_on_its_way(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    tell()
    during(receiver, lambda: remove_endpoint(endpoint=endpoint, actor=endpoint.owner, now=NOW))
    go(Delivery.objects.get())
    assert len(receiver.heard) == 1
    assert not Endpoint.objects.exists()
    assert not Attempt.objects.exists()


def test_its_address_changes_while_an_event_waits(endpoint_at, receiver):
    endpoint = endpoint_at("http://127.0.0.1:9/")
    tell()
    change_endpoint(
        endpoint=endpoint,
        name="CRM",
        address=receiver.url,
        types=endpoint.types,
        actor=endpoint.owner,
        now=NOW,
    )
    assert go(Delivery.objects.get()).state == DeliveryState.DELIVERED


def test_asked_for_twice_at_once_it_goes_out_once(endpoint_at, receiver):
    endpoint = endpoint_at(receiver.url)
    tell()
    delivery = Delivery.objects.get()
    go(delivery)

    def again():
        replay_delivery(delivery=Delivery.objects.get(), actor=endpoint.owner, now=NOW)

    assert sorted(at_once(again, again)) == ["StateChanged", "done"]
    at_once(lambda: go(delivery), lambda: go(delivery))
    assert len(receiver.heard) == 2
