import time
from argparse import ArgumentParser
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final
from uuid import UUID

from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from common import commands
from matching.choices import RunState
from matching.models import MatchPolicy, MatchRun
from matching.services import compute_run, ensure_default_policy, request_run
from taxonomy.models import Sector

PAUSE: Final = 0.5
OVER: Final = (RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED)


class Command(commands.Command):
    help = "Start a matching run; with --wait show its progress and end when it has ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="wait until the run has ended")
        parser.add_argument("--policy", type=int, help="version; default: the active policy")
        parser.add_argument("--sector", help="code of one sector; default: all")
        parser.add_argument(
            "--prospects",
            action="store_true",
            help="pairs with unclaimed firms, for staff only: whom to invite",
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=10,
            help="seconds to wait for a worker before computing here (with --wait; default 10)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = request_run(
            policy=self._policy(options["policy"]),
            sector=self._sector(options["sector"]),
            includes_prospects=options["prospects"],
            actor=None,
            now=timezone.now(),
        )
        if not options["wait"]:
            self.tell(_document(run), f"run {run.pk}")
            return
        self.say(f"run {run.pk}")
        self._follow(run.pk, patience=options["patience"])
        run.refresh_from_db()
        if run.state != RunState.COMPLETED:
            raise CommandError(f"The run is {run.state}. {run.failure}".strip())
        counts = ", ".join(f"{name} {count}" for name, count in run.summary.items())
        self.tell(
            _document(run),
            f"completed: {run.needs_total} needs × {run.offerings_total} offerings: {counts}",
        )

    def _follow(self, run_id: UUID, *, patience: float) -> None:
        """Show the progress until the run has ended; compute it here when no worker takes it."""
        shown, begun, computing = "", time.monotonic(), None
        with ThreadPoolExecutor(1) as pool:
            while True:
                run = MatchRun.objects.get(pk=run_id)
                line = f"{run.state} {run.needs_done}/{run.needs_total}"
                if line != shown:
                    self.say(line)
                    shown = line
                if run.state in OVER:
                    return
                _raise_error_of(computing)
                is_left_alone = time.monotonic() - begun >= patience
                if run.state == RunState.QUEUED and is_left_alone and computing is None:
                    self.say("no worker took the run: computing it here")
                    computing = pool.submit(_compute, run_id)
                time.sleep(PAUSE)

    def _policy(self, version: int | None) -> MatchPolicy:
        if version is None:
            return ensure_default_policy(now=timezone.now())
        try:
            return MatchPolicy.objects.get(version=version)
        except MatchPolicy.DoesNotExist:
            raise CommandError(f"There is no policy with version {version}.") from None

    def _sector(self, code: str | None) -> Sector | None:
        if code is None:
            return None
        try:
            return Sector.objects.get(code=code)
        except Sector.DoesNotExist:
            raise CommandError(f"There is no sector {code}.") from None


def _document(run: MatchRun) -> dict[str, Any]:
    """In the words of the API."""
    return {
        "id": run.pk,
        "state": run.state,
        "policy": run.policy.version,
        "sector": run.sector.code if run.sector else None,
        "includes_prospects": run.includes_prospects,
        "needs": {"total": run.needs_total, "done": run.needs_done},
        "offerings_total": run.offerings_total,
        "counts": run.summary,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def _compute(run_id: UUID) -> None:
    try:
        compute_run(run_id=run_id, clock=timezone.now)
    finally:
        connection.close()


def _raise_error_of(computing: "Future[None] | None") -> None:
    if computing is not None and computing.done():
        computing.result()
