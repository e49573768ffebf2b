"""Matching policies: see them, draft one from another, activate it with a reason."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.choices import Criterion, PolicyState, SimulationBasis
from matching.engine_adapter.rescoring import Compared, compare
from matching.forms.policies import ActivateForm, PolicyForm
from matching.models import Match, MatchPolicy, PolicyActivation
from matching.permissions import can_manage_policies
from matching.queries.preview import SHOWN, watched_by
from matching.queries.tuning import Tried, basis_of, differences, shares, simulations_of

PAGE_SIZE: Final = 25
SHOWN_ACTIVATIONS: Final = 10


@staff_page()
@require_safe
def policies(request: SignedInRequest) -> HttpResponse:
    """All versions, newest first, or with `activations` when which one came into force."""
    services.ensure_default_policy(now=timezone.now())
    is_history = "activations" in request.GET
    found: Any = (
        PolicyActivation.objects.select_related("policy", "before", "simulation", "actor")
        if is_history
        else MatchPolicy.objects.select_related("created_by")
    )
    return render(
        request,
        "matching/policies/list.html",
        {
            "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
            "is_history": is_history,
            "may_manage": bool(can_manage_policies(request.user)),
        },
    )


@staff_page()
@require_safe
def policy(request: SignedInRequest, version: int) -> HttpResponse:
    return _policy_page(request, _found(version))


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: SignedInRequest) -> HttpResponse:
    """A draft that begins as a copy of the policy `?from=` (else of the active one)."""
    return _editor(request, draft=None, pattern=_pattern(request))


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: SignedInRequest, version: int) -> HttpResponse:
    """A draft with its effect on ten matches, which follows the fingers."""
    draft = _found(version)
    if draft.state != PolicyState.DRAFT:
        messages.warning(request, _("Only a draft can be changed. Make a new one from this."))
        return redirect("matching:policy", version=version)
    return _editor(request, draft=draft, pattern=draft)


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def policy_discard(request: SignedInRequest, version: int) -> HttpResponse:
    try:
        services.discard_policy(policy=_found(version), actor=request.user, now=timezone.now())
    except GagyoError as error:
        messages.warning(request, str(error))
        return redirect("matching:policy", version=version)
    messages.success(request, _("The draft is put aside. It can still be copied or activated."))
    return redirect("matching:policies")


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def policy_activate(request: SignedInRequest, version: int) -> HttpResponse:
    found = _found(version)
    tried = basis_of(found, now=timezone.now())
    form = ActivateForm(request.POST, is_untested=_is_untested(tried))
    if not form.is_valid():
        return _policy_page(request, found, form, tried)
    try:
        services.activate_policy(
            policy=found,
            reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"],
            instead_of=form.cleaned_data["instead_of"],
            actor=request.user,
            now=timezone.now(),
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The policy is active. The next run follows it."))
    return redirect("matching:policy", version=version)


def _policy_page(
    request: SignedInRequest,
    found: MatchPolicy,
    form: ActivateForm | None = None,
    tried: Tried | None = None,
) -> HttpResponse:
    active = services.ensure_default_policy(now=timezone.now())
    may_manage = bool(can_manage_policies(request.user))
    if tried is None:
        tried = basis_of(found, now=timezone.now())
    if form is None:
        form = ActivateForm(
            initial={"revision": found.revision, "instead_of": active.version},
            is_untested=_is_untested(tried),
        )
    of_active, own = shares(active), shares(found)
    return render(
        request,
        "matching/policies/policy.html",
        {
            "policy": found,
            "active": active,
            "weights": [
                (Criterion(name).label, own[name], of_active[name]) for name in Criterion.values
            ],
            "differences": differences(active, found) if found.pk != active.pk else [],
            "tried": tried,
            "simulations": Paginator(simulations_of(found), PAGE_SIZE).get_page(
                request.GET.get("page")
            ),
            "activations": found.activations.select_related("actor", "before", "simulation")[
                :SHOWN_ACTIVATIONS
            ],
            "may_manage": may_manage,
            "activate_form": form,
        },
        status=422 if form.errors else 200,
    )


def _is_untested(tried: Tried) -> bool:
    return tried.basis != SimulationBasis.FRESH


def _editor(
    request: SignedInRequest, *, draft: MatchPolicy | None, pattern: MatchPolicy
) -> HttpResponse:
    """The form with its preview: saved, or with `preview` only tried on the matches shown."""
    now = timezone.now()
    form = PolicyForm(request.POST or None, initial=PolicyForm.initial_of(pattern))
    is_preview = "preview" in request.POST or "preview" in request.GET
    if request.method == "POST" and form.is_valid() and not is_preview:
        try:
            saved = _saved(form, draft, request, now)
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is saved. Nothing changes until it is active."))
            return redirect("matching:policy", version=saved.version)
    active = services.ensure_default_policy(now=now)
    tried = MatchPolicy(**form.settings) if form.is_bound and form.is_valid() else pattern
    watched, is_pinned = _watched(request)
    is_usable = any(tried.weights.values()) and not (form.is_bound and form.errors)
    rows: Sequence[Compared] = compare(watched, active, tried) if is_usable else []
    context = {
        "form": form,
        "draft": draft,
        "pattern": pattern,
        "active": active,
        "rows": rows,
        "watched": watched,
        "is_pinned": is_pinned,
        "is_usable": is_usable,
        "differences": differences(active, tried) if is_usable else [],
    }
    fragment = request.htmx and not request.htmx.history_restore_request and is_preview
    template = "matching/policies/edit.html" + ("#preview" if fragment else "")
    # A preview of something that cannot be is an answer too; a form that was not saved is not.
    return render(request, template, context, status=422 if form.errors and not fragment else 200)


def _saved(
    form: PolicyForm, draft: MatchPolicy | None, request: SignedInRequest, now: Any
) -> MatchPolicy:
    name, settings = form.cleaned_data["name"], form.settings
    if draft is None:
        return services.create_policy(name=name, actor=request.user, now=now, **settings)
    return services.edit_policy(
        policy=draft,
        revision=form.cleaned_data["revision"] or 0,
        name=name,
        actor=request.user,
        now=now,
        **settings,
    )


def _watched(request: SignedInRequest) -> tuple[list[Match], bool]:
    """The matches that the page already shows, so that they stay the same while one drags."""
    wanted = request.POST.getlist("watched")[:SHOWN]
    try:
        ids = [UUID(pk) for pk in wanted]
    except ValueError:
        ids = []
    if not ids:
        return watched_by(request.user)
    found = Match.objects.with_sides().select_related("run__policy").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found], "pinned" in request.POST


def _found(version: int) -> MatchPolicy:
    people = ("created_by", "edited_by")
    return get_object_or_404(MatchPolicy.objects.select_related(*people), version=version)


def _pattern(request: SignedInRequest) -> MatchPolicy:
    version = request.GET.get("from", "")
    if version.isdigit():
        return _found(int(version))
    return services.ensure_default_policy(now=timezone.now())
