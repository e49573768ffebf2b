"""What matching knows of a person and of a firm, for the copies of their data.

Of a counterpart a copy says what the firm's own pages say, and no more.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q

from accounts.erasing import register_texts
from accounts.exporting import PERSON, Row, Subject, fields_of, register_section
from common.localisation import active_language, in_language
from companies.sections import FIRM
from matching.choices import MatchState, QuestionState, Side, reason_label
from matching.models import (
    Answer,
    Introduction,
    Match,
    Outcome,
    Question,
    Review,
    Satisfaction,
    StaffNote,
    StaffQuestion,
)
from matching.queries.asked import as_asked
from matching.queries.cards import MatchCard, match_card, matches_for_cards
from matching.queries.letters import contact_at

CHUNK = 50
OUTCOME_FIELDS = ("stage", "happened_on", "value_band", "note", "at")


def _answers(subject: Subject) -> Iterator[Row]:
    for row in Answer.objects.filter(by=subject.user).order_by("at", "pk"):
        yield fields_of(row, "match_id", "side", "kind", "reason", "note", "at")


def _outcomes(subject: Subject) -> Iterator[Row]:
    for row in Outcome.objects.filter(by=subject.user).order_by("at", "pk"):
        yield fields_of(row, "match_id", "side", *OUTCOME_FIELDS)


def _satisfaction(subject: Subject) -> Iterator[Row]:
    """What the person said of partners; the partners' copies never hold it."""
    for row in Satisfaction.objects.filter(by=subject.user).order_by("at", "pk"):
        yield fields_of(row, "match_id", "side", "number", "score", "intention", "note", "at")


def _staff_questions(subject: Subject) -> Iterator[Row]:
    """What the person answered for a firm, and what the person asked as staff."""
    rows = StaffQuestion.objects.filter(Q(answered_by=subject.user) | Q(asked_by=subject.user))
    for row in rows.order_by("asked_at", "pk"):
        asked = row.asked_by_id == subject.user.pk
        told = ("kind", "words", "words_of_firm") if asked else ("kind", "answer", "closed_at")
        yield {"role": "asked" if asked else "answered", **fields_of(row, "asked_at", *told)}


def _notes(subject: Subject) -> Iterator[Row]:
    """What the person wrote down as staff."""
    for row in StaffNote.objects.filter(author=subject.user).order_by("at", "pk"):
        yield fields_of(row, "match_id", "company_id", "text", "at", "edited_at")


def _firm_questions(subject: Subject) -> Iterator[Row]:
    """What staff asked the firm, as its own pages show it, and what it answered."""
    asked = StaffQuestion.objects.filter(company=UUID(subject.object_id)).exclude(
        state=QuestionState.WITHDRAWN
    )
    language = active_language()
    rows = asked.select_related("company", "match__need", "match__offering")
    for row in rows.order_by("asked_at", "pk"):
        with in_language(language):
            shown = as_asked(row)
        yield {
            "item": shown.item_title,
            "question": shown.sentence,
            "words": shown.words,
            **fields_of(row, "state", "asked_at", "due_at", "answer", "closed_at"),
        }


def _introductions(subject: Subject) -> Iterator[Row]:
    """Where the person is named as the contact."""
    for side in Side:
        rows = Introduction.objects.filter(**{f"{side}_contact": subject.user})
        for row in rows.order_by("at", "pk"):
            yield {"side": str(side), **fields_of(row, "match_id", "at")}


def _matches(subject: Subject) -> Iterator[Row]:
    """Each published match as the firm's page shows it, in the language of the copy."""
    own = (
        matches_for_cards()
        .of_company(subject.object_id)
        .filter(published_at__isnull=False, is_prospect=False)
        .order_by("published_at", "pk")
    )
    language = active_language()
    for match in own.iterator(chunk_size=CHUNK):
        # Between two rows the reader may have done something in another language.
        with in_language(language):
            row = _match(match, UUID(subject.object_id))
        yield row


def _match(match: Match, company_id: UUID) -> Row:
    side = Side.BUYER if match.buyer.pk == company_id else Side.SELLER
    card = match_card(match, side)
    return {
        "id": match.pk,
        "state": match.state,
        "side": str(side),
        "own_item": card.own_title,
        "firm": card.firm_name,
        "firm_facts": dict(card.facts),
        "title": card.title,
        "text": card.text,
        "terms": dict(card.terms),
        "reasons": list(card.reasons),
        "missing": list(card.missing),
        "published_at": match.published_at,
        "expires_at": match.expires_at,
        "ended_at": match.ended_at,
        "ended_because": _ended_because(match),
        "own_answers": [
            fields_of(row, "kind", "reason", "note", "at")
            for row in match.answers.filter(side=side)
        ],
        "own_outcomes": [
            fields_of(row, *OUTCOME_FIELDS) for row in match.outcomes.filter(side=side)
        ],
        "contact": _contact(match, card),
    }


def _ended_because(match: Match) -> str:
    if match.ended_at is None:
        return ""
    last = match.events.last()
    return reason_label(last.reason) if last else ""


def _contact(match: Match, card: MatchCard) -> Row | None:
    if match.state != MatchState.INTRODUCED:
        return None
    introduction = Introduction.objects.filter(match=match).first()
    contact = contact_at(introduction, card.side.other) if introduction else None
    if contact is None:
        return None
    return fields_of(contact, "name", "name_kana", "title", "email", "phone", "language")


register_section(PERSON, "answers", _answers)
register_section(PERSON, "outcomes", _outcomes)
register_section(PERSON, "satisfaction", _satisfaction)
register_section(PERSON, "introductions", _introductions)
register_section(PERSON, "staff_questions", _staff_questions)
register_section(PERSON, "staff_notes", _notes)
register_section(FIRM, "matches", _matches)
register_section(FIRM, "staff_questions", _firm_questions)
register_texts(Answer, "note")
register_texts(Outcome, "note")
register_texts(Satisfaction, "note")
register_texts(Question, "note")
register_texts(Review, "note")
register_texts(StaffNote, "text")
register_texts(StaffQuestion, "words", "words_of_firm", "answer")
register_texts(Match, "hold_note")
