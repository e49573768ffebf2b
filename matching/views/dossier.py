"""What lies behind one match, and what staff write down about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.choices import Side
from matching.forms.dossier import MATCH, NoteForm, NoteTextForm
from matching.models import Match, StaffNote
from matching.queries.background import background, find_background


@staff_page()
@require_safe
def review_background(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Evidence, similar pairs, notes and history: fetched by the review page, or a page itself."""
    match = find_background(pk)
    if match is None:
        raise Http404
    now = timezone.now()
    found = background(match, now=now)
    fragment = request.htmx and not request.htmx.history_restore_request
    context = {
        "match": match,
        "background": found,
        "note_form": NoteForm(firms=firm_names(match)),
        "editable_notes": {
            note.pk for note in found.notes if note.is_editable_by(request.user, now)
        },
        "query": request.GET.urlencode(),
        "now": now,
    }
    template = "matching/review/background.html" + ("#background" if fragment else "")
    return render(request, template, context)


def firm_names(match: Match) -> dict[str, str]:
    """{side: the firm's name} for choices."""
    return {str(side): match.company_of(side).display_name for side in Side}


@staff_page()
@require_POST
def note_add(request: SignedInRequest, pk: UUID) -> HttpResponse:
    match = get_object_or_404(Match.objects.with_sides(), pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return _to_notes(request, match.pk)
    about = form.cleaned_data["about"]
    subject: dict[str, Any] = (
        {"match": match} if about == MATCH else {"company": match.company_of(Side(about))}
    )
    services.add_note(
        text=form.cleaned_data["text"], author=request.user, now=timezone.now(), **subject
    )
    messages.success(request, _("The note is kept."))
    return _to_notes(request, match.pk)


@staff_page()
@require_POST
def note_edit(request: SignedInRequest, pk: UUID, note: int) -> HttpResponse:
    found = _note(pk, note)
    form = NoteTextForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return _to_notes(request, pk)
    try:
        services.edit_note(
            note=found, text=form.cleaned_data["text"], actor=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The note is changed."))
    return _to_notes(request, pk)


@staff_page()
@require_POST
def note_pin(request: SignedInRequest, pk: UUID, note: int) -> HttpResponse:
    """Pin it, or with `pinned=0` take the pin off."""
    try:
        services.pin_note(
            note=_note(pk, note),
            is_pinned=request.POST.get("pinned") != "0",
            actor=request.user,
            now=timezone.now(),
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    return _to_notes(request, pk)


def _to_notes(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What lies behind the match, with the filters of the queue; htmx follows the redirect."""
    query = request.GET.urlencode()
    place = "" if request.htmx else "#notes"
    address = reverse("matching:review_background", args=[pk])
    return redirect(f"{address}{'?' + query if query else ''}{place}")


def _note(pk: UUID, note: int) -> StaffNote:
    """A note that stands on the page of the match."""
    match = get_object_or_404(Match.objects.with_sides(), pk=pk)
    return get_object_or_404(
        StaffNote.objects.about(match).select_related("match", "company"), pk=note
    )


def _first_error(form: Any) -> str:
    return str(next(iter(form.errors.values()))[0])
