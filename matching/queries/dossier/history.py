"""All that happened to a match, in the order in which it did: for staff only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from mailing.models import Message
from matching.choices import Decision, QuestionState, reason_label
from matching.models import Match, StaffQuestion


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history. `language`: of the note, when it is a firm's or a colleague's own
    words. `mail`: the mail it tells of."""

    at: datetime
    who: str
    what: str
    note: str = ""
    language: str = ""
    mail: Message | None = None


def history(match: Match, questions: list[StaffQuestion]) -> list[Step]:
    steps = [
        *_events(match),
        *_reviews(match),
        *_answers(match),
        *_outcomes(match),
        *_questions(questions),
        *_mails(match),
    ]
    return sorted(steps, key=lambda step: step.at)


def _who(person: Any) -> str:
    return person.display_name if person else _("the system")


def _events(match: Match) -> Iterator[Step]:
    for event in match.events.all():
        reason = event.reason_label if event.reason else ""
        yield Step(event.at, _who(event.actor), str(event.get_to_state_display()), reason)


def _reviews(match: Match) -> Iterator[Step]:
    """Approvals and rejections stand among the events already; holds and notes only here."""
    moves = (Decision.APPROVED, Decision.REJECTED)
    for review in match.reviews.all():
        if review.note or review.decision not in moves:
            yield Step(
                review.at,
                _who(review.reviewer),
                str(review.get_decision_display()),
                review.note,
            )


def _answers(match: Match) -> Iterator[Step]:
    for answer in match.answers.all():
        firm = match.company_of(answer.side).display_name
        said = _("%(firm)s answered: %(answer)s") % {
            "firm": firm,
            "answer": answer.get_kind_display(),
        }
        words = [reason_label(answer.reason) if answer.reason else "", answer.note]
        yield Step(answer.at, _who(answer.by), said, " ".join(filter(None, words)))


def _outcomes(match: Match) -> Iterator[Step]:
    for outcome in match.outcomes.all():
        told = _("%(firm)s told an outcome: %(stage)s") % {
            "firm": match.company_of(outcome.side).display_name,
            "stage": outcome.get_stage_display(),
        }
        yield Step(outcome.at, _who(outcome.by), told, outcome.note, outcome.language)


def _questions(questions: list[StaffQuestion]) -> Iterator[Step]:
    for question in questions:
        words = {"firm": question.company.display_name, "kind": question.get_kind_display()}
        asked = _("%(firm)s was asked: %(kind)s") % words
        yield Step(
            question.asked_at,
            _who(question.asked_by),
            asked,
            question.words or question.words_of_firm,
            question.words_language if question.words else question.company.native_language,
        )
        if question.closed_at is None:
            continue
        if question.state == QuestionState.ANSWERED:
            told = _("%(firm)s answered the question: %(kind)s") % words
            by, note = question.answered_by, question.answer
        elif question.state == QuestionState.WITHDRAWN:
            told = _("The question to %(firm)s was taken back: %(kind)s") % words
            by, note = question.closed_by, ""
        else:
            told = _("%(firm)s did not answer in time: %(kind)s") % words
            by, note = None, ""
        yield Step(question.closed_at, _who(by), told, note, question.answer_language)


def _mails(match: Match) -> Iterator[Step]:
    """Every mail about the match, also those taken back before they went out."""
    mails = (
        Message.objects.filter(dedupe_key__startswith=f"match:{match.pk}:")
        .select_related("user")
        .defer("text", "html", "headers")
        .order_by("created_at", "pk")
    )
    for mail in mails:
        yield Step(
            mail.sent_at or mail.created_at,
            "",
            _("Mail to %(person)s: %(state)s")
            % {
                "person": mail.user.display_name if mail.user else mail.to,
                "state": mail.get_state_display(),
            },
            mail.subject,
            mail.language,
            mail,
        )
