"""The calendar for programs, and the page where its address is made and shut."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import RuleViolated
from dialogue import services
from dialogue.feeds import calendar_of
from dialogue.links import calendar_url, read_calendar_token
from dialogue.models import CalendarFeed


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Nobody logs in here: whoever knows the address reads. It changes nothing."""
    feed = read_calendar_token(token)
    if feed is None:
        raise Http404
    content = calendar_of(feed.user, now=timezone.now())
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            "Content-Disposition": 'inline; filename="gagyo.ics"',
            "Content-Language": feed.user.language,
            "X-Robots-Tag": "noindex",
        },
    )
    return get_conditional_response(request, etag=tag, response=response) or response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_settings(request: SignedInRequest) -> HttpResponse:
    """The address, how to use it, and a button that makes a new one."""
    if request.method == "POST":
        services.open_feed(user=request.user, now=timezone.now())
        messages.success(request, _("The address is made. Earlier ones lead nowhere now."))
        return redirect("dialogue:calendar_settings")
    feed = CalendarFeed.objects.filter(user=request.user, is_open=True).first()
    address = calendar_url(feed) if feed else ""
    context = {
        "feed": feed,
        "address": address,
        "subscribing": address.replace("https://", "webcal://").replace("http://", "webcal://"),
    }
    return render(request, "dialogue/calendar.html", context)


@login_required
@require_POST
def calendar_shut(request: SignedInRequest) -> HttpResponse:
    try:
        services.shut_feed(user=request.user, now=timezone.now())
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The address leads nowhere now."))
    return redirect("dialogue:calendar_settings")
