"""Matching policies: see them, draft one from another, activate it with a reason."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import StaffRole
from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.choices import Criterion
from matching.forms.review import ActivateForm, PolicyForm
from matching.models import MatchPolicy
from matching.permissions import can_manage_policies


@staff_page()
@require_safe
def policies(request: SignedInRequest) -> HttpResponse:
    services.ensure_default_policy(now=timezone.now())
    return render(
        request,
        "matching/policies/list.html",
        {
            "policies": MatchPolicy.objects.select_related("created_by"),
            "may_manage": bool(can_manage_policies(request.user)),
        },
    )


@staff_page()
@require_safe
def policy(request: SignedInRequest, version: int) -> HttpResponse:
    found = get_object_or_404(MatchPolicy.objects.select_related("created_by"), version=version)
    total = sum(found.weights.values()) or 1.0
    return render(
        request,
        "matching/policies/policy.html",
        {
            "policy": found,
            "weights": [
                (Criterion(name).label, found.weights.get(name, 0.0) / total)
                for name in Criterion.values
            ],
            "may_manage": bool(can_manage_policies(request.user)),
            "activate_form": ActivateForm(),
        },
    )


@staff_page(StaffRole.SUPERVISOR)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: SignedInRequest) -> HttpResponse:
    """A draft that begins as a copy of the policy `?from=` (else of the active one)."""
    pattern = _pattern(request)
    form = PolicyForm(request.POST or None, initial=_initial(pattern))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        above = data["auto_approve_above"]
        try:
            draft = services.create_policy(
                name=data["name"],
                weights=form.weights,
                min_score=data["min_score"] / 100,
                min_confidence=data["min_confidence"] / 100,
                top_k=data["top_k"],
                auto_approve_above=above / 100 if above else None,
                actor=request.user,
                now=timezone.now(),
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is saved. Nothing changes until it is active."))
            return redirect("matching:policy", version=draft.version)
    return render(
        request,
        "matching/policies/new.html",
        {"form": form, "pattern": pattern},
        status=422 if form.errors else 200,
    )


@staff_page(StaffRole.SUPERVISOR)
@require_POST
def policy_activate(request: SignedInRequest, version: int) -> HttpResponse:
    found = get_object_or_404(MatchPolicy, version=version)
    form = ActivateForm(request.POST)
    try:
        services.activate_policy(
            policy=found,
            reason=form.cleaned_data["reason"] if form.is_valid() else "",
            actor=request.user,
            now=timezone.now(),
        )
    except GagyoError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The policy is active. The next run follows it."))
    return redirect("matching:policy", version=version)


def _pattern(request: SignedInRequest) -> MatchPolicy:
    version = request.GET.get("from", "")
    if version.isdigit():
        return get_object_or_404(MatchPolicy, version=int(version))
    return services.ensure_default_policy(now=timezone.now())


def _initial(pattern: MatchPolicy) -> dict[str, Any]:
    above = pattern.auto_approve_above
    return {
        "name": pattern.name,
        "min_score": round(pattern.min_score * 100),
        "min_confidence": round(pattern.min_confidence * 100),
        "top_k": pattern.top_k,
        "auto_approve_above": round(above * 100) if above else None,
        **{
            f"weight_{name}": round(pattern.weights.get(name, 0.0) * 100, 2)
            for name in Criterion.values
        },
    }
