"""Matching policies: written as drafts, activated with a reason, exactly one active."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.transitions import move
from matching.choices import POLICY_TRANSITIONS, PolicyState
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.locks import Lock, hold
from matching.models import MatchPolicy


def create_policy(
    *,
    name: str,
    weights: Mapping[str, float],
    min_score: float,
    min_confidence: float,
    top_k: int,
    auto_approve_above: float | None,
    actor: User | None,
    now: datetime,
) -> MatchPolicy:
    """A draft under the next version number.

    Raises RuleViolated unless the weights name only known criteria, none is negative and one is
    above zero.
    """
    _check_weights(weights)
    with transaction.atomic():
        hold(Lock.POLICIES)
        latest = MatchPolicy.objects.aggregate(version=Max("version"))["version"] or 0
        policy = MatchPolicy.objects.create(
            name=name,
            version=latest + 1,
            weights=dict(weights),
            min_score=min_score,
            min_confidence=min_confidence,
            top_k=top_k,
            auto_approve_above=auto_approve_above,
            created_by=actor,
            created_at=now,
        )
        audit.record("policy.created", policy, actor=actor, now=now)
    return policy


def activate_policy(
    *, policy: MatchPolicy, reason: str, actor: User | None, now: datetime
) -> MatchPolicy:
    """Make `policy` the active one and retire the one before, in one step."""
    if not reason.strip():
        raise RuleViolated(_("Say why this policy is activated."))
    return _activate(policy, reason, actor, now)


def _activate(policy: MatchPolicy, reason: str, actor: User | None, now: datetime) -> MatchPolicy:
    with transaction.atomic():
        hold(Lock.POLICIES)
        for active in MatchPolicy.objects.filter(state=PolicyState.ACTIVE).exclude(pk=policy.pk):
            move(active, to=PolicyState.RETIRED, allowed=POLICY_TRANSITIONS)
        move(
            policy,
            to=PolicyState.ACTIVE,
            allowed=POLICY_TRANSITIONS,
            activated_at=now,
            activation_reason=reason,
        )
        audit.record("policy.activated", policy, actor=actor, now=now, words=reason)
    return policy


def ensure_default_policy(*, now: datetime) -> MatchPolicy:
    """The active policy; on a new installation the first one, with the engine's own weights."""
    with transaction.atomic():
        hold(Lock.POLICIES)
        if active := MatchPolicy.objects.filter(state=PolicyState.ACTIVE).first():
            return active
        draft = create_policy(
            # A proper name, the same in every language; staff name the next ones.
            name="Gagyo",
            weights=DEFAULT_WEIGHTS,
            min_score=0.35,
            min_confidence=0.2,
            top_k=10,
            auto_approve_above=None,
            actor=None,
            now=now,
        )
        # Nobody's decision, so nobody's reason.
        return _activate(draft, "", None, now)


def _check_weights(weights: Mapping[str, float]) -> None:
    if unknown := sorted(set(weights) - set(DEFAULT_WEIGHTS)):
        raise RuleViolated(
            _("There is no criterion called “%(name)s”.") % {"name": ", ".join(unknown)}
        )
    if min(weights.values(), default=0) < 0 or not any(weights.values()):
        raise RuleViolated(_("Weights are zero or more, and at least one is above zero."))
