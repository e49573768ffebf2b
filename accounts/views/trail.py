"""The audit trail: searched, read, taken along."""

from typing import Final

from allauth.account.decorators import reauthentication_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.choices import StaffRole
from accounts.forms.trail import TrailForm
from accounts.models import User
from accounts.permissions import (
    SignedInRequest,
    can_read_history,
    has_staff_role,
    roles_up_to,
    staff_page,
)
from accounts.queries.trail import (
    EXPORT_COLUMNS,
    TrailFilter,
    search_trail,
    trail_rows,
)
from common.keyset import keyset_page
from common.models import AuditEvent
from common.permissions import require
from common.tabling import FORMATS, streamed
from common.trail import (
    Named,
    facts_of,
    name_of,
    names_of,
    needed_role,
    noun_label,
    nouns_above,
    verb_label,
    vocabulary,
)

PAGE_SIZE: Final = 50


@staff_page(StaffRole.SUPERVISOR)
@require_safe
def audit(request: SignedInRequest) -> HttpResponse:
    form = _form(request)
    wanted = form.wanted
    context = {
        "form": form,
        "is_filtered": wanted != TrailFilter(),
        "person": User.objects.filter(pk=wanted.person).first() if wanted.person else None,
        "may_export": bool(has_staff_role(request.user, StaffRole.ADMINISTRATOR)),
        "formats": list(FORMATS),
        **_page(request, wanted),
    }
    return render(request, "accounts/trail/audit.html", context)


@staff_page()
@require_safe
def history(request: SignedInRequest, object_type: str, object_id: str) -> HttpResponse:
    """All that happened to one object: whoever may open it may read it."""
    if object_type not in vocabulary().nouns:
        raise Http404
    require(can_read_history(request.user, needed_role(object_type)))
    wanted = TrailFilter(object_type=object_type, object_id=object_id)
    context = {
        "kind": noun_label(object_type),
        "named": name_of(object_type, object_id),
        "object_id": object_id,
        "has_one_object": True,
        **_page(request, wanted),
    }
    return render(request, "accounts/trail/history.html", context)


@staff_page()
@require_safe
def event(request: SignedInRequest, pk: int) -> HttpResponse:
    """One event with all that was written down about it."""
    found = get_object_or_404(AuditEvent.objects.select_related("actor"), pk=pk)
    require(can_read_history(request.user, needed_role(found.object_type)))
    context = {
        "event": found,
        "what": verb_label(found.verb),
        "kind": noun_label(found.object_type),
        "named": name_of(found.object_type, found.object_id),
        "facts": facts_of(found),
        "may_search": bool(has_staff_role(request.user, StaffRole.SUPERVISOR)),
    }
    return render(request, "accounts/trail/event.html", context)


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def audit_export(request: SignedInRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """The filtered events as a file; the filters stand in the address, as on the page."""
    if form not in FORMATS:
        raise Http404
    now = timezone.now()
    wanted = _form(request).wanted
    services.note_trail_export(wanted=wanted, form=form, actor=request.user, now=now)
    rows = trail_rows(search_trail(request.user, wanted))
    return streamed(f"gagyo-audit-{timezone.localdate(now):%Y-%m-%d}", form, EXPORT_COLUMNS, rows)


def _form(request: HttpRequest) -> TrailForm:
    return TrailForm(request.GET, hidden_kinds=nouns_above(roles_up_to(request.user)))


def _page(request: SignedInRequest, wanted: TrailFilter) -> dict[str, object]:
    events = search_trail(request.user, wanted)
    page = keyset_page(events, moment="at", wanted=request.GET.dict(), size=PAGE_SIZE)
    names = names_of(page.rows)
    lines = [
        {
            "event": event,
            "what": verb_label(event.verb),
            "kind": noun_label(event.object_type),
            "named": names.get((event.object_type, event.object_id)) or Named(""),
        }
        for event in page.rows
    ]
    return {"page": page, "lines": lines}
