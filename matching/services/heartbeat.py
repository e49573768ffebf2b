"""Telling the others that a run's worker is alive, also while it computes for long."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection

from matching.choices import RunState
from matching.models import MatchRun

logger = logging.getLogger(__name__)


@contextmanager
def beating(run: MatchRun, clock: Callable[[], datetime]) -> Iterator[None]:
    """While the block runs, a thread renews `heartbeat_at` three times as often as needed.

    It ends by itself when the claim is lost. It only says "alive": whether the claim still
    stands is decided by the guarded writes of the worker itself.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(run, clock, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(run: MatchRun, clock: Callable[[], datetime], stop: threading.Event) -> None:
    pause = settings.MATCH_RUN_STALE.total_seconds() / 3
    try:
        while not stop.wait(pause):
            held = MatchRun.objects.filter(pk=run.pk, claim=run.claim, state=RunState.RUNNING)
            if not held.update(heartbeat_at=clock()):
                return
    except DatabaseError as error:
        logger.warning("no heartbeat for run %s: %s", run.pk, error)
    finally:
        connection.close()
