"""Pages behind the signed links of mails: no log-in, and opening one changes nothing."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from common.errors import GagyoError
from common.localisation import in_language
from matching.choices import MatchState, Side
from matching.links import ANSWER, read_ticket
from matching.models import Match
from matching.permissions import can_answer
from matching.queries.cards import matches_for_cards
from matching.views.answering import (
    answer_form,
    card_context,
    save_answer,
)

Page = Callable[[HttpRequest, Match, Side, User], HttpResponse]


def signed_page(purpose: str) -> Callable[[Page], Callable[[HttpRequest, str], HttpResponse]]:
    """A page for the holder of a link made for `purpose`, in that person's language.

    Foreign, forged and overtaken links, and those of people who may no longer speak for the firm,
    get one and the same kind "not valid" page with status 404.
    """

    def decorate(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
        @wraps(page)
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request: HttpRequest, token: str) -> HttpResponse:
            holder = _holder(token, purpose)
            if holder is None:
                return render(request, "matching/link_unknown.html", status=404)
            match, side, user = holder
            with in_language(user.language):
                response = page(request, match, side, user)
            response.headers["Content-Language"] = user.language
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return view

    return decorate


@signed_page(ANSWER)
def answer(request: HttpRequest, match: Match, side: Side, user: User) -> HttpResponse:
    """The match card and three answers; the answer may be changed until the match is settled."""
    form = answer_form(request, match, side, user)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            save_answer(request, form, match, side, user)
        except GagyoError as refused:
            error = str(refused)
        else:
            return redirect(f"{request.path}?done=1")
    match = matches_for_cards().get(pk=match.pk)
    context = card_context(match, side, user, now=timezone.now())
    context |= {
        "form": form,
        "error": error,
        "reader": user,
        "was_changed": "done" in request.GET,
        "is_expired": match.state == MatchState.EXPIRED
        or (match.state == MatchState.APPROVED and not context["is_open"]),
    }
    return render(request, "matching/answer.html", context)


def _holder(token: str, purpose: str) -> tuple[Match, Side, User] | None:
    """Whom the link speaks for, as long as that person may."""
    ticket = read_ticket(token, purpose)
    if ticket is None:
        return None
    match = matches_for_cards().filter(pk=ticket.match_id, round=ticket.round).first()
    user = User.objects.filter(pk=ticket.user_id, is_active=True).first()
    if match is None or user is None or match.published_at is None:
        return None
    if not can_answer(user, match, ticket.side):
        return None
    return match, ticket.side, user
