"""A run as staff look at it: how far it is, what it did, and against the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.formatting import duration_text
from matching.choices import ChangeKind, Direction, RunPhase, RunState
from matching.models import MatchRun, RunChange
from taxonomy.models import Sector

NIGHTLY = "matching.request_nightly_run"
COUNTS: Final = {
    "candidates": _("Pairs to choose among"),
    "new": _("New proposals"),
    "kept": _("Proposals that stand"),
    "moved": _("Proposals with another score"),
    "reopened": _("Proposed again"),
    "withdrawn": _("Withdrawn proposals"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """`speed`: needs a second; `left`: in words; None where it cannot be told yet."""

    phases: list[tuple[str, str, str]]
    speed: float | None
    left: str
    silent_since: datetime | None


def progress_of(run: MatchRun, now: datetime) -> Progress:
    """Each phase as (label, state, duration); state is done, now or later."""
    phases = []
    codes = list(RunPhase)
    at = codes.index(RunPhase(run.phase)) if run.phase else -1
    seconds = run.summary.get("seconds", {})
    has_ended = run.state not in (RunState.QUEUED, RunState.RUNNING)
    for place, code in enumerate(codes):
        state = "done" if place < at or (has_ended and code in seconds) else "later"
        if place == at and not has_ended:
            state = "now"
        phases.append((str(code.label), state, _took(run, code, seconds, now)))
    speed, left = _speed(run, now)
    silent = run.state == RunState.RUNNING and (
        run.heartbeat_at is None or run.heartbeat_at <= now - settings.MATCH_RUN_STALE
    )
    return Progress(phases, speed, left, run.heartbeat_at or run.started_at if silent else None)


def _took(run: MatchRun, code: str, seconds: Mapping[str, float], now: datetime) -> str:
    if code in seconds:
        return duration_text(seconds[code])
    if (start := run.phases.get(code)) is None:
        return ""
    later = [begin for begin in run.phases.values() if begin > start]
    end = datetime.fromisoformat(min(later)) if later else now
    is_over = later or run.state == RunState.RUNNING
    return duration_text((end - datetime.fromisoformat(start)).total_seconds()) if is_over else ""


def _speed(run: MatchRun, now: datetime) -> tuple[float | None, str]:
    start = run.phases.get(RunPhase.SCORING)
    if run.state != RunState.RUNNING or run.phase != RunPhase.SCORING or start is None:
        return None, ""
    elapsed = (now - datetime.fromisoformat(start)).total_seconds()
    compared = run.needs_done - run.needs_before
    if elapsed <= 0 or compared <= 0:
        return None, ""
    speed = compared / elapsed
    return speed, duration_text((run.needs_total - run.needs_done) / speed)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of this run, of the one before, and the difference."""

    label: str | Promise
    now: int | None
    before: int | None

    @property
    def difference(self) -> int | None:
        return None if self.now is None or self.before is None else self.now - self.before


def lines_of(run: MatchRun, last: MatchRun | None) -> list[Line]:
    lines = [
        Line(_("Needs"), run.needs_total, last.needs_total if last else None),
        Line(_("Offerings"), run.offerings_total, last.offerings_total if last else None),
    ]
    for name, label in COUNTS.items():
        before = last.summary.get(name) if last else None
        lines.append(Line(label, run.summary.get(name), before))
    return lines


def last_run_before(run: MatchRun) -> MatchRun | None:
    """The run whose proposals this one found: for firms alike, and completed."""
    return (
        MatchRun.objects.writing()
        .filter(
            state=RunState.COMPLETED,
            includes_prospects=run.includes_prospects,
            snapshot_at__lt=run.snapshot_at or run.created_at,
        )
        .exclude(pk=run.pk)
        .order_by("-snapshot_at")
        .first()
    )


def last_run(run: MatchRun) -> MatchRun | None:
    """What a completed run is compared with: the last one of the same scope, if there is one."""
    if run.state != RunState.COMPLETED:
        return None
    alike = (
        MatchRun.objects.writing()
        .filter(
            state=RunState.COMPLETED,
            includes_prospects=run.includes_prospects,
            sector=run.sector_id,
            company=run.company_id,
            snapshot_at__lt=run.snapshot_at or run.created_at,
        )
        .exclude(pk=run.pk)
        .select_related("policy")
        .order_by("-snapshot_at")
    )
    return alike.first() or last_run_before(run)


def by_sector(run: MatchRun) -> list[tuple[Any, int, int, int]]:
    """(sector or None, Korea → Japan, Japan → Korea, together) of all proposals of the run."""
    counts: dict[str, dict[str, int]] = {}
    for direction, code, count in run.summary.get("by", []):
        counts.setdefault(code, {})[direction] = count
    sectors = {sector.code: sector for sector in Sector.objects.filter(code__in=counts)}
    rows = []
    for code in [*sectors, ""]:
        if code in counts:
            there = counts[code].get(Direction.KR_TO_JP, 0)
            back = counts[code].get(Direction.JP_TO_KR, 0)
            rows.append((sectors.get(code), there, back, there + back))
    return rows


def changes_of(run: MatchRun, *, kind: str, cause: str, direction: str) -> QuerySet[RunChange]:
    """The kept changes of one kind, the most telling first."""
    found = RunChange.objects.filter(run=run, kind=kind)
    if cause:
        found = found.filter(cause=cause)
    if direction:
        found = found.filter(direction=direction)
    return found.select_related("need__company", "offering__company").order_by("-weight", "pk")


def kept_by_kind(run: MatchRun) -> dict[str, int]:
    """{kind: how many changes are kept}; every kind is there."""
    rows = RunChange.objects.filter(run=run).order_by().values_list("kind")
    counts = dict(rows.annotate(Count("pk")))
    return {kind: counts.get(kind, 0) for kind in ChangeKind.values}


def next_nightly_run(now: datetime) -> datetime | None:
    """When the schedule starts the next full run; None when the schedule has none."""
    entry = current_app.conf.beat_schedule.get(NIGHTLY)
    if entry is None:
        return None
    schedule = entry["schedule"]
    local = timezone.localtime(now)
    night = local.replace(
        hour=min(schedule.hour), minute=min(schedule.minute), second=0, microsecond=0
    )
    return night if night > local else night + timedelta(days=1)
