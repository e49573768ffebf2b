"""Matching policies: written as drafts, activated with a reason, exactly one active."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.transitions import move
from matching.choices import POLICY_TRANSITIONS, PolicyState
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.locks import Lock, hold
from matching.models import MatchPolicy, PolicyActivation
from matching.queries.tuning import basis_of


class PolicySettings(TypedDict, total=False):
    """All that a policy says (`matching.models.SETTINGS`); what is left out is the field's default.

    `weights` name known criteria, none is negative, and one is above zero; scores are in [0, 1].
    """

    weights: Mapping[str, float]
    min_score: float
    min_confidence: float
    min_product: float
    top_k: int
    introductions_limit: int | None
    seats_limit: int | None
    auto_approve_above: float | None
    four_eyes_above: float | None
    review_days: int


def create_policy(
    *,
    name: str,
    actor: User | None,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
    **settings: Unpack[PolicySettings],
) -> MatchPolicy:
    """A draft under the next version number; `evidence`: what learnt weights rest on.

    Raises RuleViolated for settings that no policy can have.
    """
    _check(settings)
    with transaction.atomic():
        hold(Lock.POLICIES)
        latest = MatchPolicy.objects.aggregate(version=Max("version"))["version"] or 0
        policy = MatchPolicy.objects.create(
            name=name,
            version=latest + 1,
            evidence=dict(evidence or {}),
            created_by=actor,
            created_at=now,
            **settings,
        )
        audit.record("policy.created", policy, actor=actor, now=now)
    return policy


def edit_policy(
    *,
    policy: MatchPolicy,
    revision: int,
    name: str,
    actor: User | None,
    now: datetime,
    **settings: Unpack[PolicySettings],
) -> MatchPolicy:
    """Change a draft that still is as the editor saw it, at `revision`.

    Weights that were learnt and are changed by hand rest on no evidence any more. Raises
    StateChanged when it was saved, activated or discarded by somebody else meanwhile, and
    RuleViolated for settings that no policy can have.
    """
    _check(settings)
    with transaction.atomic():
        policy = MatchPolicy.objects.select_for_update().get(pk=policy.pk)
        if policy.state != PolicyState.DRAFT:
            raise StateChanged(_("Only a draft can be changed."), state=policy.state)
        if policy.revision != revision:
            raise StateChanged(
                _("%(who)s has changed this draft meanwhile. Look at it again before you save.")
                % {"who": policy.edited_by or policy.created_by},
                state=policy.state,
            )
        before = policy.settings
        for field, value in settings.items():
            setattr(policy, field, value)
        if policy.weights != before["weights"]:
            policy.evidence = {}
        policy.name, policy.revision = name, revision + 1
        policy.edited_by, policy.edited_at = actor, now
        policy.save()
        changed = sorted(name for name, value in policy.settings.items() if value != before[name])
        audit.record("policy.edited", policy, actor=actor, now=now, changed=changed)
    return policy


def discard_policy(*, policy: MatchPolicy, actor: User | None, now: datetime) -> MatchPolicy:
    """Put a draft aside unused; it can be activated or copied later. StateChanged if no draft."""
    with transaction.atomic():
        hold(Lock.POLICIES)
        if policy.state != PolicyState.DRAFT:
            raise StateChanged(_("Only a draft can be discarded."), state=policy.state)
        move(policy, to=PolicyState.RETIRED, allowed=POLICY_TRANSITIONS)
        audit.record("policy.discarded", policy, actor=actor, now=now)
    return policy


def activate_policy(
    *,
    policy: MatchPolicy,
    reason: str,
    actor: User | None,
    now: datetime,
    revision: int | None = None,
    instead_of: int | None = None,
) -> MatchPolicy:
    """Make `policy` the active one and retire the one before, in one step; both are kept.

    The history says what the policy had been tried on. `revision` of the draft and `instead_of`,
    the version in force, are what the person saw: StateChanged when either is another by now, so
    of two supervisors at once the second is told. RuleViolated without a reason.
    """
    if not reason.strip():
        raise RuleViolated(_("Say why this policy is activated."))
    with transaction.atomic():
        hold(Lock.POLICIES)
        policy.refresh_from_db()
        active = MatchPolicy.objects.filter(state=PolicyState.ACTIVE).first()
        if instead_of is not None and active is not None and active.version != instead_of:
            latest = active.activations.select_related("actor").first()
            raise StateChanged(
                _("%(who)s has activated %(policy)s meanwhile. Compare again before you decide.")
                % {"who": (latest and latest.actor) or _("The system"), "policy": active},
                state=policy.state,
            )
        if revision is not None and policy.revision != revision:
            raise StateChanged(
                _("This draft was changed meanwhile. Look at it again before you activate it."),
                state=policy.state,
            )
        return _activate(policy, reason, actor, now)


def _activate(policy: MatchPolicy, reason: str, actor: User | None, now: datetime) -> MatchPolicy:
    """Call it in a transaction, under the lock."""
    before = MatchPolicy.objects.filter(state=PolicyState.ACTIVE).exclude(pk=policy.pk).first()
    if before is not None:
        move(before, to=PolicyState.RETIRED, allowed=POLICY_TRANSITIONS)
    move(
        policy,
        to=PolicyState.ACTIVE,
        allowed=POLICY_TRANSITIONS,
        activated_at=now,
        activation_reason=reason,
    )
    tried = basis_of(policy, now=now)
    PolicyActivation.objects.create(
        policy=policy,
        before=before,
        simulation=tried.simulation,
        basis=tried.basis,
        reason=reason,
        actor=actor,
        at=now,
    )
    audit.record(
        "policy.activated",
        policy,
        actor=actor,
        now=now,
        words=reason,
        basis=tried.basis,
        before=before.version if before else None,
    )
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
            actor=None,
            now=now,
        )
        # Nobody's decision, so nobody's reason.
        return _activate(draft, "", None, now)


def _check(settings: PolicySettings) -> None:
    weights = settings.get("weights", {})
    if unknown := sorted(set(weights) - set(DEFAULT_WEIGHTS)):
        raise RuleViolated(
            _("There is no criterion called “%(name)s”.") % {"name": ", ".join(unknown)}
        )
    if min(weights.values(), default=0) < 0 or not any(weights.values()):
        raise RuleViolated(_("Weights are zero or more, and at least one is above zero."))
