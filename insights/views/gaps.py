"""The supply gap map: which goods lack verified suppliers, and what stands behind each figure."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.formatting import moment_text
from common.localisation import active_language
from insights import services
from insights.choices import GoodsLevel
from insights.definitions import MEANINGS
from insights.exporting import csv_response
from insights.forms.gaps import GapFilterForm
from insights.models import GapReport, GoodsGap
from insights.queries import gaps as queries
from insights.queries.trade import current_uploads, trade_behind
from matching.choices import Direction
from taxonomy.vocabulary import load_vocabulary

PAGE_SIZE: Final = 25
# Concepts that are named beside an HS code.
MOST_NAMES: Final = 4
COLUMNS: Final = (
    "needs",
    "single",
    "critical",
    "seats",
    "taken",
    "wanted",
    "offered",
    "eligible",
    "with_room",
    "gap",
    "candidates",
)
NEED_COLUMNS: Final = ("seats", "taken", "wanted", "offered", "eligible", "with_room", "gap")


@staff_page()
@require_safe
def gaps(request: SignedInRequest) -> HttpResponse:
    """The map: totals, a table of sectors and goods, and the goods most in need first."""
    report = queries.latest_report()
    form = GapFilterForm(request.GET)
    wanted = form.wanted()
    context: dict[str, Any] = {
        "report": report,
        "at_work": queries.report_at_work(),
        "form": form,
        "wanted": wanted,
        "meanings": MEANINGS,
        "query": request.GET.urlencode(),
    }
    if report:
        rows = queries.goods_gaps(report, wanted)
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        context |= {
            "page": page,
            "rows": hs_names(page),
            "totals": queries.totals(report),
            "heat": queries.heat(report, wanted.direction),
        }
    return render(request, "insights/gaps.html", context)


@staff_page()
@require_safe
def gaps_file(request: SignedInRequest) -> HttpResponse:
    """The map's rows as the filters leave them, each with the time of the count."""
    report = queries.latest_report()
    if report is None:
        raise Http404
    rows = queries.goods_gaps(report, GapFilterForm(request.GET).wanted())
    header = [
        _("Goods"),
        _("Code"),
        _("Direction"),
        *(MEANINGS[column].label for column in COLUMNS),
        _("Needs with a gap"),
        _("Open since"),
        _("As of"),
    ]
    as_of = moment_text(report.as_of) if report.as_of else ""
    return csv_response(
        "supply-gaps.csv",
        header,
        (
            [
                row.label,
                row.code,
                row.get_direction_display(),
                *(getattr(row, column) for column in COLUMNS),
                row.short,
                timezone.localdate(row.opened_at).isoformat(),
                as_of,
            ]
            for row in rows
        ),
    )


@staff_page()
@require_POST
def gaps_compute(request: SignedInRequest) -> HttpResponse:
    """Count now; the page says when it is done."""
    services.request_gaps(actor=request.user, now=timezone.now())
    messages.success(request, _("The market is being counted. This takes about a minute."))
    return redirect("insights:gaps")


@staff_page()
@require_safe
def gap(request: SignedInRequest, direction: str, level: str, code: str) -> HttpResponse:
    """One goods of the map: the needs that its figures are counted from."""
    goods, report = find_goods(direction, level, code)
    page = Paginator(queries.needs_behind(goods), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        (figure, need, queries.obstacle_texts(figure))
        for figure, need in queries.with_needs(list(page))
    ]
    context = {**head(goods, report), "tab": "needs", "page": page, "rows": rows}
    context["trend"] = queries.trend(goods, timezone.now())
    context["fates"] = queries.fates(goods)
    context["trade"] = trade_behind(goods, current_uploads())
    return render(request, "insights/gap_needs.html", context)


@staff_page()
@require_safe
def gap_offerings(request: SignedInRequest, direction: str, level: str, code: str) -> HttpResponse:
    """The offerings there are, and why they do not suffice."""
    goods, report = find_goods(direction, level, code)
    now = timezone.now()
    offerings = queries.offerings_behind(goods, now).select_related("company")
    page = Paginator(offerings.order_by("company", "pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    shown, asked = queries.shortfalls(goods, list(page), now)
    context = {**head(goods, report), "tab": "offerings", "page": page}
    context |= {"rows": shown, "asked": asked, "now": now}
    return render(request, "insights/gap_offerings.html", context)


def head(goods: GoodsGap, report: GapReport) -> dict[str, Any]:
    """What stands above the tabs of one goods."""
    return {
        "goods": goods,
        "report": report,
        "names": hs_names([goods])[0][1],
        "figures": [(MEANINGS[column], getattr(goods, column)) for column in COLUMNS],
    }


def hs_names(rows: Iterable[GoodsGap]) -> list[tuple[GoodsGap, str]]:
    """Each row with what is under its HS code, in the words of the taxonomy."""
    vocabulary, language = load_vocabulary(), active_language()

    def names(code: str) -> str:
        labels = sorted(vocabulary.label(each, language) for each in vocabulary.of_hs(code))
        return ", ".join(labels[:MOST_NAMES])

    return [(row, "" if row.concept_id is not None else names(row.code)) for row in rows]


@staff_page()
@require_safe
def gap_file(request: SignedInRequest, direction: str, level: str, code: str) -> HttpResponse:
    """The needs behind one goods: their columns add up to its figures."""
    goods, report = find_goods(direction, level, code)
    rows = queries.with_needs(list(queries.needs_behind(goods)))
    header = [
        _("Need"),
        _("Firm"),
        *(MEANINGS[column].label for column in NEED_COLUMNS),
        _("Single-sourced"),
        _("Critical"),
        _("Risk"),
        _("Open since"),
        _("As of"),
    ]
    as_of = moment_text(report.as_of) if report.as_of else ""
    return csv_response(
        f"supply-gap-{goods.code}.csv",
        header,
        (
            [
                need.title,
                need.company.display_name,
                *(getattr(figure, column) for column in NEED_COLUMNS),
                int(figure.is_single_sourced),
                int(figure.is_critical),
                figure.get_risk_reason_display(),
                timezone.localdate(figure.opened_at).isoformat(),
                as_of,
            ]
            for figure, need in rows
        ),
    )


def find_goods(direction: str, level: str, code: str) -> tuple[GoodsGap, GapReport]:
    """A row of the last count; 404 for goods that nobody needs."""
    report = queries.latest_report()
    if report is None or direction not in Direction or level not in GoodsLevel:
        raise Http404
    goods = get_object_or_404(
        GoodsGap.objects.select_related("concept__sector"),
        report=report,
        direction=direction,
        level=level,
        code=code,
    )
    return goods, report
