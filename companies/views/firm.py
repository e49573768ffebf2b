"""What a firm says of itself: what staff and partners want to know."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import GagyoError
from companies import services
from companies.choices import CompanyState, VerificationDecision
from companies.forms.company import ProfileForm
from companies.models import Company, Verification
from companies.permissions import can_write_as
from companies.queries import missing_facts
from companies.services.renewal import may_ask_renewal
from companies.views.current import CurrentFirm, member_page
from companies.views.registering import SUBMITTABLE


@member_page()
@require_safe
def profile(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    company = firm.company
    can_submit = company.state in SUBMITTABLE
    context = {
        "firm": firm,
        "company": company,
        "can_submit": can_submit,
        "missing": missing_facts(company) if can_submit else [],
        "returned": _last_return(company),
        "may_renew": may_ask_renewal(company, now=timezone.now()),
        "has_items": company.offerings.exists() or company.needs.exists(),
        "certificates": company.certificates.select_related("certification"),
    }
    return render(request, "companies/profile.html", context)


def _last_return(company: Company) -> Verification | None:
    """Why the firm was given back or suspended, while that still stands."""
    told: dict[str, str] = {
        CompanyState.RETURNED: VerificationDecision.RETURNED,
        CompanyState.SUSPENDED: VerificationDecision.SUSPENDED,
    }
    if company.state not in told:
        return None
    return company.verifications.filter(decision=told[company.state]).first()


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def profile_edit(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=firm.company)
    if request.method == "POST" and form.is_valid():
        services.save_company(
            company=form.save(commit=False),
            sectors=list(form.cleaned_data["sectors"]),
            changed=form.changed_data,
            actor=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("The profile is saved."))
        return redirect("companies:profile")
    return render(
        request,
        "companies/profile_edit.html",
        {"form": form, "firm": firm},
        status=422 if form.errors else 200,
    )


@member_page(can_write_as)
@require_POST
def submit(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    try:
        services.submit_company(company=firm.company, actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("Thank you. Staff of the association check your firm and write to you.")
        )
    return redirect("companies:profile")
