"""A firm's certificates: their numbers, last days and documents."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from common.permissions import require
from companies import services
from companies.forms.company import CertificateForm
from companies.models import CompanyCertification
from companies.permissions import can_write_as
from companies.queries import held_certificates
from companies.views.current import CurrentFirm, member_page


@member_page()
@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: SignedInRequest, firm: CurrentFirm) -> HttpResponse:
    if request.method == "POST":
        require(can_write_as(firm.membership))
    form = _form(request, CompanyCertification(company=firm.company))
    if request.method == "POST" and form.is_valid():
        _save(request, form)
        messages.success(request, _("The certificate is on the list."))
        return _back(firm)
    context = {
        "firm": firm,
        "form": form,
        "certificates": held_certificates(firm.company, today=timezone.localdate()),
    }
    return render(
        request, "companies/certificates.html", context, status=422 if form.errors else 200
    )


@member_page(can_write_as)
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_edit(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    """A new last day, a newer document: the same certificate, renewed."""
    certificate = _own(firm, pk)
    form = _form(request, certificate)
    if request.method == "POST" and form.is_valid():
        _save(request, form)
        messages.success(request, _("The certificate is saved."))
        return _back(firm)
    context = {"firm": firm, "form": form, "held": certificate}
    return render(
        request, "companies/certificate_edit.html", context, status=422 if form.errors else 200
    )


@member_page(can_write_as)
@require_POST
def certificate_remove(request: SignedInRequest, firm: CurrentFirm, pk: int) -> HttpResponse:
    services.remove_certificate(certificate=_own(firm, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("The certificate is off the list."))
    return _back(firm)


def _own(firm: CurrentFirm, pk: int) -> CompanyCertification:
    held = firm.company.certificates.select_related("certification", "document")
    return get_object_or_404(held.defer("document__content"), pk=pk)


def _form(request: SignedInRequest, certificate: CompanyCertification) -> CertificateForm:
    return CertificateForm(request.POST or None, request.FILES or None, instance=certificate)


def _save(request: SignedInRequest, form: CertificateForm) -> None:
    services.save_certificate(
        certificate=form.save(commit=False),
        upload=form.upload,
        actor=request.user,
        now=timezone.now(),
    )


def _back(firm: CurrentFirm) -> HttpResponse:
    return redirect(f"{reverse('companies:certificates')}?company={firm.company.pk}")
