"""Whose endpoints a page is about: the association's for administrators, a firm's for its owners.

Both have the same pages under addresses of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from api.hooks.models import Endpoint
from api.hooks.permissions import can_manage_webhooks_as
from companies.models import Company
from companies.views.current import CurrentFirm, member_page

P = ParamSpec("P")
PAGES: Final = (
    "endpoints",
    "endpoint_new",
    "endpoint",
    "endpoint_edit",
    "endpoint_pause",
    "endpoint_resume",
    "endpoint_remove",
    "endpoint_rotate",
    "endpoint_ping",
    "endpoint_replay",
    "delivery",
    "delivery_replay",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """`to` names the pages of this desk, for links."""

    firm: CurrentFirm | None
    to: dict[str, str]

    @property
    def company(self) -> Company | None:
        return self.firm.company if self.firm else None

    @property
    def endpoints(self) -> "QuerySet[Endpoint]":
        return Endpoint.objects.filter(company=self.company)


def desk_page(
    view: Callable[Concatenate[SignedInRequest, Desk, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """`view` with the desk that the address names; strangers 404, colleagues 403."""

    @staff_page(StaffRole.ADMINISTRATOR)
    def of_staff(request: SignedInRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, Desk(None, {page: f"hooks:{page}" for page in PAGES}), *args, **kwargs)

    @member_page(can_manage_webhooks_as)
    def of_firm(
        request: SignedInRequest, firm: CurrentFirm, /, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        to = {page: f"hooks:firm_{page}" for page in PAGES}
        return cast(HttpResponse, view(request, Desk(firm, to), *args, **kwargs))

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, is_firm: bool, **kwargs: Any) -> HttpResponseBase:
        return (of_firm if is_firm else of_staff)(request, *args, **kwargs)

    return guarded
