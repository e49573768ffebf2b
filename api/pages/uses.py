"""Every use of every token, for administrators: searched, read, taken along."""

from dataclasses import asdict
from typing import Final

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import StaffRole
from accounts.models import User
from accounts.permissions import SignedInRequest, staff_page
from api.forms.uses import UsesForm
from api.models import Token
from api.queries.uses import EXPORT_COLUMNS, UsesFilter, search_uses, use_rows
from api.services import note_uses_export
from common.keyset import keyset_page
from common.tabling import streamed

PAGE_SIZE: Final = 50
FORM: Final = "csv"


@staff_page(StaffRole.ADMINISTRATOR)
@require_safe
def uses(request: SignedInRequest) -> HttpResponse:
    form = UsesForm(request.GET)
    wanted = form.wanted
    page = keyset_page(search_uses(wanted), moment="at", wanted=request.GET.dict(), size=PAGE_SIZE)
    context = {
        "form": form,
        "is_filtered": wanted != UsesFilter(),
        "token": Token.objects.filter(pk=wanted.token).first() if wanted.token else None,
        "person": User.objects.filter(pk=wanted.person).first() if wanted.person else None,
        "page": page,
        "uses": page.rows,
        "has_one_token": False,
        "form_name": FORM,
        "keep_days": settings.API_USES_KEEP_DAYS,
    }
    return render(request, "tokens/uses.html", context)


@staff_page(StaffRole.ADMINISTRATOR)
@require_POST
@reauthentication_required
def uses_file(request: SignedInRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """The filtered uses as a file; the filters stand in the address, as on the page."""
    if form != FORM:
        raise Http404
    now = timezone.now()
    wanted = UsesForm(request.GET).wanted
    filters = {name: str(value) for name, value in asdict(wanted).items() if value}
    note_uses_export(filters=filters, form=form, actor=request.user, now=now)
    name = f"gagyo-token-uses-{timezone.localdate(now):%Y-%m-%d}"
    return streamed(name, form, EXPORT_COLUMNS, use_rows(search_uses(wanted)))
