"""What a decision about many matches would do, and what it has done."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from matching.choices import Decision, MatchState, reason_label
from matching.models import BulkItem, Match
from matching.queries.obstacles import DECIDED, OWN, PROSPECT, Verdict, approval_verdicts
from matching.queries.terms import ReviewTerms

# So many lines the preview shows; those that would fail stand first.
SHOWN: Final = 100
HEAVY: Final = ("criteria", "parts", "reasons")


@dataclass(frozen=True, slots=True)
class Line:
    match: Match
    why: str = ""
    is_parked: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """`total` chosen; of these `possible` would be decided and `parked` wait for a second
    reviewer; `obstacles`: [(why, number)]. Approvals use `places` introductions of `firms` firms.
    `lines`: the first of them, `left_out`: how many more there are."""

    total: int
    possible: int
    parked: int
    obstacles: list[tuple[str, int]]
    places: int
    firms: int
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0


def preview(
    ids: Sequence[UUID], *, decision: str, user: Any, terms: ReviewTerms, now: datetime
) -> Preview:
    """What `decision` would do to each of the matches, in their order; changes nothing."""
    found = {
        match.pk: match
        for match in Match.objects.with_sides().defer(*HEAVY).filter(pk__in=ids).order_by()
    }
    matches = [found[pk] for pk in ids if pk in found]
    if decision == Decision.APPROVED:
        verdicts = approval_verdicts(matches, user_id=user.pk, terms=terms, now=now)
    else:
        verdicts = [Verdict(match, _standing(match, decision)) for match in matches]
    lines = [Line(v.match, told_why(v.why), v.is_parked) for v in verdicts]
    failing = [line for line in lines if line.why]
    approved = [v.match for v in verdicts if not v.why and not v.is_parked]
    firms = {firm.pk for match in approved for firm in (match.buyer, match.seller)}
    is_approval = decision == Decision.APPROVED
    ordered = [*failing, *(line for line in lines if not line.why)]
    return Preview(
        total=len(lines),
        possible=len(lines) - len(failing) - sum(line.is_parked for line in lines),
        parked=sum(line.is_parked for line in lines),
        obstacles=Counter(line.why for line in failing).most_common(),
        places=2 * len(approved) if is_approval else 0,
        firms=len(firms) if is_approval else 0,
        lines=ordered[:SHOWN],
        left_out=max(0, len(ordered) - SHOWN),
    )


def bulk_rows(items: Iterable[BulkItem]) -> list[tuple[BulkItem, str]]:
    """Each item with its match and firms, and why it was not decided in words."""
    rows = list(items)
    matches = (
        Match.objects.select_related("need__company", "offering__company", "decided_by")
        .defer(*HEAVY)
        .in_bulk([item.match_id for item in rows])
    )
    for item in rows:
        item.match = matches[item.match_id]
    return [(item, told_why(item.why)) for item in rows]


def told_why(code: str) -> str:
    """The sentence of an obstacle; empty for none."""
    if code == OWN:
        return _("You have approved this match yourself. Somebody else confirms.")
    if code == DECIDED:
        return _("It is decided already.")
    if code == PROSPECT:
        return _("Nobody has claimed one of these firms yet: it can only be invited.")
    return reason_label(code) if code else ""


def _standing(match: Match, decision: str) -> str:
    if match.is_prospect:
        return PROSPECT
    if match.state != MatchState.PROPOSED:
        return DECIDED
    # To be assigned it may well wait for a second reviewer.
    is_parked = match.first_approved_at is not None and decision != "assign"
    return DECIDED if is_parked else ""
