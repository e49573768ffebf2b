"""Public pages, and the page one lands on after logging in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.wording import CROSS_BORDER
from companies.choices import VerificationCheck
from companies.links import invitation_path
from companies.models import Closing, Company
from companies.queries import invitations_to
from insights import report
from matching.queries.home import firm_homes
from portal.queries import (
    sectors_with_firms,
    service_figures,
    staff_figures,
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
                "charts": report.CHARTS,
                "wishes": report.WISHES,
                "figures": service_figures(timezone.localdate()),
                "sectors": [
                    (sector, firm_count, report.PROPOSALS.get(sector.code, ""))
                    for sector, firm_count in sectors_with_firms()
                ],
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
            "homes": firm_homes(user, now=timezone.now()),
            "closings": Closing.objects.pending()
            .filter(company__memberships__user=user)
            .select_related("company"),
            "invitations": [
                (invitation.company, invitation_path(invitation))
                for invitation in invitations_to(user, timezone.now())
            ],
        },
    )


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    """Every number on it is the setting or the default that the product works with."""
    capacity = Company._meta.get_field("introductions_per_month").default
    context = {
        "checks": VerificationCheck.labels,
        "months": settings.VERIFICATION_MONTHS,
        "answer_days": settings.MATCH_ANSWER_DAYS,
        "reminder_days": settings.MATCH_REMINDER_BUSINESS_DAYS,
        "not_now_days": settings.MATCH_NOT_NOW_DAYS,
        "outcome_days": settings.MATCH_OUTCOME_DAYS,
        "capacity": capacity,
        **_association(),
    }
    return render(request, "portal/how_it_works.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html", {"cross_border": CROSS_BORDER, **_association()})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/terms.html", _association())


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/contact.html", _association())


def _association() -> dict[str, Any]:
    """Who runs this installation."""
    return {
        "sender_address": settings.MAIL_SENDER_ADDRESS,
        "contact": settings.MAIL_CONTACT,
        "processors": settings.PRIVACY_PROCESSORS,
    }
