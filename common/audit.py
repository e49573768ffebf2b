"""Writing the audit trail, always in the transaction of the change it tells of."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final

from django.db import connection, models, transaction

from common.models import AuditEvent

# What the trigger asks before it lets `actor_label` be written over.
ERASURE_SETTING: Final = "gagyo.audit_erasure"

# The token that the present request came with: what is written down then says so.
by_token: Final[ContextVar[dict[str, str] | None]] = ContextVar("by_token", default=None)


def record(
    verb: str,
    obj: models.Model,
    *,
    actor: Any | None,
    now: datetime,
    reason: str = "",
    **data: Any,
) -> AuditEvent:
    """Add one audit row: `actor` (None: the system) did `verb` to `obj` at `now`.

    `data` must be JSON; it never holds passwords, tokens or contact data. In a request that came
    with a token the data name it: `by_token` its name and hint, `by_token_id` its row.
    """
    event = _event(verb, obj, actor=actor, now=now, reason=reason, data=data)
    event.save(force_insert=True)
    return event


def record_all(
    facts: Iterable[tuple[str, models.Model]], *, actor: Any | None, now: datetime
) -> None:
    """`record` for many (verb, object) at once, in one statement."""
    AuditEvent.objects.bulk_create(
        [_event(verb, obj, actor=actor, now=now, reason="", data={}) for verb, obj in facts]
    )


def _event(
    verb: str,
    obj: models.Model,
    *,
    actor: Any | None,
    now: datetime,
    reason: str,
    data: dict[str, Any],
) -> AuditEvent:
    return AuditEvent(
        at=now,
        actor=actor,
        actor_label=getattr(actor, "email", "") if actor else "",
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        reason=reason,
        data=data | (by_token.get() or {}),
    )


@transaction.atomic
def forget_actor(*, actor: Any, label: str) -> int:
    """Write `label` over the name of an erased person; return in how many rows.

    The one change that the trail lets happen to itself: what was done, to what, when, stays.
    """
    with erasing():
        return AuditEvent.objects.filter(actor=actor).update(actor_label=label)


@contextmanager
def erasing() -> Iterator[None]:
    """The append-only tables let a person's traces go; within a transaction."""
    _allow_erasure("on")
    yield
    _allow_erasure("off")


def _allow_erasure(word: str) -> None:
    """Until the end of the transaction at the latest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ERASURE_SETTING, word])
