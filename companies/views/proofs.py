"""A firm's documents for its verification, and who may read them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from common.errors import RuleViolated
from common.permissions import require
from companies import services
from companies.forms.proofs import ProofForm, ReplacementForm
from companies.models import Company, CompanyCertification, Membership, Proof
from companies.permissions import can_verify, can_write_as
from companies.views.current import CurrentFirm, member_page
from documents.responses import download


@member_page()
@require_http_methods(["GET", "HEAD", "POST"])
def proofs(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    if request.method == "POST":
        require(can_write_as(firm.membership))
    form = ProofForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_proof(
                company=firm.company,
                kind=form.cleaned_data["kind"],
                **form.upload,
                actor=request.user,
                now=timezone.now(),
            )
        except RuleViolated as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The document is handed in. Only staff can read it."))
            return _back(firm.company)
    context = {
        "firm": firm,
        "form": form,
        "replacement": ReplacementForm(),
        "proofs": _own(firm.company),
    }
    return render(request, "companies/proofs.html", context, status=422 if form.errors else 200)


@member_page(can_write_as)
@require_POST
def proof_replace(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    proof = get_object_or_404(_own(firm.company), pk=pk)
    form = ReplacementForm(request.POST, request.FILES)
    if form.is_valid():
        services.replace_proof(proof=proof, **form.upload, actor=request.user, now=timezone.now())
        messages.success(request, _("The document is replaced."))
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["file"]))
    return _back(firm.company)


@member_page(can_write_as)
@require_POST
def proof_withdraw(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    proof = get_object_or_404(_own(firm.company), pk=pk)
    services.withdraw_proof(proof=proof, actor=request.user, now=timezone.now())
    messages.success(request, _("The document is withdrawn and erased."))
    return _back(firm.company)


@login_required
@require_safe
def proof_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """To staff who verify and to whom `readable_by` names; 404 to others."""
    readable = Proof.objects.select_related("document")
    if not can_verify(request.user):
        readable = Proof.objects.readable_by(request.user).select_related("document")
    proof = get_object_or_404(readable, pk=pk)
    if can_verify(request.user):
        services.note_viewed(proof=proof, actor=request.user, now=timezone.now())
    return download(proof.document)


@login_required
@require_safe
def certificate_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """To staff who verify and to the firm's own people; 404 to others."""
    readable = CompanyCertification.objects.exclude(document=None).select_related("document")
    if not can_verify(request.user):
        mine = Membership.objects.filter(user=request.user).values("company")
        readable = readable.filter(company__in=mine)
    document = get_object_or_404(readable, pk=pk).document
    return download(document) if document else HttpResponse(status=404)


def _own(company: Company) -> QuerySet[Proof]:
    return (
        Proof.objects.of_firm()
        .filter(company=company)
        .select_related("document")
        .defer("document__content")
    )


def _back(company: Company) -> HttpResponse:
    return redirect(f"{reverse('companies:proofs')}?company={company.pk}")
