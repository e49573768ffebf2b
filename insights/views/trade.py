"""Trade between Korea and Japan by groups of goods, as official statistics say it."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, has_staff_role, staff_page
from common.errors import GagyoError
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import FILE_FAULTS
from insights import services
from insights.choices import TradeFault, UploadState
from insights.exporting import csv_response
from insights.forms.trade import TradeUploadForm, TradeUseForm
from insights.importing import read_trade
from insights.models import TradeUpload
from insights.queries import trade as queries
from insights.report import CHARTS
from insights.trade_groups import GROUPS, TOTAL

SHOWN_ROWS: Final = 10
SHOWN_FAULTS: Final = 100
# Of the association's report, what it says of trade.
REPORT_CHARTS: Final = (CHARTS[0], CHARTS[1], CHARTS[3])


@staff_page()
@require_safe
def trade(request: SignedInRequest) -> HttpResponse:
    """The total year by year, and the groups of goods in one year."""
    uploads = queries.current_uploads()
    context: dict[str, Any] = {
        "uploads": uploads,
        "report_charts": () if uploads else REPORT_CHARTS,
        "may_upload": bool(has_staff_role(request.user, StaffRole.SUPERVISOR)),
        "others": TradeUpload.objects.exclude(state=UploadState.CURRENT)
        .defer("content", "faults")
        .select_related("uploaded_by")[:SHOWN_ROWS],
    }
    if uploads:
        upload = _chosen(request, uploads)
        years = queries.years_of(upload)
        year = _year(request, years)
        context |= {
            "upload": upload,
            "years": years,
            "year": year,
            "is_partial": dict(years).get(year, False),
            "total": queries.series(upload),
            "rows": queries.goods_rows(upload, year),
            "long": queries.LONG,
        }
    return render(request, "insights/trade.html", context)


@staff_page()
@require_safe
def trade_goods(request: SignedInRequest, pk: UUID, key: str) -> HttpResponse:
    """One group of goods year by year."""
    upload = get_object_or_404(TradeUpload, pk=pk, state=UploadState.CURRENT)
    name = upload.figures.filter(key=key).values_list("goods", flat=True).first()
    if name is None:
        raise Http404
    context = {
        "upload": upload,
        "label": queries.label_of(key, name),
        "name": name,
        "group": GROUPS.get(key),
        "rows": queries.series(upload, key),
    }
    return render(request, "insights/trade_goods.html", context)


@staff_page()
@require_safe
def trade_file(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """All figures of a source that is in use."""
    upload = get_object_or_404(TradeUpload, pk=pk, state=UploadState.CURRENT)
    header = [
        _("Year"),
        _("Part of the year"),
        _("Direction"),
        _("Goods"),
        _("Goods as the source writes them"),
        _("HS codes"),
        _("Value"),
        _("Unit"),
        _("Source"),
        _("Retrieved on"),
    ]
    rows = (
        [
            figure.year,
            int(figure.is_partial_year),
            figure.get_direction_display(),
            queries.label_of(figure.key, figure.goods),
            figure.goods,
            " ".join(GROUPS[figure.key].hs) if figure.key in GROUPS else "",
            figure.value.normalize(),
            upload.get_unit_display(),
            upload.source,
            upload.retrieved_on.isoformat(),
        ]
        for figure in upload.figures.order_by("year", "goods", "direction")
    )
    return csv_response("korea-japan-trade.csv", header, rows)


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def trade_upload(request: SignedInRequest) -> HttpResponse:
    form = TradeUploadForm(
        request.POST or None, request.FILES or None, initial={"retrieved_on": timezone.localdate()}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        file = given.pop("file")
        try:
            upload = services.check_trade_file(
                name=file.name or "",
                content=file.read(),
                **given,
                actor=request.user,
                now=timezone.now(),
            )
        except UnreadableFile as error:
            form.add_error("file", _sentence(error))
        else:
            return redirect("insights:trade_check", upload.pk)
    return render(
        request, "insights/trade_upload.html", {"form": form}, status=422 if form.errors else 200
    )


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def trade_check(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What a file holds and what is wrong with it, before its figures are used."""
    upload = get_object_or_404(TradeUpload.objects.select_related("uploaded_by"), pk=pk)
    form = TradeUseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.use_trade_file(
                upload=upload, **form.cleaned_data, actor=request.user, now=timezone.now()
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The figures of this file are in use."))
            return redirect("insights:trade")
    parsed = read_trade(bytes(upload.content), retrieved_on=upload.retrieved_on)
    context = {
        "upload": upload,
        "form": form,
        "rows": [
            (row, queries.label_of(row.key, row.goods), row.direction.label)
            for row in parsed.rows[:SHOWN_ROWS]
        ],
        "years": sorted({row.year for row in parsed.rows}),
        "group_count": len({row.key for row in parsed.rows}),
        "unknown": sorted({row.goods for row in parsed.rows if row.key not in GROUPS}),
        "faults": [
            (fault, TradeFault(fault["code"]).label) for fault in upload.faults[:SHOWN_FAULTS]
        ],
        "replaces": TradeUpload.objects.filter(
            source=upload.source, state=UploadState.CURRENT
        ).exclude(pk=upload.pk),
    }
    return render(request, "insights/trade_check.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest, uploads: list[TradeUpload]) -> TradeUpload:
    """The source that was asked for, or the latest that tells of groups of goods."""
    wanted = request.GET.get("source", "")
    for upload in uploads:
        if str(upload.pk) == wanted:
            return upload
    for upload in uploads:
        if upload.figures.exclude(key=TOTAL).exists():
            return upload
    return uploads[0]


def _year(request: HttpRequest, years: list[tuple[int, bool]]) -> int:
    """The year that was asked for, or the last whole one."""
    wanted = request.GET.get("year", "")
    known = [year for year, _is_partial in years]
    if wanted.isdecimal() and int(wanted) in known:
        return int(wanted)
    return next((year for year, is_partial in years if not is_partial), known[0] if known else 0)


def _sentence(error: UnreadableFile) -> str:
    if error.code == TradeFault.NO_COLUMNS:
        return str(TradeFault.NO_COLUMNS.label)
    return str(FILE_FAULTS[error.code]) % error.details
