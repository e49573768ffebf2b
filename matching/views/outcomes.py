"""What came of an introduction, told from the mail's link or from a page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import SignedInRequest
from common.errors import GagyoError, RuleViolated
from common.permissions import require
from matching import services
from matching.choices import (
    NOTHING_YET,
    SATISFACTION_FROM,
    Intention,
    MatchState,
    Satisfied,
    Side,
)
from matching.forms.outcomes import STAGES, OutcomeForm
from matching.links import OUTCOME
from matching.models import Match
from matching.permissions import can_answer, side_of
from matching.queries.cards import match_card, matches_for_cards
from matching.queries.outcomes import outcome_ladder
from matching.views.links import signed_page


@signed_page(OUTCOME)
def outcome(request: HttpRequest, match: Match, side: Side, user: User) -> HttpResponse:
    """One step at a time, as often as there is news. An answer that the mail's link names is shown
    with one button: opening the link changes nothing."""
    form = OutcomeForm(request.POST if "stage" in request.POST else None)
    error = ""
    if request.method == "POST":
        try:
            if take_word(request, form, match, side, user):
                return redirect(f"{request.path}?done=1")
        except GagyoError as refused:
            error = str(refused)
    wanted = request.GET.get("stage", "") if request.method != "POST" else ""
    context = outcome_context(match, side)
    context |= {
        "form": form,
        "error": error,
        "reader": user,
        "was_changed": "done" in request.GET,
        "wanted": wanted if wanted in dict(STAGES) else "",
        "wanted_label": dict(STAGES).get(wanted, ""),
    }
    return render(request, "matching/outcome.html", context)


@login_required
@require_POST
def match_outcome(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A step told, confirmed or taken back on a page of one's own; returns to `next`."""
    match = matches_for_cards().visible_to(request.user).filter(pk=pk).first()
    side = side_of(request.user, match) if match else None
    if match is None or side is None:
        raise Http404
    require(can_answer(request.user, match, side))
    form = OutcomeForm(request.POST)
    try:
        if take_word(request, form, match, side, request.user):
            messages.success(request, _("Thank you. The outcome is recorded."))
        else:
            messages.error(request, str(next(iter(form.errors.values()))[0]))
    except GagyoError as error:
        messages.warning(request, str(error))
    after = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(after, allowed_hosts=None):
        return redirect(after)
    return redirect("matching:match", pk=pk)


def take_word(
    request: HttpRequest, form: OutcomeForm, match: Match, side: Side, user: User
) -> bool:
    """Do the one thing a form of these pages asks for; False when the step's form is not valid."""
    now = timezone.now()
    who: dict[str, Any] = {"match": match, "side": side, "by": user, "now": now}
    if stage := request.POST.get("retract"):
        services.retract_outcome(stage=stage, **who)
    elif {"satisfaction", "intention", "words"} & set(request.POST):
        services.rate_cooperation(
            score=_score(request.POST.get("satisfaction", "")),
            intention=request.POST.get("intention", ""),
            note=request.POST.get("words", "")[:1000],
            **who,
        )
    elif not form.is_valid():
        return False
    elif form.cleaned_data["stage"] == NOTHING_YET:
        services.answer_nothing_yet(**who)
    else:
        services.record_outcome(**form.cleaned_data, **who)
    return True


def outcome_context(match: Match, side: Side) -> dict[str, Any]:
    """The ladder, and the questions about satisfaction when it is time for them."""
    is_introduced = match.state == MatchState.INTRODUCED
    asked = match.introduction.questions_asked if is_introduced else 0
    ladder = outcome_ladder(match, side) if is_introduced else []
    return {
        "match": match,
        "card": match_card(match, side),
        "is_introduced": is_introduced,
        "ladder": ladder,
        "is_any_told": any(rung.own_at or rung.their_at for rung in ladder),
        "asks_satisfaction": asked >= SATISFACTION_FROM,
        "rated": match.satisfaction.filter(side=side, number=asked).first(),
        "scores": Satisfied.choices,
        "intentions": Intention.choices,
    }


def _score(word: str) -> int | None:
    if not word:
        return None
    if not word.isdecimal():
        raise RuleViolated(_("Choose one of the answers."))
    return int(word)
