"""Writing the audit trail, always in the transaction of the change it tells of."""

from datetime import datetime
from typing import Any, Final

from django.db import connection, models, transaction

from common.models import AuditEvent

# What the trigger asks before it lets `actor_label` be written over.
ERASURE_SETTING: Final = "gagyo.audit_erasure"


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

    `data` must be JSON; it never holds passwords, tokens or contact data.
    """
    return AuditEvent.objects.create(
        at=now,
        actor=actor,
        actor_label=getattr(actor, "email", "") if actor else "",
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        reason=reason,
        data=data,
    )


@transaction.atomic
def forget_actor(*, actor: Any, label: str) -> int:
    """Write `label` over the name of an erased person; return in how many rows.

    The one change that the trail lets happen to itself: what was done, to what, when, stays.
    """
    _allow_erasure("on")
    changed = AuditEvent.objects.filter(actor=actor).update(actor_label=label)
    _allow_erasure("off")
    return changed


def _allow_erasure(word: str) -> None:
    """Until the end of the transaction at the latest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ERASURE_SETTING, word])
