"""`make load ARGS='--only simulation'`: a policy is simulated on the whole data.

First alone: every other table is as before. Then while a full run is computed and reviewers decide,
several times. Last the policy is activated and a run follows: it has to propose exactly what the
simulation said. Workers are processes of their own that have read the lexicon, as in production.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any, Final

import django
from django.core.management import call_command

from local.processes import LocalError
from local.services import throwaway_services

SETTINGS: Final = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "GAGYO_LOCAL": "true",
    "READ_DOT_ENV": "false",
    "SECRET_KEY": "only-for-measuring",
    "LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore",
}
#: Seconds that the issue allows at the association's size.
PROMISED: Final = 60
OWN: Final = {
    "matching_policysimulation",
    "matching_matchrun",
    "matching_runblock",
    "common_auditevent",
}
PAUSE: Final = 0.05  # between two decisions of a reviewer


def main(firms: int = 12_700, times: int = 3) -> None:
    """Prints the figures; LocalError when a promise is not kept."""
    with throwaway_services() as services:
        os.environ.update(services.env | SETTINGS)
        django.setup()
        _seed(firms)
        measure(times)


def measure(times: int) -> None:
    from django.utils import timezone

    from matching.engine_adapter.simulated import proposed
    from matching.models import MatchPolicy
    from matching.services import activate_policy, create_policy

    active = MatchPolicy.objects.active()
    weights = {**active.weights, "product": 0.3, "lead_time": 0.2, "price": 0.2}
    draft = create_policy(
        name="Tried",
        actor=None,
        now=timezone.now(),
        **{**active.settings, "weights": weights, "min_score": 0.4},
    )
    before = checksums()
    simulation = _simulate(draft, "alone")
    after = checksums()
    faults = [
        f"The simulation has changed {name}." for name in before if before[name] != after[name]
    ]
    print(f"{len(before)} other tables, changed: {faults or 'none'}", flush=True)
    print(f"pairs: {simulation.result['kinds']}", flush=True)
    slowest = 0.0
    for _ in range(times):
        with _reviewers(2) as decisions, _worker() as runner:
            run = _request_run(active)
            runner.begin(run.pk)
            busy = _simulate(draft, "with a full run and two reviewers")
            runner.end()
            slowest = max(slowest, _seconds(busy.run))
        run.refresh_from_db()
        print(f"  the run beside it: {_seconds(run):.1f} s, {run.state}", flush=True)
        print(f"  decisions beside it, ms: {_spread(decisions)}", flush=True)
    simulation = _simulate(draft, "before it is activated")
    activate_policy(policy=draft, reason="measured", actor=None, now=timezone.now())
    with _worker() as runner:
        run = _request_run(draft)
        runner.begin(run.pk)
        runner.end()
    foretold = proposed(bytes(simulation.pairs))
    found = standing()
    print(f"the run after it: {len(found)} proposals, {len(foretold)} foretold", flush=True)
    if found != foretold:
        faults.append("The run has not proposed what was simulated.")
    if slowest > PROMISED:
        faults.append(f"The slowest simulation took {slowest:.0f} s of {PROMISED}.")
    if faults:
        raise LocalError(" ".join(faults))


def standing() -> dict[Any, Any]:
    """{(need, offering): (score, rank)} of what is proposed."""
    from matching.models import Match

    rows = Match.objects.filter(state="proposed", is_prospect=False).order_by()
    columns = ("need_id", "offering_id", "score", "rank")
    return {(need, item): tuple(told) for need, item, *told in rows.values_list(*columns)}


def checksums() -> dict[str, str]:
    """Of every table but those of runs and simulations and the audit trail, which say that they
    were asked for."""
    from django.db import connection

    with connection.cursor() as cursor:
        found = {}
        for table in sorted(set(connection.introspection.table_names(cursor)) - OWN):
            digest = hashlib.blake2b(digest_size=16)
            # Ordered by the whole row: what only begins alike comes in any order.
            rows = f'SELECT md5(t::text) FROM "{table}" t ORDER BY 1'
            with cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
                for block in copy:
                    digest.update(block)
            found[table] = digest.hexdigest()
    return found


class _Worker:
    """A process that computes what it is told, one after the other."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.load_simulation", "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._heard()

    def begin(self, run_id: Any) -> None:
        assert self.process.stdin is not None
        print(run_id, file=self.process.stdin, flush=True)

    def end(self) -> float:
        """How many processor seconds it took."""
        return float(self._heard())

    def _heard(self) -> str:
        assert self.process.stdout is not None
        if not (line := self.process.stdout.readline()):
            raise LocalError("A worker has died.")
        return line


@contextmanager
def _worker() -> Iterator[_Worker]:
    worker = _Worker()
    try:
        yield worker
    finally:
        assert worker.process.stdin is not None
        worker.process.stdin.close()
        worker.process.wait()


def _work() -> None:
    """The other side of `_Worker`: says a line when it is ready, and after every run the
    processor seconds it took."""
    from uuid import UUID

    from django.utils import timezone

    from matching.engine_adapter import read_words_ahead
    from matching.services import compute_run

    read_words_ahead()
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.process_time()
        compute_run(run_id=UUID(line.strip()), clock=timezone.now)
        print(time.process_time() - began, flush=True)


@contextmanager
def _reviewers(count: int) -> Iterator[list[float]]:
    """People who approve and reject from the top of the queue; how long each decision took."""
    times: list[float] = []
    stop = threading.Event()
    threads = [
        threading.Thread(target=_decide, args=(stop, times, number)) for number in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield times
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _decide(stop: threading.Event, times: list[float], number: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from common.errors import GagyoError
    from matching.models import Match
    from matching.services import approve_match, reject_match

    person = User.objects.filter(staff_role="reviewer").order_by("pk")[:1].get()
    while not stop.wait(PAUSE):
        match = Match.objects.queue().order_by("-value", "pk")[number * 20 : number * 20 + 1].get()
        began = time.perf_counter()
        try:
            if len(times) % 2:
                approve_match(match=match, actor=person, now=timezone.now())
            else:
                reject_match(match=match, reason="wrong_product", actor=person, now=timezone.now())
        except GagyoError:
            continue  # the run has taken it away
        times.append((time.perf_counter() - began) * 1000)
    connection.close()


def _simulate(policy: Any, how: str) -> Any:
    from django.utils import timezone

    from matching.services import request_simulation

    with _worker() as worker:
        simulation = request_simulation(policy=policy, actor=None, now=timezone.now())
        worker.begin(simulation.run_id)
        cpu = worker.end()
    simulation.refresh_from_db()
    run = simulation.run
    if run.state != "completed":
        raise LocalError(f"The simulation is {run.state}: {run.failure}")
    load = os.getloadavg()[0]
    print(
        f"simulation {how}: {_seconds(run):.1f} s ({cpu:.1f} CPU s), {run.needs_total} needs, "
        f"{run.offerings_total} offerings, {simulation.result['simulated']} proposals; "
        f"load {load:.1f} on {os.cpu_count()} cores",
        flush=True,
    )
    return simulation


def _request_run(policy: Any) -> Any:
    from django.utils import timezone

    from matching.services import request_run

    return request_run(policy=policy, actor=None, now=timezone.now())


def _seconds(run: Any) -> float:
    """From the wish to the result, waiting included."""
    return float((run.finished_at - run.created_at).total_seconds())


def _spread(times: list[float]) -> str:
    if len(times) < 2:
        return json.dumps(times)
    cuts = quantiles(times, n=20)
    return f"{len(times)} in all, median {median(times):.0f}, 95 in 100 under {cuts[18]:.0f}"


def _seed(firms: int) -> None:
    for words in (
        ("migrate", "--no-input", "--verbosity", "0"),
        ("load_taxonomy",),
        ("seed", "--firms", str(firms), "--items-only"),
        ("run_matching", "--wait"),
    ):
        began = time.monotonic()
        call_command(*words)
        print(f"{time.monotonic() - began:8.1f} s  {' '.join(words)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=12_700, help="firms of each country")
    parser.add_argument("--times", type=int, default=3, help="simulations under load")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        django.setup()
        _work()
    else:
        main(options.firms, options.times)
