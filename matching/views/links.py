"""Pages behind the signed links of mails: no log-in, and opening one changes nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from common.localisation import active_language, in_language
from matching.choices import Side
from matching.links import ANSWER, read_ticket
from matching.models import Match
from matching.permissions import can_answer
from matching.queries.cards import matches_for_cards
from matching.views.answering import card_context, take_answer

Page = Callable[[HttpRequest, Match, Side, User], HttpResponse]


def signed_page(purpose: str) -> Callable[[Page], Callable[[HttpRequest, str], HttpResponse]]:
    """A page for the holder of a link made for `purpose`, in that person's language.

    Foreign and forged links get the "not valid" page with status 404; so do overtaken ones and
    those of people who may no longer speak for the firm, with a sentence that says what to do.

    The link itself proves who posts, and no cookie counts here: whoever could forge a request
    would have to know the link. So there is no CSRF token to send, and the page works in mail
    programs and browsers that keep no cookies.
    """

    def decorate(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
        @wraps(page)
        @csrf_exempt
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request: HttpRequest, token: str) -> HttpResponse:
            try:
                match, side, user = _holder(token, purpose)
            except NotValid as refusal:
                with in_language(refusal.language or active_language()):
                    context = {"why": str(refusal), "match_id": refusal.match_id}
                    return render(request, "matching/link_unknown.html", context, status=404)
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
    taken = take_answer(request, match, side, user)
    if taken.is_done:
        return redirect(f"{request.path}?{'undone' if taken.is_undone else 'done'}=1")
    match = matches_for_cards().get(pk=match.pk)
    context = card_context(match, side, user, now=timezone.now())
    context |= {
        "form": taken.form,
        "taken": taken,
        "error": taken.error,
        "reader": user,
        "was_changed": "done" in request.GET,
        "was_undone": "undone" in request.GET,
    }
    return render(request, "matching/answer.html", context)


class NotValid(Exception):
    """The link cannot be used (any more); `language` of its holder and the match, if it is one of
    ours, so that the page can help."""

    def __init__(self, why: str | Promise = "", language: str = "", match_id: Any = None) -> None:
        super().__init__(why)
        self.why = why
        self.language, self.match_id = language, match_id

    def __str__(self) -> str:
        return str(self.why)


def _holder(token: str, purpose: str) -> tuple[Match, Side, User]:
    """Whom the link speaks for, as long as that person may; NotValid otherwise."""
    ticket = read_ticket(token, purpose)
    if ticket is None:
        raise NotValid
    match = matches_for_cards().filter(pk=ticket.match_id).first()
    user = User.objects.filter(pk=ticket.user_id, is_active=True).first()
    if match is None or user is None:
        raise NotValid
    if not can_answer(user, match, ticket.side):
        raise NotValid(
            _(
                "You do not answer for this firm any more. If that is a mistake, ask one of its"
                " owners to let you in again; a colleague can answer in the meantime."
            ),
            user.language,
        )
    if match.round != ticket.round or match.published_at is None:
        raise NotValid(
            _(
                "This link is from an earlier proposal of the same two items. Use the link in the"
                " latest mail, or log in to see how the match stands."
            ),
            user.language,
            match.pk,
        )
    return match, ticket.side, user
