"""The review page: one match with all that is known of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from common.localisation import active_language
from companies.models import CompanyCertification, Membership, Need, Offering, Proof, Verification
from matching.choices import Criterion, MatchState, QuestionState
from matching.models import Answer, Match, MatchEvent, Outcome, Review, StaffNote, StaffQuestion
from matching.queries.dossier.conflicts import conflicts
from matching.queries.dossier.earlier import earlier_matches
from matching.queries.dossier.evidence import Evidence, evidence
from matching.queries.dossier.found import Conflict
from matching.queries.dossier.history import Step, history
from matching.queries.dossier.rows import Group
from matching.queries.dossier.sides import side_groups
from matching.queries.dossier.similar import SimilarPairs, similar_pairs
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
    evidence: Evidence
    conflicts: list[Conflict]
    similar: SimilarPairs
    notes: list[StaffNote]
    questions: list[StaffQuestion]
    history: list[Step]
    earlier: list[Match]
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
        Match.objects.select_related(
            "run__policy", "decided_by", "first_approved_by", "assigned_to"
        )
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
            Prefetch("events", queryset=MatchEvent.objects.select_related("actor")),
            Prefetch("reviews", queryset=Review.objects.select_related("reviewer")),
            Prefetch("answers", queryset=Answer.objects.select_related("by")),
            Prefetch("outcomes", queryset=Outcome.objects.select_related("by")),
        )
        .filter(pk=pk)
        .first()
    )
    if match is not None:
        _read_firms(match)
    return match


def _read_firms(match: Match) -> None:
    """What hangs on the two firms, of both in one query each."""
    certificates = CompanyCertification.objects.select_related("certification", "document")
    proofs = Proof.objects.of_firm().select_related("document")
    prefetch_related_objects(
        [match.buyer, match.seller],
        "sectors",
        Prefetch("certificates", queryset=certificates.defer("document__content")),
        Prefetch("proofs", queryset=proofs.defer("document__content")),
        "registry_checks",
        Prefetch("verifications", queryset=Verification.objects.select_related("by")),
        Prefetch("memberships", queryset=Membership.objects.select_related("user")),
        "memberships__user__emailaddress_set",
    )


def review_panel(match: Match, *, now: datetime) -> ReviewPanel:
    """Everything a reviewer sees of one match, in the active language."""
    earlier = earlier_matches(match)
    questions = list(
        match.staff_questions.select_related("company", "asked_by", "answered_by", "closed_by")
    )
    return ReviewPanel(
        match=match,
        groups=side_groups(match),
        bars=[
            Bar(str(Criterion(name).label), match.criteria.get(name), match.parts.get(name))
            for name in Criterion.values
        ],
        reasons=sentences(match, language=active_language()),
        evidence=evidence(match, today=timezone.localdate(now)),
        conflicts=conflicts(match, earlier=earlier, now=now),
        similar=similar_pairs(match),
        notes=list(StaffNote.objects.about(match).select_related("author", "company")),
        questions=questions,
        history=history(match, questions),
        earlier=earlier,
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
