"""Trying a policy out on the whole data: asked for, computed like a run, kept with its result."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.jobs import kick
from matching.choices import PolicyState, RunState
from matching.models import MatchPolicy, MatchRun, PolicySimulation

LIVE = (RunState.QUEUED, RunState.RUNNING)


def request_simulation(
    *, policy: MatchPolicy, actor: User | None, now: datetime
) -> PolicySimulation:
    """Have the policy, as it is now, tried on the data; a worker begins after commit.

    Later changes of a draft are not in it. RuleViolated while the same settings of this policy are
    being simulated already.
    """
    with transaction.atomic():
        policy = MatchPolicy.objects.select_for_update().get(pk=policy.pk)
        alive = policy.simulations.filter(run__state__in=LIVE)
        if any(found == policy.settings for found in alive.values_list("settings", flat=True)):
            raise RuleViolated(_("This policy is being simulated already."))
        run = MatchRun.objects.create(
            policy=policy, is_simulation=True, requested_by=actor, created_at=now
        )
        simulation = PolicySimulation.objects.create(
            policy=policy,
            run=run,
            against=MatchPolicy.objects.filter(state=PolicyState.ACTIVE).first(),
            settings=policy.settings,
            created_at=now,
        )
        audit.record("simulation.requested", policy, actor=actor, now=now)
        kick("matching.compute_run", run_id=str(run.pk))
    return simulation


def keep_result(
    simulation: PolicySimulation, *, result: dict[str, Any], pairs: bytes, now: datetime
) -> None:
    """Store what a simulation found; earlier ones of the policy keep their figures but no longer
    every pair. Call in the transaction that completes its run."""
    simulation.result, simulation.pairs = result, pairs
    simulation.save(update_fields=["result", "pairs"])
    earlier = PolicySimulation.objects.filter(policy=simulation.policy_id, pairs__isnull=False)
    earlier.exclude(pk=simulation.pk).update(pairs=None)
    audit.record(
        "simulation.completed", simulation.policy, actor=None, now=now, counts=result["kinds"]
    )
