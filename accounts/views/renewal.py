"""The page behind the link of the mail that asks for a consent again."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.links import read_consent_token
from accounts.models import Consent
from accounts.queries import PROMOTIONAL_CONSENT_LASTS
from accounts.wording import WORDINGS
from common.localisation import in_language
from mailing.links import preferences_url


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing; one button keeps the consent, the other withdraws it."""
    consent = read_consent_token(token)
    if consent is None:
        return render(request, "mailing/unsubscribe_unknown.html", status=404)
    user, now = consent.user, timezone.now()
    with in_language(user.language):
        if request.method == "POST":
            if "keep" in request.POST:
                services.renew_consent(
                    consent=consent,
                    language=user.language,
                    ip_address=get_adapter().get_client_ip(request),
                    now=now,
                )
            elif "withdraw" in request.POST:
                services.withdraw_consent(user=user, kind=consent.kind, now=now)
            return redirect(request.path)
        standing = user.consents.standing().filter(kind=consent.kind).first()
        context = {
            "consent": consent,
            "standing": standing,
            "is_open": _is_open(consent, standing),
            "until": standing.given_at + PROMOTIONAL_CONSENT_LASTS if standing else None,
            "wording": WORDINGS[consent.kind],
            "preferences_path": preferences_url(user),
        }
        response = render(request, "accounts/consent_by_link.html", context)
    response.headers["Content-Language"] = user.language
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_open(consent: Consent, standing: Consent | None) -> bool:
    """Whether it is still this consent that stands and waits for an answer."""
    return (
        standing is not None
        and standing.pk == consent.pk
        and standing.given_at + PROMOTIONAL_CONSENT_LASTS > timezone.now()
    )
