"""Many matches at once: first a page that says what would happen, then the list of what did."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.choices import BulkOutcome, BulkState, Decision
from matching.forms.queue import AssignForm, BulkRejectForm, ReviewFilterForm
from matching.forms.review import HoldForm
from matching.models import BulkDecision, Match
from matching.permissions import can_supervise_reviews
from matching.queries.bulk import bulk_rows, preview
from matching.queries.lateness import desks, sector_lines
from matching.queries.queue import review_matches
from matching.queries.terms import review_terms
from matching.services.bulk import AT_ONCE, MOST

PAGE_SIZE: Final = 50
TABS: Final = {
    Decision.APPROVED: gettext_lazy("Approve"),
    Decision.REJECTED: gettext_lazy("Reject"),
    Decision.HELD: gettext_lazy("Hold"),
    "assign": gettext_lazy("Assign"),
}
FORMS: Final[dict[str, type[forms.Form]]] = {
    Decision.REJECTED: BulkRejectForm,
    Decision.HELD: HoldForm,
    "assign": AssignForm,
}


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def review_bulk(request: SignedInRequest) -> HttpResponse:
    """What a decision about the chosen matches, or about all of a view, would do; POST does it."""
    decision = request.GET.get("decision", "")
    may_assign = bool(can_supervise_reviews(request.user))
    tabs = {code: label for code, label in TABS.items() if code != "assign" or may_assign}
    if decision not in tabs:
        decision = Decision.APPROVED
    now = timezone.now()
    form = FORMS[decision](request.POST or None) if decision in FORMS else None
    if request.method == "POST" and (form is None or form.is_valid()):
        data = form.cleaned_data if form else {}
        try:
            bulk = services.request_bulk(
                match_ids=_posted(request),
                decision=decision,
                reason=data.get("reason", ""),
                note=data.get("note", ""),
                until=data.get("until"),
                actor=request.user,
                now=now,
            )
        except GagyoError as error:
            messages.warning(request, str(error))
        else:
            if bulk.items.count() <= AT_ONCE:
                services.run_bulk(bulk_id=bulk.pk, now=now)
            return redirect("matching:review_bulk_result", pk=bulk.pk)
    ids = _posted(request) if request.method == "POST" else _chosen(request)
    told = preview(ids, decision=decision, user=request.user, terms=review_terms(), now=now)
    context = {
        "told": told,
        "decision": decision,
        "tabs": [(code, label, _tab_query(request, code)) for code, label in tabs.items()],
        "form": form,
        "ids": " ".join(pk.hex for pk in ids),
        "most": MOST,
        "query": request.GET.urlencode(),
        "back": _back(request),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "matching/review/bulk.html", context, status=status)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def review_assign(request: SignedInRequest) -> HttpResponse:
    """Give the chosen matches to a reviewer, or back to everybody."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose somebody of the staff who may review."))
        return redirect(_back(request))
    reviewer = form.cleaned_data["reviewer"]
    try:
        number = services.assign_matches(
            match_ids=_posted(request), reviewer=reviewer, actor=request.user, now=timezone.now()
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        values = {"number": number, "who": reviewer.display_name if reviewer else ""}
        text = (
            _("Assigned to %(who)s: %(number)s.")
            if reviewer
            else _("Back in everybody’s queue: %(number)s.")
        )
        messages.success(request, text % values)
    return redirect(_back(request))


@staff_page()
@require_safe
def review_bulk_result(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What became of each match; fetched anew until all are decided."""
    bulk = get_object_or_404(BulkDecision.objects.select_related("actor"), pk=pk)
    counts = dict(bulk.items.order_by().values_list("outcome").annotate(n=Count("pk")))
    outcome = request.GET.get("outcome", "")
    items = bulk.items.filter(outcome=outcome) if outcome in BulkOutcome else bulk.items.all()
    page = Paginator(items.order_by("position"), PAGE_SIZE).get_page(request.GET.get("page"))
    total = sum(counts.values())
    context = {
        "bulk": bulk,
        "is_done": bulk.state == BulkState.DONE,
        "done": total - counts.get(BulkOutcome.WAITING, 0),
        "total": total,
        "outcomes": [(code, code.label, counts[code]) for code in BulkOutcome if code in counts],
        "outcome": outcome,
        "page": page,
        "rows": bulk_rows(page.object_list),
    }
    fragment = request.htmx and not request.htmx.history_restore_request
    template = "matching/review/bulk_result.html" + ("#progress" if fragment else "")
    return render(request, template, context)


@staff_page(StaffRole.SUPERVISOR)
@require_safe
def review_late(request: SignedInRequest) -> HttpResponse:
    """Whose desk holds what for too long, and in which sector."""
    now, terms = timezone.now(), review_terms()
    context = {
        "terms": terms,
        "desks": desks(terms=terms, now=now),
        "sectors": sector_lines(terms=terms, now=now),
        "now": now,
    }
    return render(request, "matching/review/late.html", context)


def _chosen(request: SignedInRequest) -> list[UUID]:
    """The matches ticked in the queue, or with `all` the first MOST of the view."""
    if "all" in request.GET:
        wanted = ReviewFilterForm(request.GET).wanted()
        found = review_matches(wanted, user=request.user, now=timezone.now())
        return list(found.values_list("pk", flat=True)[:MOST])
    return _ids(request.GET.getlist("match"))


def _posted(request: SignedInRequest) -> list[UUID]:
    return _ids(request.POST.get("chosen", "").split())


def _ids(texts: list[str]) -> list[UUID]:
    """The known ids in their order; anything else is left out."""
    found = []
    for text in texts[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    known = set(Match.objects.filter(pk__in=found).order_by().values_list("pk", flat=True))
    return [pk for pk in dict.fromkeys(found) if pk in known]


def _tab_query(request: SignedInRequest, decision: str) -> str:
    query = request.GET.copy()
    query["decision"] = decision
    return query.urlencode()


def _back(request: SignedInRequest) -> str:
    """The queue under the filters from which one came."""
    query: Any = QueryDict(mutable=True)
    for name in ReviewFilterForm.base_fields:
        if value := request.GET.get(name):
            query[name] = value
    address = reverse("matching:review")
    return f"{address}?{query.urlencode()}" if query else address
