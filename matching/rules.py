"""What answers, outcomes, decisions and questions must say, by page and by API.

Pure, like `companies.rules`: values in, faults out as {field: code}; `FAULTS` words the codes.
"""

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from matching.choices import AnswerKind, Decision, DeclineReason, QuestionKind, RejectReason

HOLD_NOTE_LENGTH: Final = 300
FAULTS: Final[dict[str, Any]] = {
    "reason_missing": _("Choose a reason."),
    "reason_in_words_missing": _("Give the reason in words."),
    "note_missing": _("Say in the note what is to be looked at again."),
    "hold_note_too_long": _("A note has at most 300 characters here."),
    "not_in_the_future": _("Choose a day in the future."),
    "in_the_future": _("Choose a day that is not in the future."),
    "question_missing": _("Write the question in words."),
}


def answer_faults(*, kind: str, reason: str) -> dict[str, str]:
    is_unfounded = kind == AnswerKind.DECLINED and reason not in DeclineReason
    return {"reason": "reason_missing"} if is_unfounded else {}


def outcome_faults(*, happened_on: date | None, today: date) -> dict[str, str]:
    is_to_come = happened_on is not None and happened_on > today
    return {"happened_on": "in_the_future"} if is_to_come else {}


def review_faults(
    *, decision: str, reason: str = "", note: str = "", until: date | None = None, today: date
) -> dict[str, str]:
    """`decision`: one of `Decision`."""
    note = note.strip()
    faults = {}
    if decision == Decision.REJECTED and reason not in RejectReason:
        faults["reason"] = "reason_missing"
    if decision == Decision.REJECTED and reason == RejectReason.OTHER and not note:
        faults["note"] = "reason_in_words_missing"
    if decision == Decision.SENT_BACK and not note:
        faults["note"] = "note_missing"
    if decision == Decision.HELD and (until is None or until <= today):
        faults["until"] = "not_in_the_future"
    if decision == Decision.HELD and len(note) > HOLD_NOTE_LENGTH:
        faults["note"] = "hold_note_too_long"
    return faults


def question_faults(*, kind: str, words: str, words_of_firm: str) -> dict[str, str]:
    is_empty = kind == QuestionKind.OTHER and not (words.strip() or words_of_firm.strip())
    return {"words": "question_missing"} if is_empty else {}
