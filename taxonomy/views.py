"""The taxonomy editor of the staff, and the concept search behind every picker."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role, staff_page
from taxonomy.forms import ConceptFilterForm, ConceptForm
from taxonomy.models import Concept
from taxonomy.queries import search_concepts
from taxonomy.services import save_concept

PAGE_SIZE = 50
PICKER_SIZE = 20


@staff_page()
@require_GET
def concepts(request: HttpRequest) -> HttpResponse:
    form = ConceptFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    sector = wanted.get("sector")
    found = search_concepts(
        wanted.get("q", ""), sector=sector.code if sector else "", kind=wanted.get("kind", "")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "taxonomy/concepts.html",
        {
            "form": form,
            "page": page,
            "may_edit": bool(has_staff_role(request.user, StaffRole.SUPERVISOR)),
        },
    )


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "POST"])
def concept_edit(request: HttpRequest, code: str | None = None) -> HttpResponse:
    concept = get_object_or_404(Concept, code=code) if code else None
    form = ConceptForm(request.POST or None, instance=concept)
    if request.method == "POST" and form.is_valid():
        saved = save_concept(
            concept=form.save(commit=False), actor=request.user, now=timezone.now()
        )
        messages.success(request, _("“%(concept)s” is saved.") % {"concept": saved})
        return redirect("taxonomy:concepts")
    return render(request, "taxonomy/concept_edit.html", {"form": form, "concept": concept})


@login_required
@require_GET
def concept_search(request: HttpRequest) -> JsonResponse:
    """{"results": [{id, text, hint}]}: the best twenty concepts for the words in `q`."""
    found = search_concepts(request.GET.get("q", "")[:100])[:PICKER_SIZE]
    return JsonResponse(
        {
            "results": [
                {
                    "id": concept.pk,
                    "text": str(concept),
                    "hint": " · ".join([str(concept.parent or ""), *concept.hs6]).strip(" ·"),
                }
                for concept in found
            ]
        }
    )
