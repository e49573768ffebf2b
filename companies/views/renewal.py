"""Nothing has changed: one button keeps a firm verified."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from common.errors import GagyoError
from companies import services
from companies.permissions import can_write_as
from companies.queries import missing_facts
from companies.services.renewal import may_ask_renewal
from companies.views.current import CurrentFirm, member_page


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def renewal(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    """The facts as staff checked them, to be confirmed; the firm stays verified meanwhile."""
    company, now = firm.company, timezone.now()
    if request.method == "POST":
        try:
            services.ask_renewal(company=company, actor=request.user, now=now)
        except GagyoError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("Thank you. Staff renew the verification; you stay verified meanwhile.")
            )
        return redirect("companies:profile")
    context = {
        "firm": firm,
        "company": company,
        "sectors": company.sectors.all(),
        "may_ask": may_ask_renewal(company, now=now),
        "missing": missing_facts(company),
    }
    return render(request, "companies/renewal.html", context)
