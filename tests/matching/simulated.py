"""Policies tried out as a supervisor would, and computed at once."""

from typing import Any

from django.utils import timezone

from matching.choices import RunState
from matching.models import MatchPolicy, MatchRun, PolicySimulation
from matching.services import compute_run, create_policy, request_run, request_simulation


def draft_like(policy: MatchPolicy, **changed: Any) -> MatchPolicy:
    """A draft like `policy` but for what is `changed`."""
    settings = {**policy.settings, **changed}
    return create_policy(name="Draft", actor=None, now=timezone.now(), **settings)


def simulated(policy: MatchPolicy) -> PolicySimulation:
    simulation = request_simulation(policy=policy, actor=None, now=timezone.now())
    compute_run(run_id=simulation.run_id, clock=timezone.now)
    simulation.refresh_from_db()
    assert (simulation.run.state, simulation.run.failure) == (RunState.COMPLETED, "")
    return simulation


def run_under(policy: MatchPolicy) -> MatchRun:
    run = request_run(policy=policy, actor=None, now=timezone.now())
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.COMPLETED, "")
    return run
