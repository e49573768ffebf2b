"""Simulations of policies: start one, watch it, stop it, read what it would change."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from common.tabling import streamed
from matching import services
from matching.choices import Direction, RunState
from matching.engine_adapter.simulated import KINDS
from matching.engine_adapter.simulating import LOAD
from matching.exporting import SIMULATED, simulated_rows
from matching.models import MatchPolicy, PolicySimulation
from matching.permissions import can_manage_policies
from matching.queries.simulation import SMALL_UP_TO, examples
from matching.queries.tuning import changes_since, differences
from matching.views.runs import ENDED
from taxonomy.models import Sector

SHOWN_KINDS: Final = KINDS[:4]


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def policy_simulate(request: SignedInRequest, version: int) -> HttpResponse:
    policy = get_object_or_404(MatchPolicy, version=version)
    try:
        simulation = services.request_simulation(
            policy=policy, actor=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.warning(request, str(error))
        return redirect("matching:policy", version=version)
    return redirect("matching:simulation", pk=simulation.pk)


@staff_page()
@require_safe
def simulation(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Progress, fetched anew until it has ended, then the result. Reviewers may read it."""
    found = _found(pk)
    has_ended = found.run.state in ENDED
    fragment = request.htmx and not request.htmx.history_restore_request
    context: dict[str, Any] = {
        "simulation": found,
        "run": found.run,
        "has_ended": has_ended,
        "may_manage": bool(can_manage_policies(request.user)),
    }
    if fragment and has_ended:
        # The result is more than the part that was asked for: the page comes as a whole.
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    if found.run.state == RunState.COMPLETED:
        context |= _result(found)
    template = "matching/policies/simulation.html" + ("#progress" if fragment else "")
    return render(request, template, context)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def simulation_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    try:
        services.cancel_run(run=_found(pk).run, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The simulation is being stopped."))
    return redirect("matching:simulation", pk=pk)


@staff_page(StaffRole.SUPERVISOR)
@require_safe
def simulation_file(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """Every pair that is proposed now or would be, as a table for spreadsheets."""
    found = get_object_or_404(PolicySimulation.objects.select_related("policy"), pk=pk)
    if found.pairs is None:
        raise Http404
    name = f"simulation-v{found.policy.version}-{timezone.localdate(found.created_at)}"
    return streamed(name, "csv", SIMULATED, simulated_rows(bytes(found.pairs)))


def _found(pk: UUID) -> PolicySimulation:
    found = PolicySimulation.objects.select_related("policy", "run__requested_by", "against")
    return get_object_or_404(found.defer("pairs"), pk=pk)


def _result(found: PolicySimulation) -> dict[str, Any]:
    result, policy = found.result, found.policy
    tried = MatchPolicy(
        name=policy.name, version=policy.version, state=policy.state, **found.settings
    )
    sectors = {sector.code: str(sector) for sector in Sector.objects.all()} | {
        "": _("without a sector")
    }
    has_pairs = PolicySimulation.objects.filter(pk=found.pk, pairs__isnull=False).exists()
    listed = examples(result["examples"])
    return {
        "result": result,
        "kinds": result["kinds"],
        "by_direction": [
            (str(Direction(code).label), counts) for code, counts in result["directions"].items()
        ],
        "by_sector": [
            (sectors.get(code, code), counts) for code, counts in result["sectors"].items()
        ],
        "before": result["fairness"]["present"],
        "after": result["fairness"]["simulated"],
        "load": [
            {"least": least, "most": most, "before": before, "after": after}
            for least, most, before, after in zip(
                LOAD,
                [*(following - 1 for following in LOAD[1:]), None],
                result["load"]["present"],
                result["load"]["simulated"],
                strict=True,
            )
        ],
        "examples": [
            (_("Enter, the best first"), listed["entering"]),
            (_("Leave, the best first"), listed["leaving"]),
            (_("Move, the farthest first"), listed["moved"]),
        ],
        "small_up_to": SMALL_UP_TO,
        "has_pairs": has_pairs,
        "changes": changes_since(found.run.snapshot_at or found.created_at),
        "is_other": found.settings != policy.settings,
        "differences": differences(found.against, tried) if found.against else [],
        "active": found.against,
    }
