"""Firms that a firm never wants to meet; only its own people see the list."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from common.permissions import require
from companies import services
from companies.forms.blocking import BlockForm, BlockSearchForm
from companies.models import Block, Company
from companies.names import fold
from companies.permissions import can_write_as
from companies.views.current import CurrentFirm, member_page
from companies.wording import blind_description
from taxonomy.choices import Country

MOST_FOUND: Final = 10
MIN_LETTERS: Final = 2


@member_page()
@require_http_methods(["GET", "HEAD", "POST"])
def blocks(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    """The list, a search for firms to put on it, and the putting."""
    if request.method == "POST":
        require(can_write_as(firm.membership))
    search = BlockSearchForm(request.GET)
    words = search.cleaned_data["q"].strip() if search.is_valid() else ""
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = _found(firm.company, words).filter(pk=form.cleaned_data["firm"]).first()
        if wanted is not None:
            services.block_company(
                company=firm.company,
                blocked=wanted,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
            messages.success(request, _("You will not be matched with this firm."))
            return redirect("companies:blocks")
        form.add_error(None, _("Search for the firm once more and choose it from the list."))
    rows = list(firm.company.blocks.select_related("blocked__region").order_by("created_at", "pk"))
    context: dict[str, Any] = {
        "firm": firm,
        "form": form,
        "search": search,
        "words": words,
        "found": _found(firm.company, words)[:MOST_FOUND] if firm.may_edit else [],
        "blocks": [
            (block, blind_description(block.blocked) if block.is_blind else "") for block in rows
        ],
    }
    return render(request, "companies/blocks.html", context, status=422 if form.errors else 200)


@member_page(can_write_as)
@require_POST
def block_remove(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    block = get_object_or_404(Block, pk=pk, company=firm.company)
    services.unblock_company(block=block, actor=request.user, now=timezone.now())
    messages.success(request, _("You may be matched with this firm again."))
    return redirect("companies:blocks")


def _found(company: Company, words: str) -> Any:
    """Firms of the other country by name, or any by its whole official number; a firm that hides
    its name only by the number."""
    number = "".join(sign for sign in words if sign.isdigit())
    key = fold(words)
    if len(key) < MIN_LETTERS:
        return Company.objects.none()
    named = Q(name_key__contains=key)
    for name in ("name_ko", "name_ja", "name_en", "name_kana"):
        named |= Q(**{f"{name}__icontains": words})
    wanted = named & Q(is_name_hidden=False)
    if number:
        wanted |= Q(official_number=number)
    already = Block.objects.filter(company=company, is_blind=False).values("blocked")
    return (
        Company.objects.listed()
        .filter(wanted, country=Country(company.country).other)
        .exclude(pk__in=already)
        .select_related("region")
        .order_by("name_key", "pk")
    )
