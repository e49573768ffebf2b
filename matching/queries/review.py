"""The review page: one match with all that a reviewer needs to decide about it.

What is looked up now and then is in `queries.background`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from common.localisation import active_language
from companies.models import CompanyCertification, Membership, Need, Offering
from matching.choices import Criterion, MatchState, QuestionState
from matching.models import Match, StaffQuestion
from matching.queries.asked import questions_about
from matching.queries.capacity import places_beside
from matching.queries.desk import Factors, factors
from matching.queries.dossier.conflicts import conflicts
from matching.queries.dossier.earlier import earlier_matches
from matching.queries.dossier.found import Conflict
from matching.queries.dossier.rows import Group
from matching.queries.dossier.sides import side_groups
from matching.wording import Told, sentences


@dataclass(frozen=True, slots=True)
class Bar:
    """A criterion: its value (None: unknown) and its share of the score, both in [0, 1]."""

    label: str
    value: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class ReviewPanel:
    """What stands on the page, part by part; each part has its module in `queries.dossier`."""

    match: Match
    groups: list[Group]
    bars: list[Bar]
    reasons: Told
    conflicts: list[Conflict]
    questions: list[StaffQuestion]
    earlier: list[Match]
    factors: Factors
    can_undo: bool = False

    @property
    def open_questions(self) -> list[StaffQuestion]:
        """What the match waits for."""
        return [question for question in self.questions if question.is_open]

    @property
    def replies(self) -> list[StaffQuestion]:
        """The questions of this round that the firms have answered or let pass."""
        told = (QuestionState.ANSWERED, QuestionState.SILENT)
        return [
            question
            for question in self.questions
            if question.state in told and question.round == self.match.round
        ]

    @property
    def blocking(self) -> int:
        """How many of the conflicts would stop the match."""
        return sum(conflict.is_blocking for conflict in self.conflicts)


def find_match(pk: UUID) -> Match | None:
    """The match with everything that `review_panel` reads of its two sides."""
    # In a query of its own, each side: the planner takes longer over one of 13 tables than all
    # the rest of the page takes.
    with_firm = ("company__region", "unit", "currency")
    match = (
        Match.objects.select_related("decided_by", "first_approved_by", "assigned_to")
        .prefetch_related(
            Prefetch("need", queryset=Need.objects.select_related(*with_firm)),
            Prefetch("offering", queryset=Offering.objects.select_related(*with_firm)),
            "need__concepts",
            "offering__concepts",
            "need__certifications",
            "need__required_certifications",
            "offering__certifications",
            "need__wish_regions",
            "offering__wish_regions",
        )
        .filter(pk=pk)
        .first()
    )
    if match is not None:
        _read_firms(match)
    return match


def _read_firms(match: Match) -> None:
    """What hangs on the two firms, of both in one query each."""
    prefetch_related_objects(
        [match.buyer, match.seller],
        "sectors",
        Prefetch(
            "certificates", queryset=CompanyCertification.objects.select_related("certification")
        ),
        "verifications",
        Prefetch("memberships", queryset=Membership.objects.select_related("user")),
        "memberships__user__emailaddress_set",
    )


def review_panel(match: Match, *, now: datetime) -> ReviewPanel:
    """What a reviewer sees of one match at once, in the active language."""
    earlier = earlier_matches(match)
    places = places_beside(match, now)
    return ReviewPanel(
        match=match,
        groups=side_groups(match),
        bars=[
            Bar(str(Criterion(name).label), match.criteria.get(name), match.parts.get(name))
            for name in Criterion.values
        ],
        reasons=sentences(match, language=active_language()),
        conflicts=conflicts(match, earlier=earlier, places=places, now=now),
        questions=questions_about(match),
        earlier=earlier,
        factors=factors(match, places, now=now),
        can_undo=is_undoable(match, now=now),
    )


def is_undoable(match: Match, *, now: datetime) -> bool:
    """Whether `services.undo_decision` would still take the decision back."""
    if match.state == MatchState.PROPOSED:
        return match.held_until is not None or match.first_approved_at is not None
    if match.state == MatchState.APPROVED:
        return bool(match.published_at is None and match.publish_at and match.publish_at > now)
    grace_end = match.decided_at + settings.MATCH_GRACE if match.decided_at else None
    return match.state == MatchState.REJECTED and grace_end is not None and grace_end > now
