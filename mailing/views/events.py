"""Where a mail provider tells what became of the mails it took."""

from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

# provider → its view in django-anymail, and the settings of ANYMAIL any of which proves the sender.
PROVIDERS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "amazon_ses": ("AmazonSESTrackingWebhookView", ("WEBHOOK_SECRET",)),
    "brevo": ("BrevoTrackingWebhookView", ("WEBHOOK_SECRET",)),
    "mailersend": ("MailerSendTrackingWebhookView", ("MAILERSEND_SIGNING_SECRET",)),
    "mailgun": ("MailgunTrackingWebhookView", ("MAILGUN_WEBHOOK_SIGNING_KEY",)),
    "mailjet": ("MailjetTrackingWebhookView", ("WEBHOOK_SECRET",)),
    "postmark": ("PostmarkTrackingWebhookView", ("WEBHOOK_SECRET",)),
    "resend": ("ResendTrackingWebhookView", ("RESEND_SIGNING_SECRET",)),
    "sendgrid": ("SendGridTrackingWebhookView", ("WEBHOOK_SECRET",)),
    "sparkpost": ("SparkPostTrackingWebhookView", ("WEBHOOK_SECRET",)),
}


@csrf_exempt
def provider_events(request: HttpRequest, provider: str) -> HttpResponse:
    """django-anymail's view of the one provider that settings.MAIL_EVENTS names.

    404 without that setting, for any other provider, and without the secret by which the sender is
    told: an open door would let anybody silence an address. A wrong secret or signature is a 400.
    """
    name, secrets = PROVIDERS.get(provider, ("", ()))
    if provider != settings.MAIL_EVENTS or not any(map(settings.ANYMAIL.get, secrets)):
        raise Http404
    module: Any = import_module(f"anymail.webhooks.{provider}")
    response: HttpResponse = getattr(module, name).as_view()(request)
    return response
