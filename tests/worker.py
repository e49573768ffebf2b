"""Real Celery workers on the real broker: in threads of this process, or one to be killed."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery.contrib.testing.worker import TestWorkController, start_worker
from django.db import connection

from config.celery import app
from local.processes import Child, Lifeline, Program, wait_until_ready

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def celery_worker(transactional_db: None) -> Iterator[TestWorkController]:
    """A worker in threads of this process while the test runs; queues are empty before and after.

    It shares the test's settings and sees only what is committed, like a worker elsewhere.
    """
    app.control.purge()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False) as worker:
        yield worker
    app.control.purge()


@pytest.fixture
def start_worker_process(transactional_db: None) -> Iterator[Callable[..., Child]]:
    """`start_worker_process(MAIL_URL=smtp_server.url)`: a worker of one task at a time, ready;
    `start_worker_process("--queues", "webhooks")`: with words of its command line.

    It works on the test's database. `child.popen.kill()` kills it as a power cut would; what is
    still running when the test ends is stopped.
    """
    lifeline = Lifeline()
    started: list[Child] = []
    app.control.purge()

    def start(*words: str, **env: str) -> Child:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(
            path=f"/{connection.settings_dict['NAME']}"
        )
        name = f"worker{len(started)}@tests"
        program = Program(
            name="worker",
            argv=(
                *(sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker"),
                *("--concurrency", "1", "--hostname", name),
                *("--without-gossip", "--without-mingle", *words),
            ),
            env={
                **os.environ,
                **env,
                "DATABASE_URL": database.geturl(),
                "PYTHONWARNINGS": "ignore",
            },
            cwd=ROOT,
            is_ready=lambda: bool(app.control.ping(destination=[name], timeout=0.5)),
        )
        started.append(Child(program, lifeline=lifeline))
        wait_until_ready(started[-1], patience=60)
        return started[-1]

    yield start
    for child in started:
        child.stop(patience=5)
    app.control.purge()
    lifeline.close()
