"""What the page of a match and the signed links have in common."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import User
from accounts.queries import has_consent
from accounts.services import give_consent
from accounts.wording import WORDINGS
from common.localisation import active_language
from matching.choices import MatchState, Side
from matching.forms.answers import AnswerForm
from matching.forms.outcomes import OutcomeForm
from matching.models import Match
from matching.queries.cards import match_card
from matching.queries.letters import introduction_letters
from matching.queries.outcomes import outcome_ladder
from matching.services import answer_match


def answer_form(request: HttpRequest, match: Match, side: Side, user: User) -> AnswerForm:
    """The form with the side's present answer, or the one a link in the mail suggests."""
    given = match.answers.filter(side=side, round=match.round).first()
    initial = {"kind": request.GET.get("answer", "")}
    if given is not None:
        initial = {"kind": given.kind, "reason": given.reason, "note": given.note}
    return AnswerForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        asks_consent=not has_consent(user, ConsentKind.CROSS_BORDER),
    )


def save_answer(
    request: HttpRequest, form: AnswerForm, match: Match, side: Side, user: User
) -> Match:
    """Record the answer, and first the consent if it was ticked; both or neither."""
    now = timezone.now()
    with transaction.atomic():
        if form.cleaned_data.get("consent"):
            give_consent(
                user=user,
                kind=ConsentKind.CROSS_BORDER,
                language=active_language(),
                ip_address=request.META.get("REMOTE_ADDR") or None,
                now=now,
            )
        return answer_match(
            match=match,
            side=side,
            kind=form.cleaned_data["kind"],
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            by=user,
            now=now,
        )


def card_context(match: Match, side: Side, user: User, *, now: datetime) -> dict[str, Any]:
    """All that the pages of one match show; letters and ladder once the firms are introduced."""
    is_introduced = match.state == MatchState.INTRODUCED
    ladder = outcome_ladder(match, side) if is_introduced else []
    is_over_time = match.expires_at is not None and match.expires_at <= now
    return {
        "card": match_card(match, side),
        "match": match,
        "own_answer": match.answers.filter(side=side, round=match.round).first(),
        "is_open": match.state == MatchState.APPROVED and not is_over_time,
        "is_introduced": is_introduced,
        "consent": WORDINGS[ConsentKind.CROSS_BORDER],
        "letters": introduction_letters(match.introduction, side, active_language())
        if is_introduced
        else [],
        "ladder": ladder,
        "is_any_told": any(rung.own_at or rung.their_at for rung in ladder),
        "outcome_form": OutcomeForm() if is_introduced else None,
    }
