"""The log of the tokens' uses: written with every request, never changed, kept for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from api.models import Token, TokenUse
from common import audit

# The time of the last use is written when it has moved by this much: not with every request.
LAST_USE_STEP: Final = timedelta(minutes=1)
# What the trigger asks before it lets old rows go.
PURGE_SETTING: Final = "gagyo.uses_purge"
PURGED_AT_ONCE: Final = 5000

# One statement, so that a request costs one: the row itself, and at most once a minute the last
# use of the token.
WRITE: Final = f"""
WITH used AS (
    UPDATE {Token._meta.db_table} SET last_used_at = %(at)s, last_used_from = %(address)s
    WHERE %(was_let_in)s AND id = %(token)s AND (last_used_at IS NULL OR last_used_at <= %(step)s)
)
INSERT INTO {TokenUse._meta.db_table}
    (at, token_id, user_id, method, route, object_id, status, address)
VALUES (%(at)s, %(token)s, %(user)s, %(method)s, %(route)s, %(object_id)s, %(status)s, %(address)s)
"""  # noqa: S608 - names of our own tables


@dataclass(frozen=True, slots=True)
class Use:
    """One request; `was_let_in`: the token stood and came from where it may."""

    token: UUID
    user: int
    was_let_in: bool
    method: str
    route: str
    object_id: str
    status: int
    address: str | None


def note_use(*, use: Use, now: datetime) -> None:
    """Write the use down, and the token's last use when a minute has gone by since."""
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {
                "at": now,
                "step": now - LAST_USE_STEP,
                "was_let_in": use.was_let_in,
                "token": use.token,
                "user": use.user,
                "method": use.method[:8],
                "route": use.route[:80],
                "object_id": use.object_id[:64],
                "status": use.status,
                "address": use.address,
            },
        )


def note_uses_export(*, filters: Mapping[str, str], form: str, actor: User, now: datetime) -> None:
    """Write down who took which part of the log, before the first row leaves."""
    audit.record("uses.exported", actor, actor=actor, now=now, format=form, filters=dict(filters))


def forget_addresses(*, user: User) -> int:
    """Of an erased person stays what their tokens did, not from where. In a transaction."""
    with audit.erasing():
        return TokenUse.objects.filter(user=user).exclude(address=None).update(address=None)


def forget_old_uses(*, now: datetime) -> int:
    """Delete what is older than settings.API_USES_KEEP_DAYS, piece by piece; return how many."""
    limit = now - timedelta(days=settings.API_USES_KEEP_DAYS)
    gone = 0
    while True:
        old = TokenUse.objects.filter(at__lt=limit).order_by("at", "pk")
        keys = list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE])
        if not keys:
            return gone
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, 'on', true)", [PURGE_SETTING])
            gone += TokenUse.objects.filter(pk__in=keys).delete()[0]
