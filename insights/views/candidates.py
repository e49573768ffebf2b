"""Firms that could fill a gap and have not registered: whom to invite, and what came of it."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import RuleViolated
from common.localisation import LANGUAGES
from companies.choices import CompanyState
from companies.models import Company
from insights import services
from insights.exporting import csv_response
from insights.forms.approaches import ApproachFilterForm, ApproachForm, ResultForm
from insights.models import Approach, GoodsGap
from insights.queries.market import supplier_of
from insights.searching import Candidate, candidates, with_reasons
from insights.views.gaps import find_goods, head
from mailing.links import absolute_url

PAGE_SIZE: Final = 25
MOST_IN_FILE: Final = 2000


@staff_page()
@require_safe
def gap_candidates(request: SignedInRequest, direction: str, level: str, code: str) -> HttpResponse:
    goods, report = find_goods(direction, level, code)
    entries, found = candidates(goods, viewer=request.user)
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = with_reasons(list(page), goods, found, today=timezone.localdate())
    context = {**head(goods, report), "tab": "candidates", "page": page, "rows": rows}
    return render(request, "insights/gap_candidates.html", context)


@staff_page()
@require_safe
def candidates_file(
    request: SignedInRequest, direction: str, level: str, code: str
) -> HttpResponse:
    """Whom to invite, as a table to work with; at most MOST_IN_FILE firms."""
    goods, _report = find_goods(direction, level, code)
    entries, found = candidates(goods, viewer=request.user)
    rows = with_reasons(list(entries[:MOST_IN_FILE]), goods, found, today=timezone.localdate())
    header = [
        _("Goods"),
        _("Direction"),
        _("Korean name"),
        _("Japanese name"),
        _("English name"),
        _("Official number"),
        _("Website"),
        _("Region"),
        _("Public list"),
        _("Identifier in the list"),
        _("Listed with these goods"),
        _("What it supplies, in its own words"),
        _("Score of the best prospect"),
        _("Last approach"),
        _("What came of it"),
    ]
    return csv_response(f"whom-to-invite-{goods.code}.csv", header, map(_row(goods), rows))


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def approach_new(
    request: SignedInRequest, direction: str, level: str, code: str, pk: UUID
) -> HttpResponse:
    """One firm and one gap: what was done so far, the letter, and a form for what was done now."""
    goods, report = find_goods(direction, level, code)
    firm = _firm(goods, pk)
    form = ApproachForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            services.record_approach(
                company=firm, goods=goods, **form.cleaned_data, actor=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except RuleViolated as error:
            form.add_error("on", str(error))
        else:
            messages.success(request, _("It is recorded that this firm was approached."))
            return redirect("insights:gap_candidates", direction, level, code)
    context = {
        "goods": goods,
        "report": report,
        "firm": firm,
        "form": form,
        "earlier": Approach.objects.filter(company=firm).select_related("by", "concept"),
    }
    return render(
        request, "insights/approach_new.html", context, status=422 if form.errors else 200
    )


@staff_page()
@require_safe
def letter(
    request: SignedInRequest, direction: str, level: str, code: str, pk: UUID
) -> HttpResponse:
    """A letter in the firm's own language, to be printed; it names no firm that needs the goods."""
    goods, _report = find_goods(direction, level, code)
    firm = _firm(goods, pk)
    context = {
        "goods": goods,
        "firm": firm,
        "buyers": supplier_of(goods.direction).other,
        "register_url": absolute_url(reverse("account_signup")),
        "sender": settings.DEFAULT_FROM_EMAIL.partition(" <")[0],
        "sender_address": settings.MAIL_SENDER_ADDRESS,
        "contact": settings.MAIL_CONTACT,
        "today": timezone.localdate(),
    }
    with translation.override(firm.native_language):
        return render(request, "insights/letter.html", context)


@staff_page()
@require_safe
def approaches(request: SignedInRequest) -> HttpResponse:
    """All firms that were approached, the latest first."""
    form = ApproachFilterForm(request.GET)
    form.is_valid()
    found = Approach.objects.select_related("company", "concept", "by")
    if result := form.cleaned_data.get("result"):
        found = found.filter(result=result)
    if words := form.cleaned_data.get("q", "").strip():
        named = Q()
        for language in LANGUAGES:
            named |= Q(**{f"company__name_{language}__icontains": words})
        found = found.filter(named)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "insights/approaches.html", {"form": form, "page": page})


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def approach(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One approach, and what came of it."""
    found = get_object_or_404(
        Approach.objects.select_related("company", "concept", "by", "result_by"), pk=pk
    )
    form = ResultForm(
        request.POST or None, initial={"result": found.result, "note": found.result_note}
    )
    if request.method == "POST" and form.is_valid():
        services.settle_approach(
            approach=found,
            **form.cleaned_data,
            actor=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("The result is recorded."))
        return redirect("insights:approaches")
    return render(
        request,
        "insights/approach.html",
        {"approach": found, "form": form},
        status=422 if form.errors else 200,
    )


def _firm(goods: GoodsGap, pk: UUID) -> Company:
    """A firm that could be invited because of the gap; 404 otherwise."""
    unclaimed = Company.objects.filter(
        state=CompanyState.UNCLAIMED, country=supplier_of(goods.direction)
    )
    return get_object_or_404(unclaimed.select_related("region"), pk=pk)


def _row(goods: GoodsGap) -> Any:
    def cells(candidate: Candidate) -> list[Any]:
        firm, done = candidate.company, candidate.approach
        words = ["".join(piece.text for piece in each.pieces) for each in candidate.offerings]
        return [
            goods.label,
            goods.get_direction_display(),
            firm.name_ko,
            firm.name_ja,
            firm.name_en,
            firm.official_number,
            firm.website,
            firm.region or "",
            firm.source_list,
            firm.source_id,
            int(candidate.is_listed),
            " / ".join(words),
            round(candidate.prospect.score, 3) if candidate.prospect else "",
            done.on.isoformat() if done else "",
            done.get_result_display() if done else "",
        ]

    return cells
