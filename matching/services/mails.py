"""The mails about a match, one function each, in each recipient's language."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.formatting import date_text
from common.localisation import in_language
from companies.queries import recipients
from mailing.choices import Category, MessageState
from mailing.links import absolute_url
from mailing.models import Message
from mailing.queries import at_once
from mailing.services import cancel_messages, write_message
from matching.asking import question_sentence
from matching.choices import (
    NOTHING_YET,
    SATISFACTION_FROM,
    OutcomeStage,
    Side,
    reason_label,
    told_reason,
)
from matching.links import answer_url, match_url, outcome_url, question_url
from matching.models import Answer, Introduction, Match, Outcome, StaffQuestion
from matching.queries.cards import match_card, matches_for_cards
from matching.queries.digest import FirmDigest
from matching.queries.letters import introduction_letters
from matching.queries.questions import likely_answers
from matching.queries.settled import settled

Context = dict[str, Any]

# What people who chose a digest find there instead.
IN_DIGESTS: Final = frozenset({"match", "reminder", "declined", "expired"})


def write_match_mails(match: Match, *, key: str = "", now: datetime) -> None:
    """Tell both sides of a published match; with another `key` once more."""
    for side in Side:
        _write(match, side, kind="match", now=now, context=_with_answer_link, key=key)


def write_match_mails_again(match: Match, *, key: str, now: datetime) -> None:
    """Write anew to the sides whose mail about the match was taken back before it went out."""
    first = f"match:{match.pk}:{match.round}:match:"
    for side in Side:
        mails = Message.objects.filter(dedupe_key__startswith=f"{first}{side}:")
        if mails.filter(state=MessageState.CANCELLED).exists():
            _write(match, side, kind="match", now=now, context=_with_answer_link, key=key)


def write_reminder_mails(match: Match, side: Side, *, now: datetime) -> None:
    """Remind the side that has not answered."""
    _write(match, side, kind="reminder", now=now, context=_with_answer_link)


def write_declined_mails(match: Match, side: Side, *, answer: Answer, now: datetime) -> None:
    """Tell `side` that the other declined, with the coded reason and a tip for the profile.

    The other side's own words stay with the association unless it wants them told. The mail waits
    for the grace time, in which the answer may be taken back.
    """

    def context(match: Match, side: Side, user: User) -> Context:
        told = settled(match, side, now)
        return {
            "is_not_now": not answer.reason,
            "reason": reason_label(answer.reason) if answer.reason else "",
            "words": told.words,
            "tip": told.tip.text if told.tip else "",
            "tip_label": told.tip.label if told.tip else "",
            "tip_url": absolute_url(told.tip.url) if told.tip else "",
        }

    send_after = now + settings.MATCH_GRACE
    key = f":{answer.pk}"
    _write(match, side, kind="declined", now=now, context=context, key=key, send_after=send_after)


def write_ended_mails(match: Match, side: Side, *, reason: str, now: datetime) -> None:
    """Tell `side` that the match ended without anybody declining: expired or withdrawn."""

    def context(match: Match, side: Side, user: User) -> Context:
        has_answered = match.answers.filter(round=match.round, side=side).exists()
        return {"reason": told_reason(reason), "has_answered": has_answered}

    _write(match, side, kind="expired", now=now, context=context)


def write_introduction_mails(introduction: Introduction, *, now: datetime) -> None:
    """The introduction letter to both sides: each sees its own, then the other firm's."""

    def context(match: Match, side: Side, user: User) -> Context:
        introduction.match = match
        return {"letters": introduction_letters(introduction, side, user.language)}

    for side in Side:
        _write(
            introduction.match,
            side,
            kind="introduction",
            now=now,
            context=context,
            category=Category.INTRODUCTIONS,
        )


def write_outcome_questions(match: Match, side: Side, *, number: int, now: datetime) -> None:
    """Ask `side` what became of the introduction; `number` counts the questions from 1."""
    _write(match, side, kind="outcome", now=now, context=_question_words(number), key=f":{number}")


def write_outcome_reminders(match: Match, side: Side, *, number: int, now: datetime) -> None:
    """Ask once more."""
    words = _question_words(number)
    _write(match, side, kind="outcome_reminder", now=now, context=words, key=f":{number}")


def write_confirmation_mails(match: Match, side: Side, *, outcome: Outcome, now: datetime) -> None:
    """Ask `side`, once, whether it sees the step as the other side does.

    It waits as long as a mistake can be undone unseen.
    """

    def context(match: Match, side: Side, user: User) -> Context:
        return {
            "stage": str(outcome.get_stage_display()),
            "day": date_text(outcome.happened_on or outcome.at, "long"),
            "confirm_url": f"{outcome_url(match, side, user)}?stage={outcome.stage}",
            "outcome_url": outcome_url(match, side, user),
        }

    _write(
        match,
        side,
        kind="confirm",
        now=now,
        context=context,
        key=f":{outcome.stage}",
        send_after=now + settings.MATCH_GRACE,
        context_key=confirmation_key(match, side.other, outcome.stage),
    )


def confirmation_key(match: Match, side: Side, stage: str) -> str:
    """What names the mail about a step that `side` told."""
    return f"outcome:{match.pk}:{side}:{stage}"


def _question_words(number: int) -> Callable[[Match, Side, User], Context]:
    """One link for each likely answer; from the second question on, satisfaction as well."""

    def context(match: Match, side: Side, user: User) -> Context:
        url = outcome_url(match, side, user)
        return {
            "outcome_url": url,
            "choices": [
                {"url": f"{url}?stage={code}", "label": _answer_label(code)}
                for code in likely_answers(match, side)
            ],
            "asks_satisfaction": number >= SATISFACTION_FROM,
        }

    return context


def _answer_label(code: str) -> str:
    return _("nothing yet") if code == NOTHING_YET else str(OutcomeStage(code).label)


def write_question_mails(question: StaffQuestion, *, now: datetime) -> None:
    """Ask the owners and editors of the firm what staff want to know of its own item.

    Nothing in it comes from the match: the firm does not know that there is one.
    """
    item = question.match.item_of(question.side)
    for user in recipients(question.company):
        with in_language(user.language):
            sentence = question_sentence(question.side, question.kind, item.title)
        words, words_language = question.own_words
        write_message(
            kind="staff_question",
            category=Category.MATCHES,
            template="matching/mail/question",
            user=user,
            address=user.email,
            language=user.language,
            context={
                "recipient": user,
                "firm": question.company,
                "sentence": sentence,
                "words": words,
                "words_language": words_language,
                "due_at": question.due_at,
                "question_url": question_url(question),
            },
            dedupe_key=f"match:{question.match_id}:{question.round}:question:{question.pk}:{user.pk}",
            context_key=question_key(question),
            now=now,
        )


def question_key(question: StaffQuestion) -> str:
    """What names the mails about one question."""
    return f"question:{question.pk}"


def cancel_match_mails(match: Match, *, now: datetime) -> int:
    """Take back what still waits in the outbox about the match; return how many."""
    return cancel_messages(context_key=f"match:{match.pk}", now=now)


def digest_key(day: str, user_id: int) -> str:
    return f"digest:{day}:{user_id}"


def write_digest(user: User, *, figures: Any, day: str, now: datetime) -> None:
    """The morning's work of one member of staff, once a day."""
    write_message(
        kind="staff_digest",
        category=Category.STAFF,
        template="matching/mail/digest",
        user=user,
        address=user.email,
        language=user.language,
        context={"recipient": user, "figures": figures, "home_url": absolute_url("/")},
        dedupe_key=digest_key(day, user.pk),
        now=now,
    )


def write_firm_digest(user: User, *, digest: FirmDigest, day: str, now: datetime) -> None:
    """What waits for this person's answer and what ended, in one mail, once a day at most."""
    write_message(
        kind="match_digest",
        category=Category.MATCHES,
        template="matching/mail/firm_digest",
        user=user,
        address=user.email,
        language=user.language,
        context={
            "recipient": user,
            "digest": digest,
            "inbox_url": absolute_url(reverse("matching:inbox")),
        },
        dedupe_key=f"match_digest:{day}:{user.pk}",
        now=now,
    )


def _write(
    match: Match,
    side: Side,
    *,
    kind: str,
    now: datetime,
    context: Callable[[Match, Side, User], Context],
    key: str = "",
    category: Category = Category.MATCHES,
    send_after: datetime | None = None,
    context_key: str = "",
) -> None:
    match = _with_card(match)
    people = recipients(match.company_of(side))
    if kind in IN_DIGESTS:
        people = at_once(people)
    for user in people:
        with in_language(user.language):
            content = {
                "recipient": user,
                "card": match_card(match, side),
                "match_url": match_url(match),
                **context(match, side, user),
            }
        write_message(
            kind=f"match_{kind}" if kind != "match" else kind,
            category=category,
            template=f"matching/mail/{kind}",
            user=user,
            address=user.email,
            language=user.language,
            context=content,
            dedupe_key=f"match:{match.pk}:{match.round}:{kind}{key}:{side}:{user.pk}",
            context_key=context_key or f"match:{match.pk}",
            send_after=send_after,
            now=now,
        )


def _with_card(match: Match) -> Match:
    return matches_for_cards().get(pk=match.pk)


def _with_answer_link(match: Match, side: Side, user: User) -> Context:
    until = date_text(match.expires_at, "long") if match.expires_at else ""
    return {"answer_url": answer_url(match, side, user), "answer_until": until}
