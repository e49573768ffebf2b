"""The pages of figures: an overview, one for each group, the definitions, the board's report."""

from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.formatting import month_text
from common.jobs import kick
from insights.definitions import FIGURES, GROUPS, MEANINGS
from insights.forms.scope import ScopeForm
from insights.models import Counting
from insights.permissions import can_export_figures, can_see_all_reviewers
from insights.queries.figures import breakdown, values
from insights.queries.lorenz import lorenz_curve
from insights.queries.scope import Scope, month_before
from insights.report import BENCHMARKS
from insights.views.showing import Shown, sections, tables

# What the overview and the report show of each group.
MAIN: Final[dict[str, tuple[str, ...]]] = {
    "funnel": ("proposed", "approved", "answered_both", "introduced", "met", "contract"),
    "satisfaction": ("satisfied_share", "keeping_share"),
    "fairness": ("coverage_proposed", "coverage_introduced", "coverage_new", "gini_proposals"),
    "mail": ("mail_written", "mail_bounced_share", "mail_uncertain", "mail_delay_median"),
    "workload": ("decisions", "decision_wait_median", "late_share"),
}
MONTHS_TO_CHOOSE: Final = 13


def scope_context(request: SignedInRequest) -> dict[str, Any]:
    """What every page of figures needs: the form, its scope, and how fresh the figures are."""
    form = ScopeForm(request.GET, today=timezone.localdate())
    scope = form.scope()
    return {
        "form": form,
        "scope": scope,
        "before": scope.before(),
        "query": form.query(),
        "figure_groups": GROUPS.values(),
        "counting": Counting.objects.first(),
        "may_export": bool(can_export_figures(request.user)),
    }


@staff_page()
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """The main figures of every group."""
    context = scope_context(request)
    context["cards"] = _main_figures(context["scope"])
    return render(request, "insights/overview.html", context)


@staff_page()
@require_safe
def group(request: SignedInRequest, code: str) -> HttpResponse:
    """The figures of one group, and what they are broken down by."""
    context = scope_context(request)
    asked, scope = GROUPS[code], context["scope"]
    everybody = bool(can_see_all_reviewers(request.user))
    context |= {
        "group": asked,
        "sections": sections(asked, scope),
        "tables": tables(asked, scope, only_reviewer=None if everybody else request.user.pk),
        "sees_all_reviewers": everybody,
        **EXTRAS.get(code, lambda scope: {})(scope),
    }
    return render(request, f"insights/{code}.html", context)


@staff_page()
@require_safe
def definitions(request: SignedInRequest) -> HttpResponse:
    """What every figure means."""
    context = scope_context(request)
    context["defined"] = [
        (each, [FIGURES[code] for code in each.figures]) for each in GROUPS.values()
    ]
    context["gaps"] = MEANINGS
    return render(request, "insights/definitions.html", context)


@staff_page()
@require_safe
def board_report(request: SignedInRequest) -> HttpResponse:
    """The main figures of one month on paper, in the reader's language."""
    today = timezone.localdate()
    choices = [month_before(today, number) for number in range(MONTHS_TO_CHOOSE)]
    wanted = request.GET.get("month", "")
    month = next((each for each in choices if f"{each:%Y-%m}" == wanted), choices[1])
    scope = Scope(month, min(_last_of(month), today))
    funnel = tables(GROUPS["funnel"], scope)
    by = {table.asked.dimension: table for table in funnel}
    context = {
        "month_name": month_text(month),
        "choices": [(f"{each:%Y-%m}", month_text(each)) for each in choices],
        "scope": scope,
        "before": Scope(month_before(month, 1), month - timedelta(days=1)),
        "cards": _main_figures(scope),
        "by_sector": by["sector"],
        "by_direction": by["direction"],
        "benchmarks": _benchmarks(scope),
        "counting": Counting.objects.first(),
        "figure_groups": GROUPS.values(),
    }
    return render(request, "insights/board_report.html", context)


@staff_page()
@require_POST
def count(request: SignedInRequest) -> HttpResponse:
    """Have the figures of matching counted anew now."""
    kick("insights.count_journeys")
    messages.success(request, _("The figures are being counted. Load the page again in a moment."))
    return redirect("insights:overview")


def _last_of(month: date) -> date:
    return month_before(month, -1) - timedelta(days=1)


def _main_figures(scope: Scope) -> list[tuple[Any, list[Shown]]]:
    codes = [code for group_codes in MAIN.values() for code in group_codes]
    now, before = values(codes, scope), values(codes, scope.before())
    return [
        (GROUPS[name], [Shown(FIGURES[code], now[code], before[code]) for code in group_codes])
        for name, group_codes in MAIN.items()
    ]


def _benchmarks(scope: Scope) -> list[tuple[Any, Shown]]:
    """The report's figures, each with ours of the firms of the same country."""
    codes = ("satisfied_share", "keeping_share")
    by_country = {line.key: line.values for line in breakdown(codes, scope, "country")}
    return [
        (each, Shown(FIGURES[each.own], by_country[each.country][each.own])) for each in BENCHMARKS
    ]


EXTRAS: Final[dict[str, Any]] = {
    "satisfaction": lambda scope: {"benchmarks": _benchmarks(scope)},
    "fairness": lambda scope: {"curve": lorenz_curve(scope)},
}
