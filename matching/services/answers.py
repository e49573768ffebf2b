"""What a firm says to a match. The last word counts until the match is settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged, refuse
from companies.services.limits import raise_introductions, raise_seats
from matching.choices import AnswerKind, EventReason, MatchState, Side
from matching.models import Answer, Match
from matching.queries.capacity import introductions_room, locked_match, seats_room
from matching.queries.settled import answer_of, is_answerable, settled, told_answer
from matching.rules import FAULTS, answer_faults
from matching.services import mails
from matching.services.events import move_match
from matching.services.introductions import introduce_if_room
from matching.services.publication import publication_obstacle
from matching.signals import answered


class NoRoom(RuleViolated):
    """The firm's own number of introductions or seats is used up; it may raise it."""


@dataclass(frozen=True, slots=True)
class Given:
    """The answer, and the match as it stands with it. `theirs`: what the other side has said;
    `is_new`: not the very answer that was given before."""

    match: Match
    answer: Answer
    theirs: Answer | None
    is_new: bool


def answer_match(
    *,
    match: Match,
    side: Side,
    kind: str,
    reason: str = "",
    note: str = "",
    is_note_shared: bool = False,
    raises_limits: bool = False,
    seen: str | None = None,
    by: User,
    now: datetime,
) -> Given:
    """Record the answer of `side` and do what follows from it.

    Both interested → introduced, exactly once, however close the two answers come; when one of
    the firms has used up its number meanwhile, the introduction waits for room. A decline or
    "not now" ends the match; the other side is told when the grace time, in which the answer can
    be taken back, is over. A pair that was told "not now" may be proposed again after
    settings.MATCH_NOT_NOW_DAYS. Giving the same answer again changes nothing. "Interested" may
    be changed until the other side has answered.

    `seen` names the answer (`version_of`) that the person had before their eyes; another one,
    given by a colleague meanwhile, is not overwritten. `raises_limits`: raise the firm's own
    numbers as far as this answer needs.

    Raises RuleViolated for a decline without a coded reason, NoRoom for an "interested" above
    the firm's own numbers, StateChanged when the match is settled, its time is over or a
    colleague was faster.
    """
    refuse(answer_faults(kind=kind, reason=reason), FAULTS)
    if kind != AnswerKind.DECLINED:
        reason = ""
    with transaction.atomic():
        match = locked_match(match.pk)
        said = {given.side: given for given in match.answers.filter(round=match.round)}
        before, theirs = said.get(side), said.get(side.other)
        if before and _is_done(match, before, (kind, reason, note), now):
            return Given(match, before, theirs, is_new=False)
        _check_open(match, side, before, seen, now)
        if kind == AnswerKind.INTERESTED:
            if raises_limits:
                _raise_limits(match, side, by=by, now=now)
            _check_room(match, side, now)
        answer = before or Answer(match=match, side=side, round=match.round)
        answer.kind, answer.reason, answer.note = kind, reason, note
        answer.is_note_shared, answer.by, answer.at = is_note_shared, by, now
        answer.save()
        audit.record(
            "match.answered", match, actor=by, now=now, reason=reason, side=side, kind=kind
        )
        answered.send(sender=Match, match=match, side=side, kind=kind, now=now)
        if kind != AnswerKind.INTERESTED:
            _end(match, answer, now)
        elif theirs is not None and theirs.kind == AnswerKind.INTERESTED:
            introduce_if_room(match, actor=by, now=now)
    return Given(match, answer, theirs, is_new=True)


def take_back_answer(*, match: Match, side: Side, by: User, now: datetime) -> Match:
    """Undo the answer of `side`, as if it had not been given; without an answer nothing happens.

    "Interested" as long as the match is open; a decline or "not now" within settings.MATCH_GRACE,
    before the other side's mail goes out: the match is then open again. Raises StateChanged when
    it is too late, or when the match's place has gone to another one.
    """
    with transaction.atomic():
        match = locked_match(match.pk)
        answer = answer_of(match, side)
        if answer is None:
            return match
        if match.state == MatchState.DECLINED:
            _open_again(match, side, answer, by=by, now=now)
        elif not is_answerable(match, now):
            raise StateChanged(settled(match, side, now).text, state=match.state)
        answer.delete()
        audit.record("match.answer_taken_back", match, actor=by, now=now, side=side)
    return match


def version_of(answer: Answer | None) -> str:
    """Names an answer in the form that was made from it; empty for none."""
    return answer.at.isoformat() if answer else ""


def _is_done(match: Match, before: Answer, wanted: tuple[str, str, str], now: datetime) -> bool:
    """Whether this very answer was given already and still counts."""
    if (before.kind, before.reason, before.note) != wanted:
        return False
    ended_by_it = match.state == MatchState.DECLINED and before.kind != AnswerKind.INTERESTED
    return ended_by_it or match.state == MatchState.INTRODUCED or is_answerable(match, now)


def _check_open(
    match: Match, side: Side, before: Answer | None, seen: str | None, now: datetime
) -> None:
    if not is_answerable(match, now):
        raise StateChanged(settled(match, side, now).text, state=match.state)
    if seen is not None and before is not None and seen != version_of(before):
        asked = _("Look at it once more, and answer again if you want to change it.")
        raise StateChanged(f"{told_answer(before)} {asked}", by=before.by)


def _check_room(match: Match, side: Side, now: datetime) -> None:
    """The firm's own numbers hold one more; the other firm's are asked when both said yes."""
    room = introductions_room(match.company_of(side), now, exclude=match.pk)
    if room.is_full:
        raise NoRoom(
            _(
                "Your firm has used up its introductions of this month (%(limit)s). Raise the"
                " number, or answer again next month."
            )
            % {"limit": room.limit}
        )
    if side == Side.BUYER and seats_room(match.need, exclude=match.pk).is_full:
        raise NoRoom(
            _(
                "Your need already talks to as many suppliers as it wants (%(limit)s). Raise the"
                " number, or answer “Not now”."
            )
            % {"limit": match.need.seats}
        )


def _raise_limits(match: Match, side: Side, *, by: User, now: datetime) -> None:
    company = match.company_of(side)
    room = introductions_room(company, now, exclude=match.pk)
    if room.is_full:
        raise_introductions(company=company, to=room.taken + 1, actor=by, now=now)
    if side == Side.BUYER:
        seats = seats_room(match.need, exclude=match.pk)
        if seats.is_full:
            raise_seats(need=match.need, to=seats.taken + 1, actor=by, now=now)


def _end(match: Match, answer: Answer, now: datetime) -> None:
    """The side of `answer` does not want to meet: the match ends and the other side is told."""
    is_not_now = answer.kind == AnswerKind.NOT_NOW
    move_match(
        match,
        to=MatchState.DECLINED,
        reason=EventReason.NOT_NOW if is_not_now else answer.reason,
        actor=answer.by,
        now=now,
        ended_at=now,
        reopens_at=now + timedelta(days=settings.MATCH_NOT_NOW_DAYS) if is_not_now else None,
    )
    mails.cancel_match_mails(match, now=now)
    mails.write_declined_mails(match, Side(answer.side).other, answer=answer, now=now)


def _open_again(match: Match, side: Side, answer: Answer, *, by: User, now: datetime) -> None:
    told = settled(match, side, now)
    if told.undo_until is None:
        raise StateChanged(told.text, state=match.state)
    if publication_obstacle(match, now):
        raise StateChanged(
            _("This cannot be taken back any more: the place has gone to another match."),
            state=match.state,
        )
    move_match(
        match,
        to=MatchState.APPROVED,
        reason=EventReason.UNDONE,
        actor=by,
        now=now,
        ended_at=None,
        reopens_at=None,
    )
    mails.cancel_match_mails(match, now=now)
    mails.write_match_mails_again(match, key=f":again{answer.pk}", now=now)
