"""The workers of the test harness."""

import signal
import time
from collections.abc import Callable

from celery.contrib.testing.worker import TestWorkController

from config.celery import app
from local.processes import Child


def test_worker_in_threads_takes_tasks(celery_worker: TestWorkController) -> None:
    # The worker listens to tasks a moment before it listens to questions.
    deadline = time.monotonic() + 20
    while not app.control.ping(timeout=1):
        assert time.monotonic() < deadline


def test_worker_process_can_be_killed_and_started_again(
    start_worker_process: Callable[..., Child],
) -> None:
    worker = start_worker_process()
    worker.popen.kill()
    assert worker.popen.wait() == -signal.SIGKILL
    assert not app.control.ping(timeout=0.5)
    assert start_worker_process().poll() is None
