"""Asking what came of an introduction: at intervals, with one reminder, then it is staff's turn."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from matching.choices import (
    SATISFACTION_FROM,
    Intention,
    MatchState,
    OutcomeStage,
    Satisfied,
    Side,
)
from matching.models import Introduction, Match, Question, Satisfaction
from matching.queries.questions import open_questions
from matching.services import mails


def ask_outcomes(*, now: datetime) -> int:
    """Ask both sides of each introduction settings.MATCH_OUTCOME_DAYS after it; return how many.

    After a standstill only the latest question that is due is asked. A side that said "nothing
    came of it" is not asked again.
    """
    asked = 0
    for number, days in reversed(list(enumerate(settings.MATCH_OUTCOME_DAYS, start=1))):
        due = Introduction.objects.filter(
            questions_asked__lt=number, at__lte=now - timedelta(days=days)
        )
        for introduction_id in due.order_by("at").values_list("pk", flat=True):
            asked += _ask(introduction_id, number, now)
    return asked


def remind_outcomes(*, now: datetime) -> int:
    """One reminder of each question that is silent settings.MATCH_OUTCOME_REMINDER_DAYS after it
    was asked; how many were written. None once a later question has come."""
    before = now - timedelta(days=settings.MATCH_OUTCOME_REMINDER_DAYS)
    reminded = 0
    waiting = open_questions().filter(reminded_at=None, asked_at__lte=before)
    for question in waiting.order_by("asked_at", "pk"):
        with transaction.atomic():
            claimed = Question.objects.filter(
                pk=question.pk, reminded_at=None, answered_at=None
            ).update(reminded_at=now)
            if claimed:
                match = Match.objects.with_sides().get(pk=question.match_id)
                mails.write_outcome_reminders(
                    match, Side(question.side), number=question.number, now=now
                )
                reminded += 1
    return reminded


def answer_questions(*, match: Match, side: Side, now: datetime) -> int:
    """`side` has said something: its open rounds are over."""
    return Question.objects.filter(match=match, side=side, answered_at=None).update(answered_at=now)


def answer_nothing_yet(*, match: Match, side: Side, by: User, now: datetime) -> None:
    """End the round without a step. Raises StateChanged before the introduction."""
    if match.state != MatchState.INTRODUCED:
        raise StateChanged(_("The firms have not been introduced yet."), state=match.state)
    with transaction.atomic():
        if answer_questions(match=match, side=side, now=now):
            audit.record("match.nothing_yet", match, actor=by, now=now, side=side)


def rate_cooperation(
    *,
    match: Match,
    side: Side,
    score: int | None = None,
    intention: str = "",
    note: str = "",
    by: User,
    now: datetime,
) -> Satisfaction:
    """How content `side` is and what it means to do; each may come by itself, the last word counts.

    Asked from the second question on, kept once a round. Raises RuleViolated before that, and for
    an answer that does not exist or for none at all.
    """
    if score is None and not intention and not note.strip():
        raise RuleViolated(_("Choose one of the answers."))
    if score is not None and score not in Satisfied:
        raise RuleViolated(_("Choose one of the answers."))
    if intention and intention not in Intention:
        raise RuleViolated(_("Choose one of the answers."))
    number = Introduction.objects.filter(match=match).values_list("questions_asked", flat=True)
    asked = next(iter(number), 0)
    if asked < SATISFACTION_FROM:
        raise RuleViolated(_("This is asked three months after the introduction."))
    given = {"score": score, "intention": intention, "note": note}
    with transaction.atomic():
        row, _is_new = Satisfaction.objects.update_or_create(
            match=match,
            side=side,
            number=asked,
            defaults={"by": by, "at": now} | {key: word for key, word in given.items() if word},
        )
        audit.record("match.rated", match, actor=by, now=now, side=side)
    return row


def settle_silence(*, question: Question, note: str = "", by: User, now: datetime) -> Question:
    """Staff have looked after a silent side. Raises StateChanged when somebody was faster."""
    changed = Question.objects.filter(pk=question.pk, answered_at=None, settled_at=None).update(
        settled_at=now, settled_by=by, note=note
    )
    if not changed:
        raise StateChanged(_("Somebody has settled this already, or the firm has answered."))
    audit.record("question.settled", question.match, actor=by, now=now, side=question.side)
    question.refresh_from_db()
    return question


def _ask(introduction_id: int, number: int, now: datetime) -> bool:
    with transaction.atomic():
        claimed = Introduction.objects.filter(
            pk=introduction_id, questions_asked__lt=number
        ).update(questions_asked=number, asked_at=now)
        if not claimed:
            return False
        match: Match = Match.objects.with_sides().get(introduction=introduction_id)
        finished = set(
            match.outcomes.filter(stage=OutcomeStage.NONE).values_list("side", flat=True)
        )
        for side in Side:
            if side not in finished:
                Question.objects.create(match=match, side=side, number=number, asked_at=now)
                mails.write_outcome_questions(match, side, number=number, now=now)
    return True
