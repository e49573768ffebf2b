"""Refusing mail by a link, and the outbox as staff see it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec
from uuid import UUID

from csp.decorators import csp, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import RuleViolated, StateChanged
from common.permissions import require
from mailing import queries, services
from mailing.choices import Category, Decision
from mailing.forms import DecisionForm, LogFilterForm
from mailing.links import read_unsubscribe_token
from mailing.models import Message, Suppression
from mailing.permissions import can_decide_mail, can_see_mail

P = ParamSpec("P")
PAGE_SIZE: Final = 50
# Mails style themselves inline; they may do nothing else, and be framed by our own page only.
MAIL_POLICY: Final = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
}


def staff_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Strangers do not learn that the page exists."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not can_see_mail(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail. Opening it changes nothing; a POST needs neither cookie nor log-in.

    Mail programs POST `List-Unsubscribe=One-Click` here (RFC 8058), people press the button. The
    signed token is all the authority there is, hence no CSRF check.
    """
    known = read_unsubscribe_token(token)
    if known is None:
        return render(request, "mailing/unsubscribe_unknown.html", status=404)
    address, category = known
    if request.method == "POST":
        change = services.resume_mail if "resume" in request.POST else services.refuse_mail
        change(address=address, category=category, now=timezone.now())
    context = {
        "address": address,
        "category": Category(category).label,
        "is_refused": Suppression.objects.covering(address, category).exists(),
        "was_changed": request.method == "POST",
    }
    return render(request, "mailing/unsubscribe.html", context)


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
