"""Verified firms as everybody sees them."""

from typing import Final
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from companies.forms.company import DirectoryForm
from companies.models import Company
from companies.permissions import can_see_details, can_verify, membership_of
from companies.queries import Search, directory_firms
from companies.wording import blind_description

PAGE_SIZE: Final = 20


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    form = DirectoryForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    sector = wanted.get("sector")
    search = Search(
        words=wanted.get("q", ""),
        country=wanted.get("country", ""),
        sector=sector.code if sector else "",
    )
    found = directory_firms(search, viewer=request.user, today=timezone.localdate())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "firms": [
            (firm, "" if getattr(firm, "may_be_named", False) else blind_description(firm))
            for firm in page
        ],
        "frame": _frame(request),
    }
    return render(request, "companies/directory.html", context)


@require_safe
def company(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The public page of a firm; what it needs and who works there is never on it."""
    firms = Company.objects.visible_to(request.user).select_related("region")
    firm = get_object_or_404(firms, pk=pk)
    is_own = membership_of(request.user, firm) is not None
    is_staff = request.user.is_authenticated and bool(can_verify(request.user))
    sees_details = bool(can_see_details(request.user, firm))
    may_be_named = is_own or is_staff or not firm.is_name_hidden
    offerings = firm.offerings.open(timezone.localdate())
    context = {
        "company": firm,
        "blind_name": "" if may_be_named else blind_description(firm),
        "is_own": is_own,
        "is_staff": is_staff,
        "sees_details": sees_details,
        "offerings": offerings.prefetch_related("concepts") if sees_details else offerings,
        "certificates": firm.certificates.select_related("certification") if sees_details else [],
        "frame": _frame(request),
    }
    return render(request, "companies/company.html", context)


def _frame(request: HttpRequest) -> str:
    return "base_app.html" if request.user.is_authenticated else "base_public.html"
