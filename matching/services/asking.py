"""Staff ask a firm of a proposed match something; the match waits until it has answered."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged, refuse
from companies.masking import without_contacts, without_identity
from companies.models import Company
from companies.queries import recipients
from mailing.services import cancel_messages
from matching.business_days import business_days_after
from matching.choices import MatchState, QuestionKind, QuestionState, Side
from matching.models import Match, StaffQuestion
from matching.priority import REPLY_BONUS
from matching.rules import FAULTS, question_faults
from matching.services import mails

ADDRESS_SIGNS: Final = re.compile(r"[@./:]+")


def ask_firm(
    *,
    match: Match,
    side: Side,
    kind: str,
    words: str = "",
    words_of_firm: str = "",
    actor: User,
    now: datetime,
) -> StaffQuestion:
    """Put a coded question, or one in own words, to the firm on `side`, and hold the match.

    Its owners and editors get a mail; nothing they read tells of the match or the other firm. The
    match waits settings.QUESTION_BUSINESS_DAYS at most. Raises RuleViolated when words would give
    the other firm away or the firm cannot be asked, StateChanged when the match was decided.
    """
    if kind not in QuestionKind:
        raise RuleViolated(_("Choose what you want to know."))
    words, words_of_firm = words.strip(), words_of_firm.strip()
    refuse(question_faults(kind=kind, words=words, words_of_firm=words_of_firm), FAULTS)
    firm, other = match.company_of(side), match.company_of(side.other)
    if any(gives_away(text, other) for text in (words, words_of_firm)):
        raise RuleViolated(
            _("The words tell who the other firm is. The firm you ask must not learn of it.")
        )
    if match.is_prospect or not recipients(firm):
        raise RuleViolated(_("Nobody of this firm can be asked: no owner or editor gets mail."))
    due_at = business_days_after(now, settings.QUESTION_BUSINESS_DAYS)
    with transaction.atomic():
        # Held one day longer than asked: the sweep lets it go, with the mark that nobody answered.
        held = Match.objects.filter(
            pk=match.pk, state=MatchState.PROPOSED, is_prospect=False
        ).update(held_until=timezone.localdate(due_at) + timedelta(days=1), updated_at=now)
        if not held:
            raise StateChanged(_("This match has changed in the meantime."))
        question = _write(
            StaffQuestion(
                match=match,
                round=match.round,
                side=side,
                company=firm,
                kind=kind,
                words=words,
                words_language=actor.language,
                words_of_firm=words_of_firm,
                asked_by=actor,
                asked_at=now,
                due_at=due_at,
            )
        )
        audit.record("match.asked", match, actor=actor, now=now, side=side, question=kind)
        mails.write_question_mails(question, now=now)
    match.refresh_from_db(fields=["held_until"])
    return question


def gives_away(text: str, company: Company) -> bool:
    """Whether `text` names the firm, by whatever is known of it; its addresses in the web and of
    mail are taken apart for that."""
    forms = (text, ADDRESS_SIGNS.sub(" ", text))
    return any(without_identity(form, company) != without_contacts(form) for form in forms)


def answer_staff_question(
    *, question: StaffQuestion, text: str, by: User, now: datetime
) -> StaffQuestion:
    """The firm answers; its match goes back to the top of the queue with a mark.

    Raises StateChanged when a colleague was faster, staff took it back, or the time is over.
    """
    if not text.strip():
        raise RuleViolated(_("Write the answer first."))
    with transaction.atomic():
        _close(
            question,
            QuestionState.ANSWERED,
            now=now,
            answer=text.strip(),
            answer_language=by.language,
            answered_by=by,
        )
        audit.record("match.question_answered", question.match, actor=by, now=now)
        _release(question, now=now, bonus=REPLY_BONUS)
    return question


def withdraw_question(*, question: StaffQuestion, actor: User, now: datetime) -> StaffQuestion:
    """Staff take the question back: the firm sees it no longer, the match takes its old place."""
    with transaction.atomic():
        _close(question, QuestionState.WITHDRAWN, now=now, closed_by=actor)
        audit.record("match.question_withdrawn", question.match, actor=actor, now=now)
        _release(question, now=now)
    return question


def close_silent_questions(*, now: datetime) -> int:
    """Let the matches go whose firm has not answered in time, with a mark; return how many
    questions were closed. One whose match was decided meanwhile is taken back."""
    closed = 0
    waiting = StaffQuestion.objects.open().filter(
        models.Q(due_at__lte=now) | ~models.Q(match__state=MatchState.PROPOSED)
    )
    for question in waiting.select_related("match").order_by("due_at", "pk"):
        is_moot = question.match.state != MatchState.PROPOSED
        try:
            with transaction.atomic():
                state = QuestionState.WITHDRAWN if is_moot else QuestionState.SILENT
                _close(question, state, now=now)
                audit.record(f"match.question_{state}", question.match, actor=None, now=now)
                if not is_moot:
                    _release(question, now=now, bonus=REPLY_BONUS)
        except StateChanged:
            continue
        closed += 1
    return closed


def _write(question: StaffQuestion) -> StaffQuestion:
    try:
        with transaction.atomic():
            question.save(force_insert=True)
    except IntegrityError:
        raise RuleViolated(_("This firm has a question about this match already.")) from None
    return question


def _close(question: StaffQuestion, state: str, *, now: datetime, **changes: object) -> None:
    """Move an open question; mails about it that still wait are taken back."""
    closed = StaffQuestion.objects.filter(pk=question.pk, state=QuestionState.OPEN).update(
        state=state, closed_at=now, **changes
    )
    if not closed:
        raise StateChanged(_("This question is closed: it was answered or taken back."))
    question.refresh_from_db()
    cancel_messages(context_key=mails.question_key(question), now=now)


def _release(question: StaffQuestion, *, now: datetime, bonus: float = 0) -> None:
    """The match need not wait any longer, unless its other firm was asked as well."""
    if StaffQuestion.objects.open().filter(match=question.match_id).exists():
        return
    Match.objects.filter(pk=question.match_id, state=MatchState.PROPOSED).update(
        held_until=None, hold_note="", priority=models.F("priority") + bonus, updated_at=now
    )
