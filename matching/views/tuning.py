"""Around a policy: the matches one keeps in view, and what decisions teach."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.choices import Criterion
from matching.models import Match
from matching.queries.tuning import shares
from matching.services.learning import LEAST_OF_A_KIND, LEAST_VERDICTS, NothingToLearn


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def match_pin(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Keep a match in view while tuning, or with `unpin` no longer; then back to `next`."""
    match = get_object_or_404(Match, pk=pk)
    try:
        if "unpin" in request.POST:
            services.unpin_match(match=match, user=request.user)
            messages.success(request, _("The match is no longer pinned."))
        else:
            services.pin_match(match=match, user=request.user, now=timezone.now())
            messages.success(request, _("The match is pinned: drafts show what it would score."))
    except GagyoError as error:
        messages.warning(request, str(error))
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect("matching:review_match", pk=pk)


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_learn(request: SignedInRequest) -> HttpResponse:
    """What decisions and answers teach, beside the policy in force; POST makes it a draft."""
    now = timezone.now()
    try:
        if request.method == "POST":
            draft, _lesson = services.learn_policy(actor=request.user, now=now)
            messages.success(request, _("The draft is saved. Nothing changes until it is active."))
            return redirect("matching:policy", version=draft.version)
        active, lesson = services.lesson_of(now=now)
    except NothingToLearn as error:
        context = {
            "why": str(error),
            "least": LEAST_VERDICTS,
            "least_of_a_kind": LEAST_OF_A_KIND,
        }
        return render(request, "matching/policies/learn.html", context)
    before = shares(active)
    rows = [
        {
            "label": Criterion(name).label,
            "before": before[name],
            "learnt": weight,
            "low": lesson.ranges[name][0],
            "high": lesson.ranges[name][1],
            "known": lesson.known[name],
        }
        for name, weight in lesson.weights.items()
    ]
    context = {"active": active, "lesson": lesson, "rows": rows}
    return render(request, "matching/policies/learn.html", context)
