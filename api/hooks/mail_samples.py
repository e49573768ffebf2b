"""An example of every mail about webhooks (see `mailing.samples`)."""

from typing import Any, Final

from accounts.mail_samples import AT, sample_user
from api.hooks.choices import EndpointState
from api.hooks.models import Endpoint
from mailing.choices import Category
from mailing.samples import Sample, sample_link


def _switched_off(language: str) -> dict[str, Any]:
    return {
        "user": sample_user(language),
        "endpoint": Endpoint(
            name="CRM", address="https://crm.hanbit.example/gagyo", state=EndpointState.BROKEN
        ),
        "at": AT,
        "page_url": sample_link("/staff/webhooks/"),
    }


SAMPLES: Final = (
    Sample("webhook_off", Category.ACCOUNT, "hooks/mail/switched_off", _switched_off),
)
