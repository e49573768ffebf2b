"""What staff write down about one match; each answers with the review page of the match."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.choices import Side
from matching.forms.dossier import MATCH, AskForm, NoteForm, NoteTextForm
from matching.models import Match, StaffNote
from matching.queries.review import ReviewPanel


def dossier_context(panel: ReviewPanel | None, user: User, now: datetime) -> dict[str, Any]:
    """The forms of the page of one match."""
    if panel is None:
        return {}
    firms = firm_names(panel.match)
    return {
        "note_form": NoteForm(firms=firms),
        "ask_form": AskForm(firms=firms),
        "editable_notes": {note.pk for note in panel.notes if note.is_editable_by(user, now)},
    }


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
        return back_to(request, match.pk)
    about = form.cleaned_data["about"]
    subject: dict[str, Any] = (
        {"match": match} if about == MATCH else {"company": match.company_of(Side(about))}
    )
    services.add_note(
        text=form.cleaned_data["text"], author=request.user, now=timezone.now(), **subject
    )
    messages.success(request, _("The note is kept."))
    return back_to(request, match.pk, "notes")


@staff_page()
@require_POST
def note_edit(request: SignedInRequest, pk: UUID, note: int) -> HttpResponse:
    found = _note(pk, note)
    form = NoteTextForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return back_to(request, pk)
    try:
        services.edit_note(
            note=found, text=form.cleaned_data["text"], actor=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The note is changed."))
    return back_to(request, pk, "notes")


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
    return back_to(request, pk, "notes")


def back_to(request: SignedInRequest, pk: UUID, part: str = "") -> HttpResponse:
    """The review page of the match, with the filters of the queue one came from.

    htmx follows the redirect and gets the workbench.
    """
    query = request.GET.urlencode()
    address = reverse("matching:review_match", args=[pk])
    place = f"#{part}" if part and not request.htmx else ""
    return redirect(f"{address}{'?' + query if query else ''}{place}")


def _note(pk: UUID, note: int) -> StaffNote:
    """A note that stands on the page of the match."""
    match = get_object_or_404(Match.objects.with_sides(), pk=pk)
    return get_object_or_404(
        StaffNote.objects.about(match).select_related("match", "company"), pk=note
    )


def _first_error(form: Any) -> str:
    return str(next(iter(form.errors.values()))[0])
