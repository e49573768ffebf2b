"""Who works on an import: one process, for as long as it lives."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.db import DatabaseError, connection


@contextmanager
def only_worker(job_id: UUID) -> Iterator[bool]:
    """True for the one process that may work on the job while the block runs.

    An advisory lock of the database session: a killed process lets go of it at once, a slow one
    keeps it, and nobody has to guess which of the two it is. Not for use inside a transaction.
    """
    key = int.from_bytes(job_id.bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_mine,) = cursor.fetchone() or (False,)
    try:
        yield bool(is_mine)
    finally:
        # A connection that broke has let go already.
        with suppress(DatabaseError):
            if is_mine:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
