"""One run from the snapshot to the proposals, in blocks that can be repeated."""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, models, transaction
from django.utils import timezone

from common import audit
from matching.choices import RunPhase, RunState
from matching.engine_adapter import (
    Prepared,
    Result,
    Snapshot,
    allocate,
    allocate_firm,
    build_index,
    count_candidates,
    explain,
    load_snapshot,
    pairs_of_firm,
    prepare,
    score_block,
    score_firm,
)
from matching.engine_adapter.simulating import compare, found_anyway
from matching.locks import Lock, hold
from matching.models import MatchPolicy, MatchRun, PolicySimulation, RunBlock
from matching.queries.simulation import surroundings
from matching.services.automatic import approve_automatically
from matching.services.heartbeat import beating
from matching.services.proposals import proposals_of, write_proposals
from matching.services.runs import claim_run, drop_covered, fail_run, finish_cancelled
from matching.services.simulations import keep_result
from matching.signals import run_ended

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


class ClaimLost(Exception):
    """Another worker took the run over; this one writes nothing more."""


class CancelRequested(Exception):
    """Staff asked to stop the run."""


def compute_run(*, run_id: UUID, clock: Clock) -> MatchRun | None:
    """Compute a waiting run to its end; None when there is nothing to claim.

    May be called any number of times and be killed at any point: finished blocks are kept and
    the matches are written in one transaction, by the one worker whose claim stands. When the
    database goes away the error is raised and the sweep resumes the run; any other error is
    kept with the run, which is tried again until settings.MATCH_RUN_ATTEMPTS.
    """
    run = claim_run(run_id, now=clock())
    if run is None:
        return None
    try:
        with beating(run, clock), _without_collector():
            _compute(run, clock)
    except ClaimLost:
        logger.info("run %s was taken over by another worker", run_id)
    except CancelRequested:
        finish_cancelled(run, now=clock())
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("run %s failed in attempt %s", run_id, run.attempts)
        _give_back(run, error, clock())
    return run


@contextmanager
def _without_collector() -> Iterator[None]:
    """A run makes millions of small objects and no circles of them: to look through them for
    circles again and again would take half its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _compute(run: MatchRun, clock: Clock) -> None:
    if run.company_id is not None:
        _match_firm(run, run.company_id, clock)
        return
    if run.is_simulation:
        _simulate(run, clock)
        return
    started = clock()
    _enter(run, RunPhase.READING, started, phases={})
    prepared = _match_all(run, started, clock)
    if not run.sector_id and not run.includes_prospects and build_index(prepared.engine):
        _take_in_changes(run, since=started)


def _match_all(run: MatchRun, started: datetime, clock: Clock) -> Prepared:
    """Score block by block, choose among all pairs, and write."""
    prepared, result, candidates = _choose(run, run.policy, started, clock)
    _enter(run, RunPhase.WRITING, clock())
    with transaction.atomic():
        hold(Lock.PROPOSALS)
        # Read, not written: whoever stops the run does not wait for the writing to end.
        _require_claim(run)
        counts = write_proposals(
            run=run,
            proposals=explain(prepared, result),
            need_ids=prepared.snapshot.need_ids if run.sector else None,
            now=clock(),
        )
        counts["candidates"] = candidates
        counts["approved"] = approve_automatically(run=run, now=clock())
        _complete(run, counts, clock(), gap=result.gap)
    return prepared


def _choose(
    run: MatchRun, policy: MatchPolicy, started: datetime, clock: Clock
) -> tuple[Prepared, Result, int]:
    """Score the data under `policy` block by block, and choose among all pairs. Also returns how
    many pairs there were to choose among."""
    snapshot = load_snapshot(
        policy=policy,
        sector=run.sector,
        includes_prospects=run.includes_prospects,
        now=started,
    )
    done = _begin(run, snapshot, started, clock())
    prepared = prepare(snapshot)
    _enter(run, RunPhase.SCORING, clock())
    total = len(snapshot.need_ids)
    for start in range(0, total, settings.MATCH_RUN_BLOCK):
        if start not in done:
            stop = min(start + settings.MATCH_RUN_BLOCK, total)
            _store(run, start, stop, score_block(prepared, start, stop), clock())
    _enter(run, RunPhase.CHOOSING, clock())
    payloads = RunBlock.objects.filter(run=run).values_list("payload", flat=True)
    packed = [bytes(payload) for payload in payloads]
    return prepared, allocate(prepared, packed), count_candidates(packed)


def _simulate(run: MatchRun, clock: Clock) -> None:
    """The steps of a full run, but what it finds is compared and kept with the simulation: no
    match is written, and nothing is held that runs or reviewers wait for."""
    simulation = PolicySimulation.objects.select_related("against", "policy").get(run=run)
    started = clock()
    _enter(run, RunPhase.READING, started, phases={})
    tried = MatchPolicy(**simulation.settings)
    prepared, chosen, _candidates = _choose(run, tried, started, clock)
    around = surroundings(timezone.localdate(started))
    result, pairs = compare(prepared, chosen, around, tried)
    if simulation.against is not None:
        _keep_claim(run, clock())
        result["anyway"] = found_anyway(
            prepared.snapshot, around, simulation.against, chosen, started
        )
    with transaction.atomic():
        now = clock()
        _keep_claim(
            run,
            now,
            state=RunState.COMPLETED,
            finished_at=now,
            summary={"simulated": result["simulated"], "gap": chosen.gap},
            failure="",
        )
        keep_result(simulation, result=result, pairs=pairs, now=now)
        RunBlock.objects.filter(run=run).delete()


def _take_in_changes(run: MatchRun, *, since: datetime) -> None:
    """Tell the new index of the firms that were matched since its snapshot was taken."""
    changed = MatchRun.objects.filter(
        company__isnull=False, state=RunState.COMPLETED, finished_at__gte=since
    )
    for company_id in changed.order_by().values_list("company_id", flat=True).distinct():
        pairs_of_firm(company_id=company_id, policy=run.policy, now=since)


def _match_firm(run: MatchRun, company_id: UUID, clock: Clock) -> None:
    """The pairs of one firm take their places among the proposals that stand."""
    run.snapshot_at = clock()
    firm = pairs_of_firm(company_id=company_id, policy=run.policy, now=run.snapshot_at)
    with transaction.atomic():
        hold(Lock.PROPOSALS)
        standing = proposals_of(firm.scope().firms(), except_of=company_id)
        snapshot = load_snapshot(policy=run.policy, scope=firm.scope(standing), now=run.snapshot_at)
        needs, offerings = len(snapshot.need_ids), len(snapshot.offering_ids)
        _keep_claim(
            run,
            clock(),
            snapshot_at=run.snapshot_at,
            needs_total=needs,
            offerings_total=offerings,
            needs_done=needs,
        )
        prepared, own = score_firm(snapshot, firm)
        result, displaced = allocate_firm(prepared, own, company_id, standing)
        counts = write_proposals(
            run=run,
            proposals=explain(prepared, result),
            company_id=company_id,
            displaced=displaced,
            now=clock(),
        )
        counts["approved"] = approve_automatically(run=run, now=clock())
        _complete(run, counts, clock())


def _begin(run: MatchRun, snapshot: Snapshot, started: datetime, now: datetime) -> set[int]:
    """Note the snapshot, as of `started`, and return the starts of the blocks that are done for
    this very one."""
    run.snapshot_at = started
    # Blocks of another size would overlap: they count as other data.
    data = f"{snapshot.fingerprint}/{settings.MATCH_RUN_BLOCK}"
    with transaction.atomic():
        if run.snapshot != data:
            RunBlock.objects.filter(run=run).delete()
        blocks = RunBlock.objects.filter(run=run).values_list("start", "stop")
        done = sum(stop - start for start, stop in blocks)
        _keep_claim(
            run,
            now,
            snapshot=data,
            snapshot_at=started,
            needs_total=len(snapshot.need_ids),
            offerings_total=len(snapshot.offering_ids),
            needs_done=done,
            needs_before=done,
        )
        return {start for start, _stop in blocks}


def _store(run: MatchRun, start: int, stop: int, payload: bytes, now: datetime) -> None:
    with transaction.atomic():
        _keep_claim(run, now, needs_done=models.F("needs_done") + stop - start)
        RunBlock.objects.create(run=run, start=start, stop=stop, payload=payload)


def _complete(
    run: MatchRun, counts: dict[str, Any], now: datetime, *, gap: float | None = None
) -> None:
    summary = counts if gap is None else {**counts, "gap": gap}
    summary = {**summary, "seconds": _seconds(run, now)}
    _keep_claim(run, now, state=RunState.COMPLETED, finished_at=now, summary=summary, failure="")
    RunBlock.objects.filter(run=run).delete()
    drop_covered(run, now=now)
    told = {name: count for name, count in summary.items() if name not in ("by", "seconds")}
    audit.record("run.completed", run, actor=None, now=now, counts=told)
    run_ended.send(sender=MatchRun, run=run, state=RunState.COMPLETED, now=now)


def _enter(run: MatchRun, phase: str, now: datetime, **changes: Any) -> None:
    """Begin a phase of this attempt, for those who look on."""
    run.phases = {**changes.get("phases", run.phases), phase: now.isoformat()}
    _keep_claim(run, now, phase=phase, phases=run.phases)


def _seconds(run: MatchRun, now: datetime) -> dict[str, float]:
    """How long each phase of the attempt took."""
    starts = [datetime.fromisoformat(start) for start in run.phases.values()]
    ends = [*starts[1:], now]
    return {
        phase: round((end - start).total_seconds(), 1)
        for phase, start, end in zip(run.phases, starts, ends, strict=False)
    }


def _keep_claim(run: MatchRun, now: datetime, **changes: object) -> None:
    """Beat and write `changes`; raises ClaimLost or CancelRequested instead of going on."""
    held = MatchRun.objects.filter(pk=run.pk, claim=run.claim, state=RunState.RUNNING)
    if not held.filter(is_cancel_requested=False).update(heartbeat_at=now, **changes):
        raise CancelRequested if held.exists() else ClaimLost


def _require_claim(run: MatchRun) -> None:
    """The same without writing."""
    held = MatchRun.objects.filter(pk=run.pk, claim=run.claim, state=RunState.RUNNING)
    is_cancelled = held.values_list("is_cancel_requested", flat=True).first()
    if is_cancelled is None:
        raise ClaimLost
    if is_cancelled:
        raise CancelRequested


def _give_back(run: MatchRun, error: Exception, now: datetime) -> None:
    """Leave the run to the next attempt, at once stale, or fail it after the last one."""
    failure = f"{type(error).__name__}: {error}"
    with transaction.atomic():
        held = MatchRun.objects.filter(pk=run.pk, claim=run.claim, state=RunState.RUNNING)
        if not held.update(heartbeat_at=None, failure=failure):
            return
        if run.attempts >= settings.MATCH_RUN_ATTEMPTS:
            fail_run(run, failure=failure, now=now)
