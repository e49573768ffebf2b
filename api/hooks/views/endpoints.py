"""Endpoints: the list, a new one, one with its log, and what people do with it."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from api.hooks import services
from api.hooks.choices import OPEN, EndpointState, EventType
from api.hooks.forms import EndpointForm, LogFilterForm, ReplayForm, RotationForm
from api.hooks.models import Endpoint
from api.hooks.signing import secret_of
from api.hooks.views.desk import Desk, desk_page
from common.errors import GagyoError
from common.formatting import number_text
from common.keyset import keyset_page

PAGE_SIZE: Final = 50
# Which secret the next page of its endpoint shows, once: its row, never the secret itself.
SHOWN_ONCE: Final = "webhook_secret"
REPLAY_DAYS: Final = 3
Step = Callable[[SignedInRequest, Endpoint], str]


@desk_page
@require_safe
def endpoints(request: SignedInRequest, desk: Desk) -> HttpResponse:
    waiting = Count("deliveries", filter=Q(deliveries__state__in=OPEN))
    context = {"desk": desk, "firm": desk.firm, "rows": desk.endpoints.annotate(waiting=waiting)}
    return render(request, "hooks/endpoints.html", context)


@desk_page
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_new(request: SignedInRequest, desk: Desk) -> HttpResponse:
    form = EndpointForm(request.POST or None, company=desk.company)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, _secret = services.make_endpoint(
                company=desk.company, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            _show_once(request, endpoint)
            messages.success(request, _("The endpoint is made. Send a test event to try it."))
            return redirect(desk.to["endpoint"], endpoint.pk)
    return _form_page(request, desk, form)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_edit(request: SignedInRequest, desk: Desk, pk: UUID) -> HttpResponseBase:
    answer: HttpResponseBase = _edit(request, desk, get_object_or_404(desk.endpoints, pk=pk))
    return answer


@reauthentication_required
def _edit(request: SignedInRequest, desk: Desk, endpoint: Endpoint) -> HttpResponse:
    present = {"name": endpoint.name, "address": endpoint.address, "types": endpoint.types}
    form = EndpointForm(request.POST or None, company=desk.company, initial=present)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_endpoint(
                endpoint=endpoint, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect(desk.to["endpoint"], endpoint.pk)
    return _form_page(request, desk, form, endpoint)


@desk_page
@never_cache
@require_safe
def endpoint(request: SignedInRequest, desk: Desk, pk: UUID) -> HttpResponse:
    found = get_object_or_404(desk.endpoints.select_related("owner"), pk=pk)
    form = LogFilterForm(request.GET)
    now = timezone.now()
    wanted = form.wanted
    rows = found.deliveries.filter(**wanted).select_related("event")
    page = keyset_page(rows, moment="created_at", wanted=request.GET.dict(), size=PAGE_SIZE)
    is_active = found.state == EndpointState.ACTIVE
    standing = list(found.secrets.standing(now))
    # A log that looks again by itself does not take a secret away from the page that shows it.
    shown = None if request.htmx else request.session.pop(SHOWN_ONCE, None)
    context = {
        "desk": desk,
        "firm": desk.firm,
        "endpoint": found,
        "types": [EventType(each) for each in found.types],
        "secrets": standing,
        "new_secret": next((secret_of(each.salt) for each in standing if each.pk == shown), ""),
        "waiting": found.deliveries.filter(state__in=OPEN).count(),
        "form": form,
        "is_filtered": bool(wanted),
        "page": page,
        "is_underway": is_active and any(row.is_underway(now) for row in page.rows),
        "rotation_form": RotationForm(),
        "replay_form": ReplayForm(
            initial={"since": timezone.localdate(now) - timedelta(days=REPLAY_DAYS)},
            auto_id="replay_%s",
        ),
        "keep_days": settings.WEBHOOKS_KEEP_DAYS,
    }
    return render(request, "hooks/endpoint.html", context)


def about_endpoint(step: Step) -> Callable[..., HttpResponseBase]:
    """A change of one endpoint by a button; the sentence that `step` returns is shown after it."""

    @desk_page
    @require_POST
    @wraps(step)
    def view(request: SignedInRequest, desk: Desk, pk: UUID) -> HttpResponse:
        found = get_object_or_404(desk.endpoints, pk=pk)
        try:
            messages.success(request, step(request, found))
        except GagyoError as error:
            messages.error(request, str(error))
        if desk.endpoints.filter(pk=pk).exists():
            return redirect(desk.to["endpoint"], pk)
        return redirect(desk.to["endpoints"])

    return view


@about_endpoint
def endpoint_pause(request: SignedInRequest, found: Endpoint) -> str:
    services.pause_endpoint(endpoint=found, actor=request.user, now=timezone.now())
    return _("Paused. What happens meanwhile is kept and told when you switch it on again.")


@about_endpoint
def endpoint_resume(request: SignedInRequest, found: Endpoint) -> str:
    services.resume_endpoint(endpoint=found, actor=request.user, now=timezone.now())
    return _("Switched on. What has gathered goes out now, in order.")


@about_endpoint
def endpoint_remove(request: SignedInRequest, found: Endpoint) -> str:
    services.remove_endpoint(endpoint=found, actor=request.user, now=timezone.now())
    return _("The endpoint is removed, with its log.")


@about_endpoint
def endpoint_ping(request: SignedInRequest, found: Endpoint) -> str:
    services.ping_endpoint(endpoint=found, actor=request.user, now=timezone.now())
    return _("A test event is on its way. The log below shows what becomes of it.")


@desk_page
@require_POST
def endpoint_rotate(request: SignedInRequest, desk: Desk, pk: UUID) -> HttpResponseBase:
    answer: HttpResponseBase = _rotate(request, desk, get_object_or_404(desk.endpoints, pk=pk))
    return answer


@reauthentication_required
def _rotate(request: SignedInRequest, desk: Desk, found: Endpoint) -> HttpResponse:
    form = RotationForm(request.POST)
    if form.is_valid():
        services.rotate_secret(
            endpoint=found, overlap=form.overlap, actor=request.user, now=timezone.now()
        )
        _show_once(request, found)
        messages.success(request, _("There is a new secret. It is shown below, once."))
    return redirect(desk.to["endpoint"], found.pk)


@about_endpoint
def endpoint_replay(request: SignedInRequest, found: Endpoint) -> str:
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _("Nothing was changed.")
    number = services.replay_failed(
        endpoint=found, since=form.moment, actor=request.user, now=timezone.now()
    )
    return ngettext(
        "%(number)s event that was given up is told again.",
        "%(number)s events that were given up are told again.",
        number,
    ) % {"number": number_text(number)}


def _form_page(
    request: SignedInRequest, desk: Desk, form: EndpointForm, found: Endpoint | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"desk": desk, "firm": desk.firm, "form": form, "endpoint": found}
    status = 422 if form.is_bound else 200
    return render(request, "hooks/endpoint_form.html", context, status=status)


def _show_once(request: SignedInRequest, found: Endpoint) -> None:
    request.session[SHOWN_ONCE] = found.secrets.get(ends_at=None).pk
