"""Questions of the staff: as the firm that was asked sees them, and as marks of the queue."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from common.localisation import pick
from companies.models import Company
from matching.asking import question_sentence
from matching.choices import QuestionState
from matching.models import Match, StaffQuestion


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What the firm reads of a question: of its own item, never of a match."""

    question: StaffQuestion
    sentence: str
    item_title: str
    item_language: str
    words: str
    words_language: str


def questions_of(user: Any) -> QuerySet[StaffQuestion]:
    """Those put to the person's firms, open ones first, of these the most pressing."""
    return (
        StaffQuestion.objects.of_member(user)
        .select_related("company", "match__need", "match__offering", "answered_by")
        .order_by(F("closed_at").desc(nulls_first=True), "due_at", "pk")
    )


def as_asked(question: StaffQuestion) -> AskedQuestion:
    """The question in the active language."""
    item = question.match.item_of(question.side)
    title, language = pick(item, "title")
    words, words_language = question.own_words
    return AskedQuestion(
        question=question,
        sentence=question_sentence(question.side, question.kind, title),
        item_title=title,
        item_language=language,
        words=words,
        words_language=words_language,
    )


def open_questions_to(company: Company) -> list[AskedQuestion]:
    rows = (
        StaffQuestion.objects.open()
        .filter(company=company)
        .select_related("company", "match__need", "match__offering")
    )
    return [as_asked(row) for row in rows.order_by("due_at", "pk")]


def questions_about(match: Match) -> list[StaffQuestion]:
    """All that staff asked about the match, in whatever state."""
    people = ("company", "asked_by", "answered_by", "closed_by")
    return list(match.staff_questions.select_related(*people))


def reply_marks(match_ids: Collection[UUID]) -> dict[UUID, str]:
    """{match id: what has become of the question that its present round waited for}.

    The latest counts; one that was taken back leaves no mark.
    """
    rows = (
        StaffQuestion.objects.filter(match__in=match_ids, round=F("match__round"))
        .exclude(state=QuestionState.WITHDRAWN)
        .order_by("asked_at", "pk")
    )
    return dict(rows.values_list("match", "state"))
