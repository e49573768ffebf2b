"""What lies behind a match under review: it comes to the page after the match itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from companies.models import CompanyCertification, Need, Offering, Proof, Verification
from matching.models import Answer, Match, MatchEvent, Outcome, Review, StaffNote
from matching.queries.asked import questions_about
from matching.queries.dossier.evidence import Evidence, evidence
from matching.queries.dossier.history import Step, history
from matching.queries.dossier.similar import SimilarPairs, similar_pairs


@dataclass(frozen=True, slots=True)
class Background:
    """What a reviewer looks up before a decision that is not plain; see `queries.dossier`."""

    match: Match
    evidence: Evidence
    similar: SimilarPairs
    notes: list[StaffNote]
    history: list[Step]


def find_background(pk: UUID) -> Match | None:
    """The match with everything that `background` reads of it."""
    match = (
        Match.objects.select_related("run__policy")
        .prefetch_related(
            Prefetch("need", queryset=Need.objects.select_related("company")),
            Prefetch("offering", queryset=Offering.objects.select_related("company")),
            "need__concepts",
            "offering__concepts",
            "need__certifications",
            "need__required_certifications",
            "offering__certifications",
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
        Prefetch("certificates", queryset=certificates.defer("document__content")),
        Prefetch("proofs", queryset=proofs.defer("document__content")),
        "registry_checks",
        Prefetch("verifications", queryset=Verification.objects.select_related("by")),
    )


def background(match: Match, *, now: datetime) -> Background:
    """What backs the match, what became of ones like it, and what was written and done about it;
    in the active language."""
    return Background(
        match=match,
        evidence=evidence(match, today=timezone.localdate(now)),
        similar=similar_pairs(match),
        notes=list(StaffNote.objects.about(match).select_related("author", "company")),
        history=history(match, questions_about(match)),
    )
