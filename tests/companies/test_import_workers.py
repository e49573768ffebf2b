"""Several workers, and workers that are killed: complete, and nothing twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from companies import tasks
from companies.choices import ImportState
from companies.importing.claims import only_worker
from companies.importing.wording import told_fault
from companies.models import Company, ImportJob, Offering
from companies.services import import_work, imports
from tests.companies.lists import (
    checked_import,
    counts,
    csv_bytes,
    firm_row,
    spoiled,
)
from tests.matching.concurrency import at_once

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_disturb_each_other():
    job = checked_import(csv_bytes([firm_row(n) for n in range(600)]))
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())

    def work() -> None:
        import_work.run_import(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)

    assert sorted(at_once(work, work)) == ["StateChanged", "done"]
    job.refresh_from_db()
    assert (job.state, counts(job)) == ("done", (600, 0, 0, 0))
    assert Company.objects.count() == 600


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_firms_at_once_make_each_once():
    jobs = []
    for name in ("a", "b"):
        job = checked_import(csv_bytes([firm_row(n) for n in range(700)]), source_list=name)
        jobs.append(
            imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
        )
    at_once(*(lambda job=job: import_work.run_import(job=job, clock=timezone.now) for job in jobs))
    assert [job.state for job in jobs] == ["done", "done"]
    assert sum(job.created_count for job in jobs) == Company.objects.count() == 700


def work_and_die(task: str, job: ImportJob, place: str, times: int) -> None:
    url = urlsplit(os.environ["DATABASE_URL"])
    url = url._replace(path=f"/{connection.settings_dict['NAME']}")
    process = subprocess.run(
        [sys.executable, "-m", "tests.companies.dying", task, str(job.pk), place, str(times)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.geturl()},
        capture_output=True,
        timeout=60,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()


def wait_until_let_go(job: ImportJob) -> None:
    """The database notices within a moment that the other end is gone."""
    for _attempt in range(100):
        with only_worker(job.pk) as is_mine:
            if is_mine:
                return
        time.sleep(0.05)
    raise AssertionError("the dead worker still holds the import")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("place", "times", "done"), [("clock", 4, 1000), ("tagger", 2, 500)])
def test_an_import_goes_on_where_a_killed_worker_left_it(place, times, done):
    job = checked_import(csv_bytes([firm_row(n) for n in range(1100)]))
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    work_and_die("run_import", job, place, times)
    job.refresh_from_db()
    assert (job.state, job.rows_done, Company.objects.count()) == ("running", done, done)
    wait_until_let_go(job)
    import_work.run_import(job=job, clock=timezone.now)
    assert (job.state, counts(job), job.items_count) == ("done", (1100, 0, 0, 0), 1100)
    assert (Company.objects.count(), Offering.objects.count()) == (1100, 1100)


@pytest.mark.django_db(transaction=True)
def test_all_or_nothing_is_nothing_when_the_worker_is_killed():
    rows = csv_bytes([firm_row(n) for n in range(600)])
    job = checked_import(rows, is_all_or_nothing=True)
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    work_and_die("run_import", job, "clock", 3)
    job.refresh_from_db()
    assert (job.state, job.rows_done, Company.objects.count()) == ("running", 0, 0)
    wait_until_let_go(job)
    import_work.run_import(job=job, clock=timezone.now)
    assert counts(job) == (600, 0, 0, 0)


@pytest.mark.usefixtures("celery_worker")
def test_the_sweep_takes_up_what_was_left_behind():
    long_ago = timezone.now() - timedelta(minutes=5)
    checking = checked_import(csv_bytes([firm_row(1), spoiled(2)]))
    running = checked_import(csv_bytes([firm_row(n) for n in range(10, 20)]))
    for job, state in ((checking, ImportState.CHECKING), (running, ImportState.RUNNING)):
        ImportJob.objects.filter(pk=job.pk).update(state=state, heartbeat_at=long_ago)
    tasks.sweep_imports()
    for _attempt in range(200):
        checking.refresh_from_db()
        running.refresh_from_db()
        if (checking.state, running.state) == ("checked", "done"):
            break
        time.sleep(0.05)
    assert (checking.state, running.state) == ("checked", "done")
    assert (checking.errors.count(), checking.rows_bad) == (1, 1)
    assert Company.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_is_shown_to_staff_and_not_tried_for_ever():
    job = checked_import(csv_bytes([firm_row(1)]))
    # A mapping that no form lets through: the country is not one of ours.
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.QUEUED, country="XX")
    tasks.run_import(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.state == ImportState.FAILED
    assert "Tell the administrators" in told_fault(job.failure)
