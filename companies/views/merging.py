"""Firms that may be one: the list, "not a duplicate", the merge with a preview, its undoing."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from companies import services
from companies.forms.merging import MergeForm
from companies.models import Company, CompanyMerge, Duplicate
from companies.permissions import can_suspend
from companies.services.merging import MergeBuiltOn, MergePreview, merge_obstacle
from companies.wording import BUILT_ON, LIKENESSES, MERGE_CHANGES, OTHER_BUILT_ON, OTHER_ROWS

PAGE_SIZE: Final = 25


@staff_page()
@require_safe
def duplicates(request: SignedInRequest) -> HttpResponse:
    """Pairs that may be one firm, the likeliest first."""
    found = Duplicate.objects.standing().select_related("first__region", "second__region")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, evidence_of(row)) for row in page],
        "may_merge": bool(can_suspend(request.user)),
    }
    return render(request, "companies/duplicates.html", context)


@staff_page()
@require_POST
def duplicate_dismiss(request: SignedInRequest, pk: UUID, other: UUID) -> HttpResponse:
    firm, twin = _firm(pk), _firm(other)
    services.dismiss_duplicate(one=firm, other=twin, actor=request.user, now=timezone.now())
    messages.success(
        request,
        _("Noted: %(one)s and %(other)s are two firms.") % {"one": firm, "other": twin},
    )
    if request.GET.get("from") == "list":
        return redirect("companies:duplicates")
    return redirect("companies:verification_detail", pk=pk)


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: SignedInRequest, pk: UUID, other: UUID) -> HttpResponse:
    """`pk` stays, `other` goes into it: both side by side, and what would happen."""
    survivor, absorbed = _firm(pk), _firm(other)
    obstacle = merge_obstacle(survivor, absorbed)
    form = MergeForm(survivor, absorbed, request.POST or None)
    preview: list[tuple[str, int]] = []
    if request.method == "POST" and not obstacle and form.is_valid():
        try:
            services.merge_companies(
                survivor=survivor,
                absorbed=absorbed,
                fields=form.chosen,
                note=form.cleaned_data["note"],
                actor=request.user,
                now=timezone.now(),
            )
        except GagyoError as error:
            obstacle = str(error)
        else:
            messages.success(request, _("The two records are one. Its people get a mail."))
            return redirect("companies:verification_detail", pk=survivor.pk)
    if not obstacle:
        try:
            preview = _lines(
                services.preview_merge(
                    survivor=survivor,
                    absorbed=absorbed,
                    fields=form.proposed,
                    actor=request.user,
                    now=timezone.now(),
                )
            )
        except GagyoError as error:
            obstacle = str(error)
    context = {
        "survivor": survivor,
        "absorbed": absorbed,
        "form": form,
        "obstacle": obstacle,
        "preview": preview,
        "may_swap": not merge_obstacle(absorbed, survivor),
    }
    failed = request.method == "POST"
    return render(request, "companies/merge.html", context, status=422 if failed else 200)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def merge_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(CompanyMerge, pk=pk)
    try:
        services.undo_merge(merge=row, actor=request.user, now=timezone.now())
    except MergeBuiltOn as error:
        told = {str(BUILT_ON.get(code, OTHER_BUILT_ON)) for code in error.found}
        messages.error(request, " ".join([str(error), *sorted(told)]))
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The merge is undone: there are two firms again."))
    return redirect("companies:verification_detail", pk=row.survivor_id)


def evidence_of(row: Duplicate) -> list[str]:
    """What speaks for one firm, and against it, as sentences."""
    return [
        str(LIKENESSES[each["code"]]) % {"text": each["text"]}
        for each in row.evidence
        if each["code"] in LIKENESSES
    ]


def _firm(pk: UUID) -> Company:
    return get_object_or_404(Company.objects.select_related("region"), pk=pk)


def _lines(preview: MergePreview) -> list[tuple[str, int]]:
    """(what happens, how many), in the order of the wording; firms' own columns are above."""
    found: dict[Any, int] = {}
    for key, count in preview.changes.items():
        if key[0] == "companies.company" or not count:
            continue
        label = str(MERGE_CHANGES.get(key, OTHER_ROWS))
        found[label] = found.get(label, 0) + count
    order = [str(label) for label in (*MERGE_CHANGES.values(), OTHER_ROWS)]
    return sorted(found.items(), key=lambda line: order.index(line[0]))
