"""A firm's own pages: the inbox, a match, its answer and its outcomes."""

from typing import Final, Literal
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
from common.permissions import require
from companies.services import block_company
from matching.choices import Side
from matching.forms.blocking import BlockMatchForm
from matching.models import Match
from matching.permissions import can_answer, can_review, side_of
from matching.queries.cards import match_card, matches_for_cards
from matching.queries.comparison import MOST, compared_rows
from matching.queries.inbox import (
    FOLDERS,
    folder_counts,
    inbox_groups,
    inbox_matches,
    item_choices,
)
from matching.queries.settled import is_answerable
from matching.queries.veil import veil_of
from matching.views.answering import card_context, take_answer

PAGE_SIZE: Final = 30


@login_required
@require_safe
def inbox(request: SignedInRequest) -> HttpResponse:
    """The firm's matches by item, in four folders; staff have the queue instead."""
    if can_review(request.user):
        return redirect("matching:review")
    folder = request.GET.get("folder", "open")
    item = _uuid(request.GET.get("item", ""))
    if folder not in FOLDERS or item is False:
        raise Http404
    found = inbox_matches(request.user, folder, item=item or None)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "folder": folder,
        "counts": folder_counts(request.user),
        "items": item_choices(request.user, folder),
        "chosen_item": item,
        "page": page,
        "groups": inbox_groups(request.user, list(page.object_list), now=timezone.now()),
        "most_compared": MOST,
    }
    return render(request, "matching/inbox.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The match card with its three answers; after the introduction contacts and outcomes."""
    found, side = _own_match(request, pk)
    if side is None:
        return redirect("matching:review_match", pk=pk)
    if request.method == "POST":
        require(can_answer(request.user, found, side))
    taken = take_answer(request, found, side, request.user)
    if taken.is_done:
        said = _("Your answer is taken back.") if taken.is_undone else _("Your answer is recorded.")
        messages.success(request, said)
        return redirect("matching:match", pk=pk)
    if taken.error and not taken.lacks_room:
        messages.warning(request, taken.error)
        return redirect("matching:match", pk=pk)
    context = card_context(found, side, request.user, now=timezone.now())
    context |= {
        "form": taken.form,
        "taken": taken,
        "may_answer": bool(can_answer(request.user, found, side)),
        "block_form": BlockMatchForm(auto_id="block_%s"),
    }
    return render(request, "matching/match.html", context)


@login_required
@require_http_methods(["POST"])
def match_block(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put the other firm on the never-meet list; the match is taken back, it is not told why."""
    found, side = _own_match(request, pk)
    if side is None:
        raise Http404
    require(can_answer(request.user, found, side))
    form = BlockMatchForm(request.POST)
    block_company(
        company=found.company_of(side),
        blocked=found.company_of(side.other),
        reason=form.cleaned_data["reason"] if form.is_valid() else "",
        is_blind=veil_of(found, side).is_name_hidden,
        actor=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("You will not be matched with this firm."))
    return redirect("matching:match", pk=pk)


@login_required
@require_safe
def compare(request: SignedInRequest) -> HttpResponse:
    """Two or three matches of one own item side by side, named by `?match=`."""
    raw = dict.fromkeys(request.GET.getlist("match"))
    wanted = [pk for each in raw if (pk := _uuid(each))]
    if len(wanted) != len(raw):
        raise Http404
    if not 1 < len(wanted) <= MOST:
        messages.info(request, _("Choose two or three matches of one item to compare."))
        return redirect("matching:inbox")
    matches = matches_for_cards().of_member(request.user).filter(pk__in=wanted)
    found = {each.pk: each for each in matches}
    if len(found) != len(wanted):
        raise Http404
    sides = {each.pk: side_of(request.user, each) for each in found.values()}
    cards = [match_card(found[pk], side) for pk in wanted if (side := sides[pk])]
    if len({card.own_item.pk for card in cards}) != 1:
        messages.info(request, _("Choose two or three matches of one item to compare."))
        return redirect("matching:inbox")
    now = timezone.now()
    context = {
        "cards": [(card, is_answerable(card.match, now)) for card in cards],
        "own_item": cards[0].own_item,
        "rows": compared_rows(cards),
        "may_answer": bool(can_answer(request.user, cards[0].match, cards[0].side)),
    }
    return render(request, "matching/compare.html", context)


def _own_match(request: SignedInRequest, pk: UUID) -> tuple[Match, Side | None]:
    """The match and the user's side; None for staff without a firm in it. Strangers get 404."""
    found = matches_for_cards().visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found, side_of(request.user, found)


def _uuid(raw: str) -> UUID | Literal[False] | None:
    """None for nothing, False for something that is no UUID."""
    try:
        return UUID(raw) if raw else None
    except ValueError:
        return False
