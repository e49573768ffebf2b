"""A person's own pages."""

from typing import cast

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language as django_set_language

from accounts import queries, services
from accounts.forms import ConsentForm, SettingsForm
from accounts.models import User
from common.errors import RuleViolated
from common.localisation import LANGUAGES, active_language


def set_language(request: HttpRequest) -> HttpResponse:
    """Django's language switch, which a signed-in person's record follows (and mails with it)."""
    response = django_set_language(request)
    wanted = request.POST.get("language", "")
    if request.method == "POST" and request.user.is_authenticated and wanted in LANGUAGES:
        User.objects.filter(pk=request.user.pk).update(language=wanted)
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with override(user.language):
            messages.success(request, _("Your settings are saved."))
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _change_consent(request)
    user = cast(User, request.user)
    context = {
        "entries": queries.consent_overview(user),
    }
    return render(request, "accounts/consents.html", context)


def _change_consent(request: HttpRequest) -> HttpResponse:
    form = ConsentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That did not work. Please try again."))
        return redirect("accounts:consents")
    kind = form.cleaned_data["kind"]
    try:
        if form.cleaned_data["step"] == "give":
            services.give_consent(
                user=cast(User, request.user),
                kind=kind,
                language=active_language(),
                ip_address=get_adapter().get_client_ip(request),
                now=timezone.now(),
            )
        else:
            services.withdraw_consent(user=cast(User, request.user), kind=kind, now=timezone.now())
    except RuleViolated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your decision is recorded."))
    return redirect("accounts:consents")
