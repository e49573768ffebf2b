"""Staff check firms: the queue, one firm with all that is known of it, and the decision."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError, RuleViolated, StateChanged
from common.formatting import moment_text
from common.keyset import keyset_page
from common.models import AuditEvent
from companies import services
from companies.checking import (
    CLOCKED,
    WORK,
    Folder,
    checks_over_time,
    folder_counts,
    folder_of_firms,
    is_being_checked,
    late_before,
    narrowed,
    neighbours,
)
from companies.choices import JoinState, ProofFault, VerificationCheck
from companies.forms.staff import CheckingForm, NoteForm, ReturnForm, VerdictForm, VerifyForm
from companies.models import Company, CompanyMerge, Duplicate, Proof
from companies.noted import remarks_on
from companies.permissions import can_suspend
from companies.queries import (
    held_certificates,
    requests_for_staff,
    with_papers,
)
from companies.registry.comparing import lines
from companies.registry.directory import set_up_for
from companies.views.merging import evidence_of
from companies.wording import COMPANY_EVENTS, REGISTERS

PAGE_SIZE: Final = 50
HISTORY: Final = 50
SHOWN_CHECKS: Final = 6
SHOWN_DUPLICATES: Final = 4
# People who wait stand above the firms to check, all of them in their own folder.
SHOWN_REQUESTS: Final = 100
WITH_PEOPLE: Final = (Folder.SUBMITTED, Folder.CLAIMS)


@staff_page()
@require_safe
def verification(request: SignedInRequest) -> HttpResponse:
    """A folder of firms, those that wait longest first; people who wait for a decision above."""
    now = timezone.now()
    form = _filters(request)
    folder, wanted = form.folder, form.wanted
    rows = narrowed(folder_of_firms(folder, now=now), wanted, now=now)
    page = keyset_page(
        rows, moment="waiting_since", wanted=request.GET, size=PAGE_SIZE, is_oldest_first=True
    )
    late = late_before(now) if folder in CLOCKED else None
    context = {
        "form": form,
        "page": page,
        "rows": [
            (
                firm,
                late is not None and firm.waiting_since < late,
                is_being_checked(firm, by=None, now=now),
            )
            for firm in page.rows
        ],
        "late_count": rows.filter(waiting_since__lt=late).count() if late else 0,
        "target": settings.VERIFICATION_TARGET_DAYS,
        "is_clocked": late is not None,
        "requests": requests_for_staff()[:SHOWN_REQUESTS] if folder in WITH_PEOPLE else [],
        "folders": [(code, code.label, count) for code, count in folder_counts(now=now).items()],
        "others": [(code, code.label) for code in Folder if code not in WORK],
        "duplicates": Duplicate.objects.standing().count(),
        "folder": folder,
        "query": _query(request),
    }
    return render(request, "companies/verification.html", context)


@staff_page()
@require_safe
def verification_detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _detail(request, _firm(pk))


@staff_page()
@require_POST
def check_begin(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """ "I check this": the colleagues see it; with `end` somebody else may."""
    firm = _firm(pk)
    if "end" in request.POST:
        services.end_check(company=firm, actor=request.user)
    else:
        services.begin_check(company=firm, actor=request.user, now=timezone.now())
    return _back(request, pk)


@staff_page()
@require_POST
def proof_judge(request: SignedInRequest, pk: int) -> HttpResponse:
    proof = get_object_or_404(
        Proof.objects.select_related("company", "document").defer("document__content"), pk=pk
    )
    form = VerdictForm(request.POST)
    seen = request.POST.get("seen", "")
    if (proof.judged_at.isoformat() if proof.judged_at else "") != seen:
        messages.warning(request, _("This document was judged or replaced in the meantime."))
    elif form.is_valid():
        try:
            services.judge_proof(
                proof=proof, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except GagyoError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Noted: %(name)s.") % {"name": proof.document.name})
    return _back(request, proof.company_id)


@staff_page()
@require_POST
def verify(request: SignedInRequest, pk: UUID) -> HttpResponse:
    form = VerifyForm(request.POST, required=services.required_checks(_firm(pk)))
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
    form = ReturnForm(request.POST, auto_id="return_%s")
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
    form = NoteForm(request.POST, auto_id="note_%s")
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
    form = NoteForm(request.POST, auto_id="note_%s")
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
    return _back(request, pk)


def _firm(pk: UUID) -> Company:
    return get_object_or_404(Company.objects.select_related("region", "checker"), pk=pk)


def _filters(request: SignedInRequest) -> CheckingForm:
    """The folder and filters of the address; without any, what is to be checked."""
    asked = request.GET.copy()
    asked.setdefault("state", Folder.SUBMITTED)
    return CheckingForm(asked)


def _query(request: SignedInRequest) -> str:
    """The folder and filters, for the links to and from one firm."""
    kept = request.GET.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()


def _back(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """To the firm, in the folder it was opened from."""
    url = reverse("companies:verification_detail", args=[pk])
    query = _query(request)
    return redirect(f"{url}?{query}" if query else url)


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
    return _back(request, pk)


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
    now = timezone.now()
    filters = _filters(request)
    before, after = neighbours(firm, filters.folder, filters.wanted, by=request.user, now=now)
    decisions = list(firm.verifications.select_related("by"))
    over_time = checks_over_time(decisions)
    context = {
        "company": firm,
        "before": before,
        "after": after,
        "query": _query(request),
        "is_others": is_being_checked(firm, by=request.user, now=now),
        "is_mine": firm.checker == request.user,
        "checks": [(check.label, over_time.get(check, [])) for check in VerificationCheck],
        "faults": ProofFault.choices,
        "sectors": firm.sectors.all(),
        "register": REGISTERS[firm.country],
        "members": firm.memberships.select_related("user"),
        "similar": [
            (row.second if row.first == firm else row.first, row, evidence_of(row))
            for row in services.possible_duplicates(firm, now=now)[:SHOWN_DUPLICATES]
        ],
        "merges": CompanyMerge.objects.filter(Q(survivor=firm) | Q(absorbed=firm)).select_related(
            "survivor", "absorbed", "by", "undone_by"
        ),
        "now": now,
        "offerings": firm.offerings.prefetch_related("concepts")[:HISTORY],
        "needs": firm.needs.prefetch_related("concepts")[:HISTORY],
        "certificates": held_certificates(firm, today=timezone.localdate()),
        "proofs": firm.proofs.select_related(
            "document", "claim__user", "viewed_by", "judged_by"
        ).defer("document__content"),
        "claims": firm.join_requests.filter(state=JoinState.OPEN)
        .select_related("user", "company")
        .prefetch_related(with_papers()),
        "domain_proofs": firm.domain_proofs.select_related("user")[:HISTORY],
        "registers": [
            (check, lines(firm, check)) for check in firm.registry_checks.all()[:SHOWN_CHECKS]
        ],
        "is_register_set_up": bool(set_up_for(firm.country)),
        "remarks": remarks_on(firm.pk),
        "decisions": decisions,
        "events": [(event, COMPANY_EVENTS.get(event.verb, event.verb)) for event in events],
        "verify_form": VerifyForm(required=services.required_checks(firm)),
        "return_form": ReturnForm(auto_id="return_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "may_suspend": bool(can_suspend(request.user)),
        **forms,
    }
    return render(request, "companies/verification_detail.html", context, status=status)
