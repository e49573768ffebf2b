"""Which mails a person gets, and how often: by a link from any mail, or signed in."""

from typing import cast

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.choices import ConsentWay
from accounts.models import User
from accounts.wording import PROMOTIONAL
from common.localisation import active_language, in_language
from companies.forms.mail import MailPreferenceForm
from companies.queries import firms_without_reader
from companies.services import choose_mail
from mailing.links import read_preferences_token
from mailing.models import Suppression


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_preferences(request: HttpRequest) -> HttpResponse:
    return _page(
        request, cast(User, request.user), "companies/mail_preferences.html", ConsentWay.SETTINGS
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for whoever holds the signed link, in that person's language. Opening it changes
    nothing; it ends with the address it was sent to."""
    known = read_preferences_token(token)
    user = (
        User.objects.filter(pk=known[0], email=known[1], is_active=True).first() if known else None
    )
    if user is None:
        return render(request, "mailing/unsubscribe_unknown.html", status=404)
    with in_language(user.language):
        response = _page(request, user, "companies/mail_by_link.html", ConsentWay.MAIL_LINK)
    response.headers["Content-Language"] = user.language
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, user: User, template: str, way: ConsentWay) -> HttpResponse:
    form = MailPreferenceForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        choose_mail(
            user=user,
            **form.cleaned_data,
            ip_address=get_adapter().get_client_ip(request),
            shown_in=active_language(),
            way=way,
            now=timezone.now(),
        )
        with in_language(form.cleaned_data["language"]):
            messages.success(request, _("Your choice is saved."))
        return redirect(request.path)
    context = {
        "form": form,
        "reader": user,
        "wording": PROMOTIONAL,
        "alone": firms_without_reader(user),
        "dead": Suppression.objects.filter(address=user.email, category="").first(),
    }
    return render(request, template, context, status=422 if form.errors else 200)
