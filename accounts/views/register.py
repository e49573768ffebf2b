"""The consent register: searched, shown as it stood on a day, taken along, proved."""

from typing import Final

from allauth.account.decorators import reauthentication_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.choices import StaffRole
from accounts.forms.register import RegisterForm
from accounts.models import Consent, User
from accounts.permissions import SignedInRequest, staff_page
from accounts.queries.register import COLUMNS, RegisterFilter, register_rows, search_register
from accounts.wording import wording_of
from common.keyset import keyset_page
from common.localisation import in_language
from common.models import AuditEvent
from common.tabling import FORMATS, streamed
from common.trail import verb_label

PAGE_SIZE: Final = 50


@staff_page(StaffRole.ADMINISTRATOR)
@require_safe
def register(request: SignedInRequest) -> HttpResponse:
    form = RegisterForm(request.GET)
    wanted = form.wanted
    rows = search_register(wanted, now=timezone.now())
    page = keyset_page(rows, moment="given_at", wanted=request.GET.dict(), size=PAGE_SIZE)
    context = {
        "form": form,
        "page": page,
        "wanted": wanted,
        "is_filtered": wanted != RegisterFilter(),
        "person": User.objects.filter(pk=wanted.person).first() if wanted.person else None,
        "formats": list(FORMATS),
    }
    return render(request, "accounts/register/list.html", context)


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def register_export(request: SignedInRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """The filtered rows as a file; the filters stand in the address, as on the page."""
    if form not in FORMATS:
        raise Http404
    now = timezone.now()
    wanted = RegisterForm(request.GET).wanted
    services.note_register_export(wanted=wanted, form=form, actor=request.user, now=now)
    rows = register_rows(search_register(wanted, now=now))
    return streamed(f"gagyo-consents-{timezone.localdate(now):%Y-%m-%d}", form, COLUMNS, rows)


@staff_page(StaffRole.ADMINISTRATOR)
@require_safe
def consent_proof(request: SignedInRequest, pk: int) -> HttpResponse:
    """All that proves one consent, on one page to print, with the words as they were shown."""
    consent = get_object_or_404(Consent.objects.select_related("user"), pk=pk)
    wording = wording_of(consent.kind, consent.wording_version)
    sentence, facts = "", []
    if wording is not None:
        with in_language(consent.language):
            sentence = str(wording.sentence)
            facts = [(str(term), str(text)) for term, text in wording.facts]
    events = AuditEvent.objects.filter(
        object_type=Consent._meta.label_lower, object_id=str(consent.pk)
    ).select_related("actor")
    context = {
        "consent": consent,
        "sentence": sentence,
        "facts": facts,
        "events": [(event, verb_label(event.verb)) for event in events[:PAGE_SIZE]],
        "now": timezone.now(),
    }
    return render(request, "accounts/register/proof.html", context)
