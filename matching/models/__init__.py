"""Policies, runs, matches and what became of them."""

from matching.models.desk import BulkDecision, BulkItem, DefaultView, ReviewClaim, SavedView
from matching.models.features import NeedFeatures, OfferingFeatures
from matching.models.feedback import Question, Satisfaction
from matching.models.match import (
    Answer,
    Introduction,
    Match,
    MatchEvent,
    MatchQuerySet,
    Outcome,
    Review,
)
from matching.models.run import MatchPolicy, MatchRun, RunBlock

__all__ = [
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
    "Question",
    "Review",
    "ReviewClaim",
    "RunBlock",
    "Satisfaction",
    "SavedView",
]
