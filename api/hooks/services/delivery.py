"""The way of a delivery: at least once, in the order of its key, never by two workers at a time.

    waiting ─claim→ sending ─2xx→ delivered
       ↑──────────────┘ anything else, until its time is over → given up

Each arrow is one committed step under the endpoint's row lock. A worker that dies on the way leaves
`sending`, which the sweep takes back: the receiver may hear an event twice, by the same id.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from api.hooks.addresses import NotSent, read_address
from api.hooks.choices import DeliveryState, EndpointState, Failure
from api.hooks.models import Attempt, Delivery, Endpoint
from api.hooks.payloads import body_of
from api.hooks.services.switching import switch_off
from api.hooks.signing import secret_of, signature
from api.hooks.transport import Reply, post
from common.errors import RuleViolated
from common.jobs import kick

logger = logging.getLogger(__name__)

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=8)
LONGEST_REST: Final = timedelta(days=1)
# Longer than any request can take.
LOST_AFTER: Final = timedelta(minutes=2)
# One slow receiver holds so many workers, no more.
AT_ONCE: Final = 2
GONE: Final = 410
BUSY: Final = (429, 503)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went; `failure` is empty for a success."""

    failure: str
    milliseconds: int
    sent: dict[str, str]
    ip: str = ""
    reply: Reply | None = None

    @property
    def status(self) -> int | None:
        return self.reply.status if self.reply else None


def nominal_wait(failed: int) -> timedelta:
    """How long to wait after the `failed`-th failure (from 1): doubling, up to LONGEST_WAIT."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failed - 1, 20), LONGEST_WAIT)
    return wait


def retry_wait(failed: int, jitter: float) -> timedelta:
    """`jitter` in [0, 1) spreads the wait over ±25 %: a receiver that is back is not stormed."""
    return nominal_wait(failed) * (0.75 + jitter / 2)


def most_tries() -> int:
    """So many attempts fit into settings.WEBHOOKS_RETRY."""
    tries, spent = 1, nominal_wait(1)
    while spent <= settings.WEBHOOKS_RETRY:
        tries += 1
        spent += nominal_wait(tries)
    return tries


def deliver(*, delivery_id: UUID, now: datetime, jitter: float) -> Delivery | None:
    """Make one attempt if the delivery is due; never raises for what a receiver does.

    None when it is not due, another worker has it, or the endpoint is busy. Must not run inside a
    transaction: the claim is committed before the request goes out.
    """
    began = monotonic()
    delivery = _claim(delivery_id, now)
    if delivery is None:
        return None
    outcome = _attempt(delivery, now)
    _note(delivery, outcome, now=now, jitter=jitter, took=timedelta(seconds=monotonic() - began))
    return delivery


def due_by_endpoint(now: datetime) -> Iterator[UUID]:
    """The next deliveries of every endpoint that has any, a few of each: none crowds out others."""
    due = Delivery.objects.due(now)
    for endpoint in due.order_by().values_list("endpoint", flat=True).distinct():
        yield from next_due(endpoint, now)


def next_due(endpoint_id: UUID, now: datetime) -> list[UUID]:
    rows = Delivery.objects.due(now).filter(endpoint=endpoint_id).order_by("due_at", "sequence")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def recover_lost(*, now: datetime, jitter: float) -> int:
    """Take back what workers had in hand when they died; return how many."""
    lost = Delivery.objects.filter(
        state=DeliveryState.SENDING, claimed_at__lt=now - LOST_AFTER
    ).select_related("event", "endpoint")
    found = list(lost)
    for delivery in found:
        _note(delivery, Outcome(Failure.LOST, 0, {}), now=now, jitter=jitter)
    return len(found)


def _claim(delivery_id: UUID, now: datetime) -> Delivery | None:
    with transaction.atomic(durable=True):
        # The endpoint first, here and wherever it or its deliveries change.
        wanted = Endpoint.objects.filter(deliveries=delivery_id)
        endpoint = wanted.select_for_update(of=("self",), no_key=True).first()
        if endpoint is None:
            return None
        if endpoint.deliveries.filter(state=DeliveryState.SENDING).count() >= AT_ONCE:
            return None
        due = Delivery.objects.due(now).filter(pk=delivery_id)
        delivery = (
            due.select_for_update(of=("self",), skip_locked=True).select_related("event").first()
        )
        if delivery is None:
            return None
        delivery.endpoint = endpoint
        delivery.state = DeliveryState.SENDING
        delivery.claim, delivery.claimed_at = uuid4(), now
        delivery.save(update_fields=["state", "claim", "claimed_at"])
    return delivery


def _attempt(delivery: Delivery, now: datetime) -> Outcome:
    """Signed with the secrets that stand now, sent to the address that stands now."""
    body, began = body_of(delivery), monotonic()
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "Gagyo-Webhooks/1",
        "Gagyo-Event": delivery.event.type,
        "Gagyo-Delivery": str(delivery.pk),
    }
    standing = delivery.endpoint.secrets.standing(now).values_list("salt", flat=True)
    signed = signature(body, at=int(now.timestamp()), secrets=map(secret_of, standing))

    def outcome(failure: str, **more: Any) -> Outcome:
        return Outcome(failure, round((monotonic() - began) * 1000), sent, **more)

    try:
        target = read_address(delivery.endpoint.address)
        reply = post(target, body, {**sent, "Gagyo-Signature": signed})
    except RuleViolated:
        return outcome(Failure.ADDRESS)
    except NotSent as error:
        return outcome(error.failure, ip=error.ip)
    is_success = 200 <= reply.status < 300
    return outcome("" if is_success else Failure.STATUS, ip=reply.ip, reply=reply)


def _note(
    delivery: Delivery,
    outcome: Outcome,
    *,
    now: datetime,
    jitter: float,
    took: timedelta = timedelta(0),
) -> None:
    """Write the attempt down and what follows from it, if the claim still stands."""
    with transaction.atomic():
        endpoint = (
            Endpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id).first()
        )
        mine = Delivery.objects.filter(
            pk=delivery.pk, state=DeliveryState.SENDING, claim=delivery.claim
        )
        if endpoint is None or not mine.exists():
            logger.warning("webhook delivery %s was taken away or removed", delivery.pk)
            return
        _write_attempt(delivery, outcome, now)
        if not outcome.failure:
            changes = _delivered(endpoint, now)
        else:
            changes = _failed(delivery, endpoint, outcome, now=now, jitter=jitter)
        mine.update(claim=None, claimed_at=None, **changes)
        for name, value in changes.items():
            setattr(delivery, name, value)
        endpoint.save(
            update_fields=["failures", "failing_since", "rests_until", "last_delivered_at"]
        )
        if outcome.status == GONE and endpoint.state == EndpointState.ACTIVE:
            switch_off(endpoint, to=EndpointState.GONE, now=now)
        elif _fails_too_long(endpoint, now):
            switch_off(endpoint, to=EndpointState.BROKEN, now=now)
        # What came while this one was under way was turned back by it: nobody else wakes it.
        for pk in next_due(endpoint.pk, now + took):
            kick("hooks.deliver", delivery_id=str(pk))


def _write_attempt(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    reply = outcome.reply
    Attempt.objects.create(
        delivery=delivery,
        at=now,
        milliseconds=outcome.milliseconds,
        ip=outcome.ip or None,
        failure=outcome.failure,
        status=outcome.status,
        sent=outcome.sent,
        headers=reply.headers if reply else {},
        body=reply.body if reply else "",
    )


def _delivered(endpoint: Endpoint, now: datetime) -> dict[str, Any]:
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
    endpoint.last_delivered_at = now
    return {"state": DeliveryState.DELIVERED, "delivered_at": now}


def _failed(
    delivery: Delivery, endpoint: Endpoint, outcome: Outcome, *, now: datetime, jitter: float
) -> dict[str, Any]:
    if outcome.failure != Failure.LOST:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or now
    tries = delivery.tries + 1
    if outcome.status == GONE or tries >= most_tries():
        return {"state": DeliveryState.GIVEN_UP, "tries": tries}
    wait = retry_wait(tries, jitter)
    if asked := _retry_after(outcome, now):
        wait = max(wait, asked)
        if outcome.status in BUSY:
            endpoint.rests_until = now + asked
    return {"state": DeliveryState.WAITING, "tries": tries, "due_at": now + wait}


def _retry_after(outcome: Outcome, now: datetime) -> timedelta | None:
    """What the receiver asked for: seconds or a date, at most LONGEST_REST."""
    headers = outcome.reply.headers if outcome.reply else {}
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text), 10**6)), LONGEST_REST)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(wait, LONGEST_REST) if wait > timedelta(0) else None


def _fails_too_long(endpoint: Endpoint, now: datetime) -> bool:
    return (
        endpoint.state == EndpointState.ACTIVE
        and endpoint.failures >= settings.WEBHOOKS_FAILURES
        and endpoint.failing_since is not None
        and now - endpoint.failing_since >= settings.WEBHOOKS_FAILING
    )
