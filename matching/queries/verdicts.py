"""What people said about matches, as far as it tells whether the two firms fit.

A reviewer's last decision on a match is one verdict, and so is each side's answer. What has other
causes is left out: "not now", firms that know each other or compete, no capacity, no such need.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from matching.choices import AnswerKind, Decision, DeclineReason, RejectReason
from matching.models import Answer, Review

_ABOUT_THE_PAIR: Final = (
    RejectReason.WRONG_PRODUCT,
    RejectReason.WRONG_SPECIFICATION,
    RejectReason.MISSING_CERTIFICATION,
    RejectReason.VOLUME_MISMATCH,
    RejectReason.OTHER,
)
_ABOUT_THE_PARTNER: Final = (
    DeclineReason.SPECIFICATION,
    DeclineReason.PRICE,
    DeclineReason.VOLUME,
    DeclineReason.LEAD_TIME,
    DeclineReason.CERTIFICATION,
    DeclineReason.OTHER,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`criteria` as in `Match`: {criterion: value in [0, 1] or None}."""

    at: datetime
    criteria: dict[str, float | None]
    liked: bool


def verdicts(until: datetime) -> list[Verdict]:
    """All verdicts before `until`, oldest first. Two queries."""
    found = [*_decisions(until), *_answers(until)]
    return sorted(found, key=lambda verdict: verdict.at)


def _decisions(until: datetime) -> list[Verdict]:
    rows = (
        Review.objects.filter(at__lt=until)
        .exclude(decision=Decision.HELD)
        .order_by("match_id", "at", "pk")
        .values_list("match_id", "decision", "reason", "at", "match__criteria")
    )
    last = {
        match: (decision, reason, at, criteria) for match, decision, reason, at, criteria in rows
    }
    return [
        Verdict(at, criteria, decision == Decision.APPROVED)
        for decision, reason, at, criteria in last.values()
        if decision == Decision.APPROVED
        or (decision == Decision.REJECTED and reason in _ABOUT_THE_PAIR)
    ]


def _answers(until: datetime) -> list[Verdict]:
    rows = (
        Answer.objects.filter(at__lt=until)
        .order_by("at", "pk")
        .values_list("kind", "reason", "at", "match__criteria")
    )
    return [
        Verdict(at, criteria, kind == AnswerKind.INTERESTED)
        for kind, reason, at, criteria in rows
        if kind == AnswerKind.INTERESTED
        or (kind == AnswerKind.DECLINED and reason in _ABOUT_THE_PARTNER)
    ]
