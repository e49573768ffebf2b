"""A run ends complete and without duplicates, whatever is killed in the middle of it.

Worker, broker and database backends are real processes and really killed. A trigger in the test's
database makes every block last long enough to be interrupted.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from local import broker
from local.processes import Child, Lifeline, Program, wait_until_ready
from local.services import make_run_dir
from matching.choices import RunState
from matching.models import Match, MatchEvent, MatchRun, RunBlock
from matching.services import request_run, sweep_runs
from tests.factories import NeedFactory, OfferingFactory, PolicyFactory

ROOT = Path(__file__).resolve().parents[2]
NEEDS = 6
PATIENT = {"MATCH_RUN_BLOCK": "1", "MATCH_RUN_STALE_SECONDS": "3"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _slow_blocks(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END $$;
            CREATE TRIGGER take_time BEFORE INSERT ON matching_runblock
            FOR EACH ROW EXECUTE FUNCTION take_time();
            """
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION take_time CASCADE")


@pytest.fixture
def waiting_run(settings) -> MatchRun:
    settings.MATCH_RUN_STALE = settings.MATCH_RUN_STALE.__class__(seconds=3)
    for _ in range(NEEDS):
        NeedFactory()
    OfferingFactory(company__introductions_per_month=100)
    return request_run(policy=PolicyFactory(), actor=None, now=timezone.now())


def test_the_worker_is_killed(start_worker_process, waiting_run):
    worker = start_worker_process(**PATIENT)
    wait_for(lambda: blocks_of(waiting_run) >= 2)
    os.killpg(worker.popen.pid, signal.SIGKILL)
    kept = blocks_of(waiting_run)
    start_worker_process(**PATIENT)
    assert blocks_of(waiting_run) >= kept
    sweep_until_over(waiting_run)
    assert waiting_run.attempts == 2
    assert_complete_without_duplicates(waiting_run)


def test_the_database_drops_every_connection(start_worker_process, waiting_run):
    start_worker_process(**PATIENT)
    wait_for(lambda: blocks_of(waiting_run) >= 2)
    crash_the_database()
    sweep_until_over(waiting_run)
    assert waiting_run.attempts == 2
    assert_complete_without_duplicates(waiting_run)


def test_the_broker_is_away_at_the_request_and_dies_in_the_middle(waiting_run, processes):
    own_broker, start, environment = processes
    asked = subprocess.run(
        [sys.executable, "manage.py", "run_matching"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    second = MatchRun.objects.get(pk=asked.stdout.decode().split()[1])
    MatchRun.objects.filter(pk=waiting_run.pk).delete()
    first_broker = start(own_broker)
    start(worker_of(environment))
    wake(second, environment)
    wait_for(lambda: blocks_of(second) >= 2)
    first_broker.popen.kill()
    first_broker.popen.wait()
    wait_for(lambda: state_of(second) == RunState.COMPLETED)
    assert_complete_without_duplicates(second)
    start(own_broker)
    third = request_run(policy=PolicyFactory(), actor=None, now=timezone.now())
    wake(third, environment)
    wait_for(lambda: state_of(third) == RunState.COMPLETED)
    third.refresh_from_db()
    assert (third.summary["kept"], third.summary["new"]) == (NEEDS, 0)


@pytest.fixture
def processes() -> Iterator[tuple[Program, Callable[[Program], Child], dict[str, str]]]:
    """A broker of the test's own (not started), a function that starts programs, and the
    environment in which other processes use that broker and the test's database."""
    lifeline = Lifeline()
    run_dir = make_run_dir()
    lifeline.tell("+folder", run_dir)
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    environment = {
        **os.environ,
        **PATIENT,
        "DATABASE_URL": database.geturl(),
        "REDIS_URL": broker.url(run_dir=run_dir),
        "PYTHONWARNINGS": "ignore",
    }
    started: list[Child] = []

    def start(program: Program) -> Child:
        started.append(Child(program, lifeline=lifeline))
        wait_until_ready(started[-1], patience=30)
        return started[-1]

    yield broker.program(run_dir=run_dir), start, environment
    for child in reversed(started):
        child.stop(patience=5)
    lifeline.close()


def worker_of(environment: dict[str, str]) -> Program:
    return Program(
        name="worker",
        argv=(
            *(sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker"),
            *("--concurrency", "1", "--without-gossip", "--without-mingle"),
        ),
        env=environment,
        cwd=ROOT,
    )


def wake(run: MatchRun, environment: dict[str, str]) -> None:
    """What beat does each minute, from a process that uses the test's own broker."""
    code = "import django; django.setup();from matching.tasks import sweep_runs; sweep_runs()"
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, timeout=60, check=True)


def crash_the_database() -> None:
    """Kill a server process: PostgreSQL drops all connections and recovers from its log.

    Where it is not ours to kill, every other connection is cut instead.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
        if not pids or not all(is_a_postgres_of_ours(pid) for pid in pids):
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return
    os.kill(pids[0], signal.SIGKILL)
    wait_for(lambda: not answers())  # our own connection falls with the others
    wait_for(answers)


def is_a_postgres_of_ours(pid: int) -> bool:
    try:
        name = Path(f"/proc/{pid}/comm").read_text()
        os.kill(pid, 0)
    except OSError:
        return False
    return name.startswith("postgres")


def answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        connection.close()
        return False
    return True


def sweep_until_over(run: MatchRun) -> None:
    """Sweep as beat does, only more often, until the run has ended."""

    def is_over() -> bool:
        sweep_runs(now=timezone.now())
        return state_of(run) not in (RunState.QUEUED, RunState.RUNNING)

    wait_for(is_over, pause=0.5)
    run.refresh_from_db()


def assert_complete_without_duplicates(run: MatchRun) -> None:
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.COMPLETED, "")
    assert run.needs_done == run.needs_total == NEEDS
    assert run.summary["new"] == NEEDS
    assert Match.objects.count() == NEEDS
    assert Match.objects.values("need", "offering").distinct().count() == NEEDS
    assert MatchEvent.objects.count() == NEEDS
    assert not RunBlock.objects.exists()


def blocks_of(run: MatchRun) -> int:
    return RunBlock.objects.filter(run=run).count()


def state_of(run: MatchRun) -> str:
    return MatchRun.objects.values_list("state", flat=True).get(pk=run.pk)


def wait_for(happens: Callable[[], bool], *, patience: float = 60, pause: float = 0.05) -> None:
    deadline = time.monotonic() + patience
    while not happens():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(pause)
