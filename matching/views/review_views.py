"""Saved views of the review queue: one's own and those that supervisors share."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest, staff_page
from common.errors import GagyoError
from matching import services
from matching.forms.queue import FilterWords, ReviewFilterForm, SaveViewForm, query_of
from matching.models import SavedView
from matching.permissions import can_change_view, can_share_views
from matching.queries.desk import default_view, views_of
from matching.queries.queue import VIEW_LIMIT, counts_of
from matching.queries.terms import review_terms

ACTIONS: Final = ("default", "no-default", "share", "unshare", "remove")
# Own ones and shared ones; no reviewer works with more.
MOST_SHOWN: Final = 100


@staff_page()
@require_http_methods(["GET", "HEAD", "POST"])
def review_views(request: SignedInRequest) -> HttpResponse:
    """All views with how much waits in each; the filter in the address can be kept as another."""
    query = query_of(request.GET.dict())
    form = SaveViewForm(request.POST or None)
    if not can_share_views(request.user):
        del form.fields["is_shared"]
    if request.method == "POST" and form.is_valid():
        try:
            view = services.save_view(
                name=form.cleaned_data["name"],
                query=query,
                is_shared=form.cleaned_data.get("is_shared", False),
                owner=request.user,
                now=timezone.now(),
            )
        except GagyoError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return redirect("matching:review_views")
    words = FilterWords(ReviewFilterForm())
    chosen = default_view(request.user)
    views = [
        {
            "view": view,
            "address": view.address,
            "filters": words.of(view.query),
            "may_change": bool(can_change_view(request.user, view)),
            "is_default": chosen is not None and chosen.pk == view.pk,
            "count": count,
        }
        for view, count in _counted(request)
    ]
    context = {
        "form": form,
        "query": request.GET.urlencode(),
        "filters": words.of(query),
        "views": views,
        "count_limit": VIEW_LIMIT,
        "may_share": bool(can_share_views(request.user)),
    }
    status = 422 if form.errors else 200
    return render(request, "matching/review/views.html", context, status=status)


@staff_page()
@require_safe
def review_counts(request: SignedInRequest) -> HttpResponse:
    """The menu of the views with how much waits in each; fetched when the menu is opened."""
    views = [(view, view.address, count) for view, count in _counted(request)]
    context = {"views": views, "count_limit": VIEW_LIMIT, "view": request.GET.get("view", "")}
    return render(request, "matching/review/view_list.html", context)


@staff_page()
@require_POST
def review_view_act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    """Make a view one's default, share it, or remove it."""
    if action not in ACTIONS:
        raise Http404
    view = get_object_or_404(views_of(request.user), pk=pk)
    now = timezone.now()
    try:
        if action == "default":
            services.set_default_view(view=view, user=request.user)
            messages.success(request, _("Your queue opens with this view now."))
        elif action == "no-default":
            services.set_default_view(view=None, user=request.user)
            messages.success(request, _("Your queue opens with all matches now."))
        elif action == "remove":
            services.remove_view(view=view, actor=request.user, now=now)
            messages.success(request, _("The view is removed."))
        else:
            is_shared = action == "share"
            services.share_view(view=view, is_shared=is_shared, actor=request.user, now=now)
            messages.success(request, _("Saved."))
    except GagyoError as error:
        messages.warning(request, str(error))
    return redirect("matching:review_views")


def _counted(request: SignedInRequest) -> list[tuple[SavedView, int]]:
    """Each view with its count, which stops at VIEW_LIMIT."""
    views = list(views_of(request.user)[:MOST_SHOWN])
    counts = counts_of(
        {view.pk: view.query for view in views},
        user=request.user,
        now=timezone.now(),
        terms=review_terms(),
    )
    return [(view, counts[view.pk]) for view in views]
