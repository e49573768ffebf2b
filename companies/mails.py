"""The mails about a firm itself, each in its reader's language."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from companies.models import Company, JoinRequest
from companies.queries import owners, recipients
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.services import write_message


def write_to_members(
    company: Company, *, kind: str, key: str, now: datetime, **context: Any
) -> None:
    """Write the mail `companies/mail/<kind>` to everybody who gets the firm's mail."""
    _write(recipients(company), company, kind=kind, key=key, now=now, **context)


def write_join_asked(request: JoinRequest, *, now: datetime) -> None:
    """Tell the owners that somebody asks to join. A claim is for staff, who have their queue."""
    _write(
        owners(request.company),
        request.company,
        kind="join_asked",
        key=f"join:{request.pk}",
        now=now,
        request=request,
        page_url=_page("companies:team", request.company),
    )


def write_join_decided(request: JoinRequest, *, now: datetime) -> None:
    """Tell the person who asked: kind `join_accepted` or `join_refused`."""
    _write(
        [request.user],
        request.company,
        kind=f"join_{request.state}",
        key=f"join:{request.pk}",
        now=now,
        request=request,
    )


def _write(
    people: Iterable[User],
    company: Company,
    *,
    kind: str,
    key: str,
    now: datetime,
    **context: Any,
) -> None:
    pages = {
        "page_url": _page("companies:profile", company),
        "items_url": _page("companies:items", company),
    }
    for user in people:
        write_message(
            kind=f"company_{kind}",
            category=Category.ACCOUNT,
            template=f"companies/mail/{kind}",
            user=user,
            address=user.email,
            language=user.language,
            context={"company": company, **pages, **context},
            dedupe_key=f"{key}:{kind}:{user.pk}",
            context_key=f"company:{company.pk}",
            now=now,
        )


def _page(name: str, company: Company) -> str:
    return f"{absolute_url(reverse(name))}?company={company.pk}"
