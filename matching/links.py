"""Signed links to answer without logging in: made for one person, one side, one round of a match.

A link proves who opens it; it never changes anything by being opened. It ends with the match's
answer time, with the round, and with the person's membership, all checked when it is used.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.core import signing
from django.urls import reverse

from accounts.models import User
from mailing.links import absolute_url
from matching.choices import Side
from matching.models import Match, StaffQuestion

ANSWER: Final = "matching.answer"
OUTCOME: Final = "matching.outcome"
# The signature's own end, later than any question of ours still makes sense.
LONGEST_USE: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link says: `user_id` may speak for `side` of the match in this `round`."""

    match_id: UUID
    side: Side
    user_id: int
    round: int


def answer_url(match: Match, side: Side, user: User) -> str:
    token = _sign(match, side, user, ANSWER)
    return absolute_url(reverse("matching:answer", args=[token]))


def outcome_url(match: Match, side: Side, user: User) -> str:
    token = _sign(match, side, user, OUTCOME)
    return absolute_url(reverse("matching:outcome", args=[token]))


def match_url(match: Match) -> str:
    return absolute_url(reverse("matching:match", args=[match.pk]))


def question_url(question: StaffQuestion) -> str:
    """The firm's page of a question, behind the log-in."""
    return absolute_url(reverse("matching:firm_question", args=[question.pk]))


def read_ticket(token: str, purpose: str) -> Ticket | None:
    """The ticket of a link made for `purpose`; None when we did not make it or it is too old."""
    try:
        match_id, side, user_id, round_ = signing.loads(token, salt=purpose, max_age=LONGEST_USE)
    except signing.BadSignature:
        return None
    return Ticket(UUID(match_id), Side(side), user_id, round_)


def _sign(match: Match, side: Side, user: User, purpose: str) -> str:
    return signing.dumps([match.pk.hex, str(side), user.pk, match.round], salt=purpose)
