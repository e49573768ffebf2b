"""The outbox as staff see it."""

from typing import Final
from uuid import UUID

from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from common.errors import RuleViolated, StateChanged
from common.keyset import keyset_page
from common.permissions import require
from mailing import queries, services
from mailing.choices import Decision
from mailing.forms import DecisionForm, LiftForm, LogFilterForm, RefusalFilterForm
from mailing.models import Message, Suppression
from mailing.permissions import can_decide_mail
from mailing.views.access import MAIL_POLICY, staff_only

PAGE_SIZE: Final = 50


@staff_only
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The newest first, page by page; above them, on the first page, what needs a person."""
    form = LogFilterForm(request.GET)
    wanted = form.wanted
    found = queries.staff_log(wanted)
    rest = found if wanted.state else found.exclude(state__in=queries.NEEDS_ATTENTION)
    page = keyset_page(rest, moment="created_at", wanted=request.GET.dict(), size=PAGE_SIZE)
    attention = []
    if page.is_first and not wanted.state:
        attention = list(queries.needing_attention(found)[:PAGE_SIZE])
    context = {
        "form": form,
        "wanted": wanted,
        "is_filtered": wanted != queries.LogFilter(),
        "attention": attention,
        "page": page,
        "states": queries.state_counts(),
    }
    return render(request, "mailing/log.html", context)


@staff_only
@require_safe
def refused(request: HttpRequest) -> HttpResponse:
    """The addresses that are not written to, and why."""
    form = RefusalFilterForm(request.GET)
    rows = queries.refused_addresses(**form.wanted)
    context = {
        "form": form,
        "page": keyset_page(rows, moment="created_at", wanted=request.GET.dict(), size=PAGE_SIZE),
        "may_decide": bool(can_decide_mail(request.user)),
        "liftable": services.LIFTABLE,
        "lift_form": LiftForm(),
    }
    return render(request, "mailing/refused.html", context)


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@staff_only
@require_safe
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    mail = get_object_or_404(Message.objects.select_related("user"), pk=pk)
    context = {
        "mail": mail,
        "text": queries.without_links(mail.text),
        "decisions": mail.decisions() if can_decide_mail(request.user) else [],
        "events": mail.events.all(),
        "liftable": services.LIFTABLE,
        "lift_form": LiftForm(),
        "suppressions": Suppression.objects.covering(mail.to, mail.category),
        "may_decide": bool(can_decide_mail(request.user)),
    }
    return render(request, "mailing/message.html", context)


@csp(MAIL_POLICY)  # type: ignore[arg-type]
@staff_only
@require_safe
@xframe_options_sameorigin
def message_html(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The HTML copy for the sandboxed frame of the page above."""
    return HttpResponse(queries.without_links(get_object_or_404(Message, pk=pk).html))


@staff_only
@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    require(can_decide_mail(request.user))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what should happen to this mail."))
        return redirect("mailing:message", pk=pk)
    try:
        services.settle_message(
            message=mail,
            decision=Decision(form.cleaned_data["decision"]),
            actor=request.user,
            now=timezone.now(),
        )
    except StateChanged as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Your decision is recorded."))
    return redirect("mailing:message", pk=pk)


@staff_only
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an address be written to again: somebody made sure that it works."""
    row = get_object_or_404(Suppression, pk=pk)
    require(can_decide_mail(request.user))
    form = LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how you know that the address works."))
        return redirect("mailing:refused")
    try:
        services.lift_suppression(
            suppression=row, why=form.cleaned_data["why"], actor=request.user, now=timezone.now()
        )
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Mails to this address go out again."))
    return redirect("mailing:refused")
