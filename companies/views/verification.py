"""Staff check firms: the queue, one firm with all that is known of it, and the decision."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import RuleViolated, StateChanged
from common.formatting import moment_text
from common.models import AuditEvent
from companies import services
from companies.choices import CompanyState, JoinState
from companies.forms.staff import NoteForm, ReturnForm, VerificationFilterForm, VerifyForm
from companies.models import Company, CompanyMerge
from companies.permissions import can_suspend
from companies.queries import (
    held_certificates,
    requests_for_staff,
    state_counts,
    verification_queue,
    with_papers,
)
from companies.registry.comparing import lines
from companies.registry.directory import set_up_for
from companies.views.merging import evidence_of
from companies.wording import COMPANY_EVENTS, REGISTERS

PAGE_SIZE: Final = 50
HISTORY: Final = 50
SHOWN_CHECKS: Final = 6
SHOWN_DUPLICATES: Final = 8


@staff_page()
@require_safe
def verification(request: SignedInRequest) -> HttpResponse:
    """Submitted firms unless another state is asked for; people who wait for a decision above."""
    asked = request.GET.copy()
    asked.setdefault("state", CompanyState.SUBMITTED)
    form = VerificationFilterForm(asked)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = verification_queue(state=wanted.get("state", ""), words=wanted.get("q", ""))
    context = {
        "form": form,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "requests": requests_for_staff(),
        "tabs": [
            (state, CompanyState(state).label, count) for state, count in state_counts().items()
        ],
        "state": wanted.get("state", ""),
        "words": wanted.get("q", ""),
    }
    return render(request, "companies/verification.html", context)


@staff_page()
@require_safe
def verification_detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _detail(request, _firm(pk))


@staff_page()
@require_POST
def verify(request: SignedInRequest, pk: UUID) -> HttpResponse:
    form = VerifyForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        "verify_form",
        lambda firm: services.verify_company(
            company=firm, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        _("%(firm)s is verified. Its members get a mail."),
    )


@staff_page()
@require_POST
def give_back(request: SignedInRequest, pk: UUID) -> HttpResponse:
    form = ReturnForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        "return_form",
        lambda firm: services.return_company(
            company=firm, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        _("%(firm)s is returned. Its members get a mail with the reason."),
    )


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def suspend(request: SignedInRequest, pk: UUID) -> HttpResponse:
    form = NoteForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        "note_form",
        lambda firm: services.suspend_company(
            company=firm, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        _("%(firm)s is suspended; its open matches are withdrawn."),
    )


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def reinstate(request: SignedInRequest, pk: UUID) -> HttpResponse:
    form = NoteForm(request.POST)
    return _decide(
        request,
        pk,
        form,
        "note_form",
        lambda firm: services.reinstate_company(
            company=firm, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        _("The suspension of %(firm)s has ended."),
    )


@staff_page()
@require_POST
def registers_ask(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put the firm's number to the public registers once more."""
    firm = _firm(pk)
    if not firm.official_number:
        messages.error(request, _("The firm has no official number yet."))
    elif services.ask_registries(
        country=firm.country,
        number=firm.official_number,
        company=firm,
        actor=request.user,
        is_anew=True,
        now=timezone.now(),
    ):
        messages.success(
            request, _("The public registers are being asked. Look again in a minute.")
        )
    else:
        messages.error(request, _("No look-up is set up for this country."))
    return redirect("companies:verification_detail", pk=pk)


def _firm(pk: UUID) -> Company:
    return get_object_or_404(Company.objects.select_related("region"), pk=pk)


def _decide(
    request: SignedInRequest,
    pk: UUID,
    form: Form,
    form_name: str,
    decide: Callable[[Company], Company],
    said: str,
) -> HttpResponse:
    """One decision; whoever comes second is told who decided before, and when."""
    firm = _firm(pk)
    if not form.is_valid():
        return _detail(request, firm, status=422, **{form_name: form})
    try:
        decide(firm)
    except StateChanged:
        messages.warning(request, _already_decided(_firm(pk)))
    except RuleViolated as error:
        form.add_error(None, str(error))
        return _detail(request, firm, status=422, **{form_name: form})
    else:
        messages.success(request, said % {"firm": firm})
    return redirect("companies:verification_detail", pk=pk)


def _already_decided(firm: Company) -> str:
    last = firm.verifications.select_related("by").first()
    if last is None or last.by is None:
        return _("Nothing was done: the firm's state is now “%(state)s”.") % {
            "state": firm.get_state_display()
        }
    return _("%(person)s has decided already: %(decision)s, %(when)s.") % {
        "person": last.by.display_name,
        "decision": last.get_decision_display(),
        "when": moment_text(last.at, "medium"),
    }


def _detail(
    request: SignedInRequest, firm: Company, *, status: int = 200, **forms: Form
) -> HttpResponse:
    events = AuditEvent.objects.filter(
        object_type=Company._meta.label_lower, object_id=str(firm.pk)
    ).select_related("actor")[:HISTORY]
    context = {
        "company": firm,
        "sectors": firm.sectors.all(),
        "register": REGISTERS[firm.country],
        "members": firm.memberships.select_related("user"),
        "similar": [
            (row.second if row.first == firm else row.first, row, evidence_of(row))
            for row in services.possible_duplicates(firm, now=timezone.now())[:SHOWN_DUPLICATES]
        ],
        "merges": CompanyMerge.objects.filter(Q(survivor=firm) | Q(absorbed=firm)).select_related(
            "survivor", "absorbed", "by", "undone_by"
        ),
        "now": timezone.now(),
        "offerings": firm.offerings.prefetch_related("concepts")[:HISTORY],
        "needs": firm.needs.prefetch_related("concepts")[:HISTORY],
        "certificates": held_certificates(firm, today=timezone.localdate()),
        "proofs": firm.proofs.select_related("document", "claim__user").defer("document__content"),
        "claims": firm.join_requests.filter(state=JoinState.OPEN)
        .select_related("user", "company")
        .prefetch_related(with_papers()),
        "domain_proofs": firm.domain_proofs.select_related("user")[:HISTORY],
        "registers": [
            (check, lines(firm, check)) for check in firm.registry_checks.all()[:SHOWN_CHECKS]
        ],
        "is_register_set_up": bool(set_up_for(firm.country)),
        "decisions": firm.verifications.select_related("by"),
        "events": [(event, COMPANY_EVENTS.get(event.verb, event.verb)) for event in events],
        "verify_form": VerifyForm(),
        "return_form": ReturnForm(),
        "note_form": NoteForm(),
        "may_suspend": bool(can_suspend(request.user)),
        **forms,
    }
    return render(request, "companies/verification_detail.html", context, status=status)
