"""What is known of a policy before it is put in force: its simulations, how fresh they are, and
in what it differs from another one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.formatting import number_text, percent_text
from common.models import AuditEvent
from companies.models import Company, Need, Offering
from matching.choices import Criterion, EventReason, RunState, SimulationBasis
from matching.models import SETTINGS, MatchEvent, MatchPolicy, MatchRun, PolicySimulation

COUNT_LIMIT: Final = 1000
_OF_RUNS: Final = (EventReason.FOUND, EventReason.FOUND_AGAIN, EventReason.NOT_FOUND)
_SHARES: Final = (
    "min_score",
    "min_confidence",
    "min_product",
    "auto_approve_above",
    "four_eyes_above",
)
_LIMITS: Final = ("introductions_limit", "seats_limit")


@dataclass(frozen=True, slots=True)
class Changes:
    """What has happened since a moment, each counted up to COUNT_LIMIT."""

    firms: int
    items: int
    matches: int  # decided, answered, withdrawn …
    runs: int

    @property
    def of_data(self) -> bool:
        """Something that a run looks at is not as it was."""
        return bool(self.firms or self.items or self.matches)


@dataclass(frozen=True, slots=True)
class Tried:
    basis: SimulationBasis
    simulation: PolicySimulation | None = None
    changes: Changes | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two policies say differently, in words."""

    label: str | Promise
    old: str
    new: str


def changes_since(moment: datetime) -> Changes:
    """Eight queries, whatever has happened."""
    edited = AuditEvent.objects.filter(at__gt=moment).order_by()
    firms = edited.filter(object_type=Company._meta.label_lower).exclude(
        Q(verb__endswith="_asked") | Q(verb__endswith="_sent")
    )
    firm_ids = _ids(firms, "object_id")
    firm_ids |= _ids(Company.objects.filter(updated_at__gt=moment).order_by(), "pk")
    item_ids: set[str] = set()
    for model in (Need, Offering):
        item_ids |= _ids(edited.filter(object_type=model._meta.label_lower), "object_id")
        item_ids |= _ids(model._default_manager.filter(updated_at__gt=moment).order_by(), "pk")
    decided = MatchEvent.objects.filter(at__gt=moment).exclude(reason__in=_OF_RUNS).order_by()
    runs = MatchRun.objects.writing().filter(state=RunState.COMPLETED, finished_at__gt=moment)
    return Changes(
        firms=min(len(firm_ids), COUNT_LIMIT),
        items=min(len(item_ids), COUNT_LIMIT),
        matches=len(_ids(decided, "match_id")),
        runs=runs.order_by()[:COUNT_LIMIT].count(),
    )


def _ids(rows: Any, column: str) -> set[str]:
    return {str(pk) for (pk,) in rows.values_list(column).distinct()[:COUNT_LIMIT]}


def basis_of(policy: MatchPolicy, *, now: datetime) -> Tried:
    """The newest complete simulation of the policy as it is, else of what it was, and whether the
    data are still those that it saw."""
    complete = policy.simulations.select_related("run", "against").filter(
        run__state=RunState.COMPLETED
    )
    found = list(complete.defer("pairs", "result")[:20])
    for simulation in found:
        if simulation.settings == policy.settings:
            changes = changes_since(simulation.run.snapshot_at or simulation.created_at)
            basis = SimulationBasis.DATA if changes.of_data else SimulationBasis.FRESH
            return Tried(basis, simulation, changes)
    return Tried(SimulationBasis.SETTINGS, found[0]) if found else Tried(SimulationBasis.NONE)


def shares(policy: MatchPolicy) -> dict[str, float]:
    """{criterion: its share of all weights}: only their relation counts."""
    total = sum(policy.weights.values()) or 1.0
    return {name: policy.weights.get(name, 0.0) / total for name in Criterion.values}


def differences(old: MatchPolicy, new: MatchPolicy) -> list[Difference]:
    """What `new` says differently, in words; weights as shares."""
    return [*_other_weights(old, new), *_other_settings(old, new)]


def _other_weights(old: MatchPolicy, new: MatchPolicy) -> Iterator[Difference]:
    before, after = shares(old), shares(new)
    for name in Criterion.values:
        if abs(before[name] - after[name]) >= 0.0005:
            label = _("Weight: %(criterion)s") % {"criterion": Criterion(name).label}
            yield Difference(label, percent_text(before[name], 1), percent_text(after[name], 1))


def _other_settings(old: MatchPolicy, new: MatchPolicy) -> Iterator[Difference]:
    for name in SETTINGS:
        before, after = getattr(old, name), getattr(new, name)
        if name != "weights" and before != after:
            field = MatchPolicy._meta.get_field(name)
            yield Difference(_label(field), said(name, before), said(name, after))


def said(name: str, value: Any) -> str:
    """One setting in words."""
    if value is None:
        return _("as each firm says") if name in _LIMITS else _("off")
    return percent_text(value) if name in _SHARES else number_text(value)


def _label(field: Any) -> str:
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def simulations_of(policy: MatchPolicy) -> Any:
    """Newest first, without their bulk."""
    found = policy.simulations.select_related("run__requested_by")
    return found.defer("pairs", "settings")
