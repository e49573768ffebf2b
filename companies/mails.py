"""The mails about a firm itself, to its members, each in the member's language."""

from datetime import datetime
from typing import Any

from companies.models import Company
from companies.queries import recipients
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.services import write_message


def write_to_members(
    company: Company, *, kind: str, key: str, now: datetime, **context: Any
) -> None:
    """Write the mail `companies/mail/<kind>` to everybody who gets the firm's mail."""
    for user in recipients(company):
        write_message(
            kind=f"company_{kind}",
            category=Category.ACCOUNT,
            template=f"companies/mail/{kind}",
            user=user,
            address=user.email,
            language=user.language,
            context={"company": company, "home_url": absolute_url("/"), **context},
            dedupe_key=f"{key}:{kind}:{user.pk}",
            context_key=f"company:{company.pk}",
            now=now,
        )
