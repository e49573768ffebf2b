"""Policies, runs, matches and what became of them."""

from matching.models.desk import BulkDecision, BulkItem, DefaultView, ReviewClaim, SavedView
from matching.models.dossier import StaffNote, StaffQuestion
from matching.models.features import NeedFeatures, OfferingFeatures
from matching.models.feedback import Question, Satisfaction
from matching.models.match import (
    Answer,
    Match,
    MatchEvent,
    MatchQuerySet,
    Review,
)
from matching.models.outcome import Introduction, Outcome
from matching.models.run import SETTINGS, MatchPolicy, MatchRun, RunBlock, RunChange
from matching.models.tuning import PinnedMatch, PolicyActivation, PolicySimulation

__all__ = [
    "SETTINGS",
    "Answer",
    "BulkDecision",
    "BulkItem",
    "DefaultView",
    "Introduction",
    "Match",
    "MatchEvent",
    "MatchPolicy",
    "MatchQuerySet",
    "MatchRun",
    "NeedFeatures",
    "OfferingFeatures",
    "Outcome",
    "PinnedMatch",
    "PolicyActivation",
    "PolicySimulation",
    "Question",
    "Review",
    "ReviewClaim",
    "RunBlock",
    "RunChange",
    "Satisfaction",
    "SavedView",
    "StaffNote",
    "StaffQuestion",
]
