"""A real Celery worker on the real broker."""

from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import TestWorkController, start_worker

from config.celery import app


@pytest.fixture
def celery_worker(transactional_db: None) -> Iterator[TestWorkController]:
    """A worker in threads of this process while the test runs; queues are empty before and after.

    It shares the test's settings and sees only what is committed, like a worker elsewhere.
    """
    app.control.purge()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False) as worker:
        yield worker
    app.control.purge()
