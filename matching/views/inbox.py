"""A firm's own pages: the inbox, a match, its answer and its outcomes."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from common.errors import GagyoError
from common.permissions import require
from matching.choices import Side
from matching.models import Match
from matching.permissions import can_answer, can_review, side_of
from matching.queries.cards import matches_for_cards
from matching.queries.inbox import FOLDERS, inbox_groups, inbox_matches
from matching.views.answering import (
    answer_form,
    card_context,
    save_answer,
)

PAGE_SIZE: Final = 30


@login_required
@require_safe
def inbox(request: SignedInRequest) -> HttpResponse:
    """The firm's matches by item, in three folders; staff have the queue instead."""
    if can_review(request.user):
        return redirect("matching:review")
    folder = request.GET.get("folder", "open")
    if folder not in FOLDERS:
        raise Http404
    found = inbox_matches(request.user, folder)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "folder": folder,
        "page": page,
        "groups": inbox_groups(request.user, list(page.object_list)),
    }
    return render(request, "matching/inbox.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The match card with its three answers; after the introduction contacts and outcomes."""
    found, side = _own_match(request, pk)
    if side is None:
        return redirect("matching:review_match", pk=pk)
    form = answer_form(request, found, side, request.user)
    if request.method == "POST":
        require(can_answer(request.user, found, side))
        if form.is_valid():
            try:
                save_answer(request, form, found, side, request.user)
            except GagyoError as error:
                messages.warning(request, str(error))
            else:
                messages.success(request, _("Your answer is recorded."))
            return redirect("matching:match", pk=pk)
    context = card_context(found, side, request.user, now=timezone.now())
    context |= {"form": form, "may_answer": bool(can_answer(request.user, found, side))}
    return render(request, "matching/match.html", context)


def _own_match(request: SignedInRequest, pk: UUID) -> tuple[Match, Side | None]:
    """The match and the user's side; None for staff without a firm in it. Strangers get 404."""
    found = matches_for_cards().visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found, side_of(request.user, found)
