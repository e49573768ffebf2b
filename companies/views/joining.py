"""Asking to join a firm that is here, or to claim a record that a public list brought."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from common.errors import GagyoError, RuleViolated
from common.permissions import require
from companies import services
from companies.choices import GONE, CompanyState, JoinState
from companies.domains import domain_of_website
from companies.forms.joining import DomainForm, JoinForm, OwnAddressForm
from companies.links import read_claim_token
from companies.models import Company, DomainProof
from companies.permissions import can_register, membership_of
from companies.services.claiming import is_open as is_claim_open

SESSION_KEY: Final = "found_companies"


def may_be_joined(request: SignedInRequest, company: Company) -> None:
    """Remember that this person gave the firm's number or name: they may ask to join it."""
    found = request.session.get(SESSION_KEY, [])
    if str(company.pk) not in found:
        request.session[SESSION_KEY] = [*found, str(company.pk)]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask a firm's owners to be let in."""
    company = _joinable(request, pk)
    if company.state == CompanyState.UNCLAIMED:
        return redirect("companies:claim", pk=pk)
    return _ask(request, company)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Say that an unclaimed record is one's own firm: by mail at once, or by document to staff."""
    company = _joinable(request, pk)
    if company.state != CompanyState.UNCLAIMED:
        return redirect("companies:join", pk=pk)
    return _ask(request, company)


@login_required
@require_POST
def claim_by_address(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A confirmed address of the person lies at the firm's domain: the claim is granted."""
    company = _joinable(request, pk)
    require(can_register(request.user))
    form = OwnAddressForm(request.POST, company=company, auto_id="own_%s")
    if form.is_valid():
        try:
            services.claim_by_own_address(
                company=company,
                user=request.user,
                official_number=form.cleaned_data.get("official_number", ""),
                now=timezone.now(),
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            return _claimed(request, company)
    return _claim_page(request, company, own_form=form)


@login_required
@require_POST
def claim_by_mail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Send the link that proves that the person reads mail at the firm's domain."""
    company = _joinable(request, pk)
    require(can_register(request.user))
    form = DomainForm(request.POST, company=company, auto_id="mail_%s")
    if form.is_valid():
        try:
            proof = services.ask_domain_proof(
                company=company,
                user=request.user,
                address=form.cleaned_data["address"],
                official_number=form.cleaned_data.get("official_number", ""),
                now=timezone.now(),
            )
        except GagyoError as error:
            form.add_error("address", str(error))
        else:
            said = _("We have sent a link to %(address)s. Open it to claim the record.")
            messages.success(request, said % {"address": proof.address})
            return redirect("companies:claim", pk=pk)
    return _claim_page(request, company, mail_form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim_confirm(request: SignedInRequest, token: str) -> HttpResponse:
    """The link of the mail, for the person who asked for it. Opening it changes nothing."""
    asked = DomainProof.objects.filter(user=request.user).select_related("company__region", "user")
    proof_id = read_claim_token(token)
    proof = asked.filter(pk=proof_id).first() if proof_id else None
    if proof is None:
        raise Http404
    if request.method == "POST":
        try:
            services.claim_by_link(proof=proof, now=timezone.now())
        except GagyoError as error:
            messages.error(request, str(error))
            may_be_joined(request, proof.company)
            return redirect("companies:join", pk=proof.company_id)
        return _claimed(request, proof.company)
    context = {
        "proof": proof,
        "company": proof.company,
        "is_open": is_claim_open(proof, now=timezone.now()),
    }
    return render(request, "companies/claim_confirm.html", context)


def _claimed(request: SignedInRequest, company: Company) -> HttpResponse:
    messages.success(request, _("The record is yours. Look it through and submit it."))
    return redirect(f"{reverse('companies:start')}?company={company.pk}")


def _ask(request: SignedInRequest, company: Company) -> HttpResponse:
    require(can_register(request.user))
    if membership_of(request.user, company):
        messages.info(request, _("You are a member of this firm already."))
        return redirect("companies:profile")
    form = JoinForm(request.POST or None, request.FILES or None, company=company)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_to_join(
                company=company,
                user=request.user,
                message=form.cleaned_data["message"],
                official_number=form.cleaned_data.get("official_number", ""),
                proof=form.proof,
                now=timezone.now(),
            )
        except RuleViolated as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your request is on its way. You get a mail."))
            return redirect(request.path)
    return _claim_page(request, company, form=form)


def _claim_page(request: SignedInRequest, company: Company, **forms: Form) -> HttpResponse:
    """The ways to claim a record, or the one to join a firm; `forms` are those with errors."""
    domain = domain_of_website(company.website) if company.state == CompanyState.UNCLAIMED else ""
    context = {
        "company": company,
        "asked": company.join_requests.filter(user=request.user, state=JoinState.OPEN).first(),
        "domain": domain,
        "own_address": services.own_address_at(request.user, company) if domain else None,
        "form": JoinForm(company=company),
        "own_form": OwnAddressForm(company=company, auto_id="own_%s"),
        "mail_form": DomainForm(company=company, auto_id="mail_%s"),
        **forms,
    }
    has_errors = any(form.errors for form in forms.values())
    return render(request, "companies/join.html", context, status=422 if has_errors else 200)


def _joinable(request: SignedInRequest, pk: UUID) -> Company:
    """A firm the person may know of: listed, their own, found by its number or name, or one they
    have asked to join or claim. The page names the firm: one that hides its name is not enough
    to be listed."""
    user = request.user
    if str(pk) in request.session.get(SESSION_KEY, []):
        firms = Company.objects.all()
    else:
        asked = Company.objects.filter(Q(join_requests__user=user) | Q(domain_proofs__user=user))
        own = Company.objects.of_member(user).values("pk")
        named = Q(is_name_hidden=False) | Q(pk__in=own)
        visible = Company.objects.visible_to(user).filter(named)
        firms = Company.objects.filter(
            Q(pk__in=asked.values("pk")) | Q(pk__in=visible.values("pk"))
        )
    company = firms.exclude(state__in=GONE).select_related("region").filter(pk=pk).first()
    if company is None:
        raise Http404
    return company
