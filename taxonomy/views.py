"""The taxonomy editor of the staff, and the concept search behind every picker."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.choices import StaffRole
from accounts.permissions import has_staff_role, staff_page
from common.errors import RuleViolated, StateChanged
from taxonomy.choices import RevisionKind, RevisionState
from taxonomy.forms import ConceptFilterForm, ConceptForm, MergeForm
from taxonomy.models import Concept, Revision
from taxonomy.queries import branches, differences, line_of, search_concepts
from taxonomy.revising import (
    apply_revision,
    drop_revision,
    is_last,
    propose_edit,
    propose_merge,
    propose_undo,
)

PAGE_SIZE = 50
PICKER_SIZE = 20
HISTORY: Final = 20
SHOWN_STATES: Final = (RevisionState.WEIGHED, RevisionState.APPLYING, RevisionState.APPLIED)


@staff_page()
@require_GET
def concepts(request: HttpRequest) -> HttpResponse:
    """A list to search, or with `tree` all concepts below one another."""
    form = ConceptFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    sector = wanted["sector"].code if wanted.get("sector") else ""
    context: dict[str, Any] = {
        "form": form,
        "may_edit": bool(has_staff_role(request.user, StaffRole.SUPERVISOR)),
    }
    if "tree" in request.GET:
        return render(
            request,
            "taxonomy/tree.html",
            context | {"branches": branches(sector), "sector": sector},
        )
    found = search_concepts(wanted.get("q", ""), sector=sector, kind=wanted.get("kind", ""))
    context["page"] = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "taxonomy/concepts.html", context)


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "POST"])
def concept_edit(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """Change a concept. Nothing is saved before its effect on items has been shown."""
    concept = get_object_or_404(Concept, code=code) if code else None
    form = ConceptForm(request.POST or None, instance=concept)
    if request.method == "POST" and form.is_valid():
        revision = propose_edit(
            concept=form.save(commit=False), actor=request.user, now=timezone.now()
        )
        if revision is not None:
            return redirect("taxonomy:revision", pk=revision.pk)
        messages.info(request, _("Nothing was changed."))
        return redirect("taxonomy:concepts")
    return render(request, "taxonomy/concept_edit.html", {"form": form, **_around(concept)})


def _around(concept: Concept | None, merge_form: MergeForm | None = None) -> dict[str, Any]:
    if concept is None:
        return {"concept": None}
    # The form may have put unsaved values into `concept`.
    stored = Concept.objects.get(pk=concept.pk)
    revisions = stored.revisions.select_related("requested_by").defer("impact", "moved")
    shown = list(revisions.filter(state__in=SHOWN_STATES)[:HISTORY])
    return {
        "concept": stored,
        "line": line_of(stored),
        "children": stored.children.filter(is_active=True),
        "merge_form": merge_form or MergeForm(),
        "history": [(each, is_last(each) and each.kind != RevisionKind.UNDO) for each in shown],
    }


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def concept_merge(request: HttpRequest, code: str) -> HttpResponse:
    concept = get_object_or_404(Concept, code=code)
    merge_form = MergeForm(request.POST)
    if merge_form.is_valid():
        try:
            revision = propose_merge(
                concept=concept,
                into=merge_form.cleaned_data["into"],
                actor=request.user,
                now=timezone.now(),
            )
        except RuleViolated as error:
            merge_form.add_error("into", str(error))
        else:
            return redirect("taxonomy:revision", pk=revision.pk)
    context = {"form": ConceptForm(instance=concept), **_around(concept, merge_form)}
    return render(request, "taxonomy/concept_edit.html", context, status=422)


@staff_page(StaffRole.SUPERVISOR)
@require_GET
def revision(request: HttpRequest, pk: int) -> HttpResponse:
    """What a change would do to items, while it is worked out, before and after it is applied."""
    found = get_object_or_404(
        Revision.objects.select_related("concept", "into", "requested_by"), pk=pk
    )
    is_at_work = found.state in (RevisionState.WEIGHING, RevisionState.APPLYING)
    if request.htmx:  # type: ignore[attr-defined]
        if is_at_work:
            return render(request, "taxonomy/revision.html#progress", {"revision": found})
        answer = HttpResponse()
        answer.headers["HX-Refresh"] = "true"
        return answer
    counts = found.impact.get("counts", {})
    context = {
        "revision": found,
        "is_at_work": is_at_work,
        "differences": differences(found),
        "rows": [
            (code, *(counts[name].get(code, 0) for name in ("gain", "lose", "read", "unread")))
            for code in sorted({code for counter in counts.values() for code in counter})
        ],
        "may_undo": is_last(found) and found.kind != RevisionKind.UNDO,
    }
    return render(request, "taxonomy/revision.html", context)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def revision_apply(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, apply_revision)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def revision_drop(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Revision, pk=pk)
    _act(request, pk, drop_revision)
    if found.concept_id:
        return redirect("taxonomy:concept_edit", code=found.code)
    return redirect("taxonomy:concepts")


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def revision_undo(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, propose_undo)


def _act(request: HttpRequest, pk: int, service: Callable[..., Revision]) -> HttpResponse:
    found = get_object_or_404(Revision, pk=pk)
    try:
        found = service(revision=found, actor=request.user, now=timezone.now())
    except StateChanged as error:
        messages.warning(request, str(error))
    return redirect("taxonomy:revision", pk=found.pk)


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
