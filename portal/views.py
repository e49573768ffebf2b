"""Public pages, and the page one lands on after logging in."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from companies.links import invitation_path
from companies.queries import invitations_to
from portal.queries import (
    companies_of,
    matches_to_answer,
    sectors_with_firms,
    service_figures,
    staff_figures,
)

# From the association's report on 60 years of Korea-Japan industrial partnership (June 2025).
REPORT_FIGURES: Final = (
    {
        "value": _("352-fold"),
        "label": _("growth of trade between Korea and Japan"),
        "note": _("from USD 0.2 bn in 1965 to USD 77.2 bn in 2024"),
    },
    {
        "value": "77.5%",
        "label": _("of Korea's exports to Japan are intermediate goods"),
        "note": _("31.6 % in 1988"),
    },
    {
        "value": "94.5% · 95.9%",
        "label": _("of Korean and of Japanese firms want to keep or expand cooperation"),
        "note": _("survey of 234 Korean exporters and 49 Japanese firms in Korea"),
    },
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public home page; for a signed-in person what waits for that person."""
    user = request.user
    if not user.is_authenticated:
        return render(
            request,
            "portal/home.html",
            {
                "report_figures": REPORT_FIGURES,
                "figures": service_figures(),
                "sectors": sectors_with_firms(),
            },
        )
    if user.is_association_staff:
        return render(
            request, "portal/home_staff.html", {"figures": staff_figures(timezone.localdate())}
        )
    return render(
        request,
        "portal/home_firm.html",
        {
            "companies": companies_of(user),
            "to_answer": matches_to_answer(user),
            "invitations": [
                (invitation.company, invitation_path(invitation))
                for invitation in invitations_to(user, timezone.now())
            ],
        },
    )


def _page(template: str) -> Any:
    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        return render(
            request,
            template,
            {
                "sender_address": settings.MAIL_SENDER_ADDRESS,
                "contact": settings.MAIL_CONTACT,
            },
        )

    return page


how_it_works = _page("portal/how_it_works.html")
privacy = _page("portal/privacy.html")
terms = _page("portal/terms.html")
contact = _page("portal/contact.html")
