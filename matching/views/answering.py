"""What the page of a match and the signed links have in common."""

from dataclasses import dataclass
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
from common.errors import GagyoError
from common.localisation import active_language
from matching.choices import AnswerKind, MatchState, Side
from matching.forms.answers import AnswerForm
from matching.forms.outcomes import OutcomeForm
from matching.models import Match
from matching.queries.capacity import introductions_room, seats_room
from matching.queries.cards import match_card
from matching.queries.inbox import days_left
from matching.queries.letters import introduction_letters
from matching.queries.outcomes import outcome_ladder
from matching.queries.settled import answer_of, is_answerable, next_step, settled, told_answer
from matching.services import Given, NoRoom, answer_match, take_back_answer, version_of


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request: `is_done`, or `error` says why not. `lacks_room`: the firm's own
    numbers forbid it, and it may raise them."""

    form: AnswerForm
    is_done: bool = False
    is_undone: bool = False
    error: str = ""
    lacks_room: bool = False


def take_answer(request: HttpRequest, match: Match, side: Side, user: User) -> Taken:
    """The form, and on a POST the answer it gives or takes back."""
    form = answer_form(request, match, side, user)
    if request.method != "POST":
        return Taken(form)
    try:
        if "undo" in request.POST:
            take_back_answer(match=match, side=side, by=user, now=timezone.now())
            return Taken(form, is_done=True, is_undone=True)
        if not form.is_valid():
            return Taken(form)
        _save_answer(request, form, match, side, user)
    except GagyoError as error:
        return Taken(form, error=str(error), lacks_room=isinstance(error, NoRoom))
    return Taken(form, is_done=True)


def answer_form(request: HttpRequest, match: Match, side: Side, user: User) -> AnswerForm:
    """The form with the side's present answer, or the one a link in the mail suggests."""
    given = answer_of(match, side)
    initial: dict[str, Any] = {"kind": request.GET.get("answer", "")}
    if given is not None:
        initial = {
            "kind": given.kind,
            "reason": given.reason,
            "note": given.note,
            "is_note_shared": given.is_note_shared,
            "seen": version_of(given),
        }
    return AnswerForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        asks_consent=not has_consent(user, ConsentKind.CROSS_BORDER),
    )


def _save_answer(
    request: HttpRequest, form: AnswerForm, match: Match, side: Side, user: User
) -> Given:
    """Record the answer, and first the consent if it was ticked; both or neither."""
    now = timezone.now()
    cleaned = form.cleaned_data
    with transaction.atomic():
        if cleaned.get("consent"):
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
            kind=cleaned["kind"],
            reason=cleaned["reason"],
            note=cleaned["note"],
            is_note_shared=cleaned["is_note_shared"],
            raises_limits=cleaned["raises_limits"],
            # A form without the field, as an old page has it, is taken at its word.
            seen=cleaned["seen"] if "seen" in form.data else None,
            by=user,
            now=now,
        )


def card_context(match: Match, side: Side, user: User, *, now: datetime) -> dict[str, Any]:
    """All that the pages of one match show; letters and ladder once the firms are introduced."""
    is_introduced = match.state == MatchState.INTRODUCED
    ladder = outcome_ladder(match, side) if is_introduced else []
    is_open = is_answerable(match, now)
    own = answer_of(match, side)
    is_interested = own is not None and own.kind == AnswerKind.INTERESTED
    return {
        "card": match_card(match, side),
        "match": match,
        "side": side,
        "own_answer": own,
        "told_answer": told_answer(own) if own else "",
        "next_step": next_step(match, side, now) if is_open and is_interested else "",
        "is_open": is_open,
        "days_left": days_left(match, now),
        "settled": None if is_open else settled(match, side, now),
        "room": introductions_room(match.company_of(side), now) if is_open else None,
        "seats": seats_room(match.need) if is_open and side == Side.BUYER else None,
        "is_introduced": is_introduced,
        "consent": WORDINGS[ConsentKind.CROSS_BORDER],
        "letters": introduction_letters(match.introduction, side, active_language())
        if is_introduced
        else [],
        "ladder": ladder,
        "is_any_told": any(rung.own_at or rung.their_at for rung in ladder),
        "outcome_form": OutcomeForm() if is_introduced else None,
    }
