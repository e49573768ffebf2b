"""The outbox as staff see it."""

from typing import Final
from uuid import UUID

from csp.decorators import csp, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from common.errors import RuleViolated, StateChanged
from common.permissions import require
from mailing import queries, services
from mailing.choices import Decision
from mailing.forms import DecisionForm, LogFilterForm
from mailing.models import Message, Suppression
from mailing.permissions import can_decide_mail
from mailing.views.access import MAIL_POLICY, staff_only

PAGE_SIZE: Final = 50


@staff_only
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    form = LogFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = Paginator(queries.staff_log(**wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "states": queries.state_counts()}
    return render(request, "mailing/log.html", context)


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@staff_only
@require_safe
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    mail = get_object_or_404(Message, pk=pk)
    context = {
        "mail": mail,
        "text": queries.without_links(mail.text),
        "decisions": mail.decisions() if can_decide_mail(request.user) else [],
        "events": mail.events.all(),
        "liftable": services.LIFTABLE,
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
    try:
        services.lift_suppression(suppression=row, actor=request.user, now=timezone.now())
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Mails to this address go out again."))
    return redirect("mailing:log")
