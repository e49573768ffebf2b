"""Doing things at the same moment, each on its own database connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from common.errors import StateChanged


def at_once(*steps: Callable[[], object]) -> list[str]:
    """Run the steps together; how each ended, in their order: "done" or "StateChanged"."""
    barrier = Barrier(len(steps))

    def run(step: Callable[[], object]) -> str:
        try:
            barrier.wait(timeout=10)
            step()
        except StateChanged:
            return "StateChanged"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))
