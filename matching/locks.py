"""Advisory locks of PostgreSQL: work that only one process may do at a time."""

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """Keys in one number space with every other user of the database; never reuse one."""

    PROPOSALS = 4_082_001
    POLICIES = 4_082_002


def hold(lock: Lock) -> None:
    """Wait for `lock` and keep it until the present transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock.value])
