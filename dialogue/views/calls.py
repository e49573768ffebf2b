"""Proposing, accepting and calling off a call, and its file for calendars."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest
from common.errors import GagyoError
from common.localisation import active_language
from common.permissions import require
from dialogue import services
from dialogue.forms.calls import CallForm
from dialogue.invitations import FILE_NAME, calendar_file
from dialogue.links import read_call_token
from dialogue.models import Call, Slot, Thread
from dialogue.permissions import can_act, side_in
from dialogue.queries.calls import call_view, holidays_ahead
from dialogue.queries.pages import thread_context
from dialogue.views.threads import own_thread
from matching.choices import Side


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_new(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Up to three times, with the holidays of both countries beside them."""
    thread, side = _acting(request, pk)
    now = timezone.now()
    form = CallForm(request.POST if request.method == "POST" else None, now=now)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.propose_call(
                    thread=thread,
                    side=side,
                    by=request.user,
                    slots=form.cleaned_data["slots"],
                    minutes=form.cleaned_data["minutes"],
                    place=form.cleaned_data["place"],
                    url=form.cleaned_data["url"],
                    now=now,
                )
            except GagyoError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The times are proposed. The other firm is told."))
                return redirect("dialogue:thread", pk=pk)
    context = thread_context(request.user, thread, now=now) | {
        "thread": thread,
        "form": form,
        "view": call_view(thread, side, now=now),
        "holidays": holidays_ahead(now),
    }
    return render(request, "dialogue/call_new.html", context, status=status)


@login_required
@require_POST
def call_accept(request: SignedInRequest, pk: UUID, slot_id: int) -> HttpResponse:
    thread, side = _acting(request, pk)
    slot = Slot.objects.filter(pk=slot_id, proposal__call__thread=thread).first()
    if slot is None:
        raise Http404
    now = timezone.now()
    return _do(
        request,
        thread,
        lambda: services.accept_slot(slot=slot, side=side, by=request.user, now=now),
        _("The call is agreed. Both firms get it for their calendars."),
    )


@login_required
@require_POST
def call_cancel(request: SignedInRequest, pk: UUID, call_id: UUID) -> HttpResponse:
    thread, side = _acting(request, pk)
    call = Call.objects.filter(pk=call_id, thread=thread).first()
    if call is None:
        raise Http404
    now = timezone.now()
    return _do(
        request,
        thread,
        lambda: services.cancel_call(call=call, side=side, by=request.user, now=now),
        _("The call is called off. The other firm is told."),
    )


@login_required
@require_safe
def call_file(request: SignedInRequest, pk: UUID, call_id: UUID) -> HttpResponse:
    """The agreed or cancelled call for one's calendar; staff get the buyer's."""
    thread = own_thread(request, pk)
    call = Call.objects.filter(pk=call_id, thread=thread).first()
    if call is None or call.starts_at is None:
        raise Http404
    call.thread = thread
    return _file(call, side_in(request.user, thread) or Side.BUYER, active_language())


@never_cache
@require_safe
def call_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same from a mail, without log-in, while its reader belongs to one of the firms."""
    read = read_call_token(token)
    call = user = None
    if read is not None:
        call = Call.objects.filter(pk=read[0], starts_at__isnull=False).first()
        user = User.objects.filter(pk=read[1], is_active=True).first()
    thread = None
    if call is not None and user is not None and not user.is_association_staff:
        thread = Thread.objects.visible_to(user).with_sides().filter(pk=call.thread_id).first()
    if call is None or user is None or thread is None:
        return render(request, "matching/link_unknown.html", status=404)
    call.thread = thread
    return _file(call, cast(Side, side_in(user, thread)), user.language)


def _file(call: Call, side: Side, language: str) -> HttpResponse:
    content = calendar_file(call, side=side, language=language, now=timezone.now())
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _acting(request: SignedInRequest, pk: UUID) -> tuple[Thread, Side]:
    """The conversation, for somebody who may act for one of its firms."""
    thread = own_thread(request, pk)
    require(can_act(request.user, thread))
    return thread, cast(Side, side_in(request.user, thread))


def _do(
    request: SignedInRequest, thread: Thread, step: Callable[[], object], done: str
) -> HttpResponse:
    try:
        step()
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, done)
    return redirect("dialogue:thread", pk=thread.pk)
