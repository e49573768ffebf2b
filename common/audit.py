"""Writing the audit trail, always in the transaction of the change it tells of."""

from datetime import datetime
from typing import Any

from django.db import models

from common.models import AuditEvent


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
