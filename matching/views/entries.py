"""What matching can tell a firm about its own entries: what is worth adding, how others read it."""

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from common.localisation import in_language, pick
from common.permissions import require
from companies.models import Item, Need, Offering
from companies.permissions import can_edit_company
from companies.views.current import CurrentFirm, member_page
from companies.wording import blind_description
from matching.glossing import gloss
from matching.queries.completeness import completeness_of_firm, completeness_of_item
from matching.queries.facts import firm_facts, item_terms
from taxonomy.choices import Country

MODELS: Final[dict[str, type[Item]]] = {"offering": Offering, "need": Need}


@member_page()
@require_safe
def completeness(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    """For the whole firm; htmx gets the part of the page alone."""
    context = {
        "company": firm.company,
        "may_edit": firm.may_edit,
        "found": completeness_of_firm(firm.company),
    }
    return _render(request, context)


@login_required
@require_safe
def item_completeness(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    item = _own_item(request, kind, pk)
    context = {
        "company": item.company,
        "item": item,
        "may_edit": bool(can_edit_company(request.user, item.company)),
        "found": completeness_of_item(item),
    }
    return _render(request, context)


def _render(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    part = "#steps" if request.htmx else ""
    return render(request, f"matching/completeness.html{part}", context)


@login_required
@require_safe
def item_preview(request: SignedInRequest, kind: str, pk: UUID) -> HttpResponse:
    """How a reader of the other country sees the item, the products it names in their words."""
    item = _own_item(request, kind, pk)
    require(can_edit_company(request.user, item.company))
    company = item.company
    reader = "ja" if Country(company.country).other == Country.JP else "ko"
    title, title_language = pick(item, "title", reader)
    text, text_language = pick(item, "text", reader)
    concepts = list(item.concepts.all())
    with in_language(reader):
        name, name_language = (
            (blind_description(company), reader)
            if company.is_name_hidden
            else pick(company, "name", reader)
        )
        facts, terms = list(firm_facts(company)), list(item_terms(item))
    context = {
        "item": item,
        "kind": kind,
        "company": company,
        "reader": reader,
        "name": name,
        "name_language": name_language,
        "title_language": title_language,
        "text_language": text_language,
        "title": gloss(title, language=title_language, reader=reader, concepts=concepts),
        "text": gloss(text, language=text_language, reader=reader, concepts=concepts),
        "facts": facts,
        "terms": terms,
    }
    return render(request, "matching/item_preview.html", context)


def _own_item(request: SignedInRequest, kind: str, pk: UUID) -> Any:
    visible = MODELS[kind]._default_manager.visible_to(request.user)
    return get_object_or_404(visible.select_related("company__region"), pk=pk)
