"""Refusing mail by a link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mailing import services
from mailing.choices import Category
from mailing.links import read_unsubscribe_token
from mailing.models import Suppression


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
