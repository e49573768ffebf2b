"""How matching is done (policy) and one execution of it (run)."""

import uuid
from math import floor
from typing import Any, ClassVar, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Need, Offering
from matching.choices import ChangeCause, ChangeKind, Direction, PolicyState, RunPhase, RunState
from taxonomy.models import Sector

#: What a policy says, and what may be changed as long as it is a draft.
SETTINGS: Final = (
    "weights",
    "min_score",
    "min_confidence",
    "min_product",
    "top_k",
    "introductions_limit",
    "seats_limit",
    "auto_approve_above",
    "four_eyes_above",
    "review_days",
)


class MatchPolicyQuerySet(models.QuerySet["MatchPolicy"]):
    def active(self) -> "MatchPolicy":
        """The one active policy; raises DoesNotExist before the first is activated."""
        return self.get(state=PolicyState.ACTIVE)


class MatchPolicy(models.Model):
    """Versioned weights, thresholds and capacities; exactly one is active.

    `weights`: {criterion: weight ≥ 0} over `matching.engine.criteria.NAMES`.
    Scores and confidences are in [0, 1].
    """

    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=PolicyState.choices, default=PolicyState.DRAFT
    )
    weights = models.JSONField(_("weights"), default=dict)
    min_score = models.FloatField(
        _("lowest score"), default=0.35, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    min_confidence = models.FloatField(
        _("lowest confidence"),
        default=0.2,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    top_k = models.PositiveSmallIntegerField(
        _("proposals for a need"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    auto_approve_above = models.FloatField(
        _("approve automatically from this score"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    # Compared with `Match.value` (score x confidence); blank: one reviewer is enough.
    four_eyes_above = models.FloatField(
        _("two reviewers from this value"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    review_days = models.PositiveSmallIntegerField(
        _("business days to decide"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    min_product = models.FloatField(
        _("lowest product fit"),
        default=0.2,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    # Below what a firm or a need says itself; blank: what it says.
    introductions_limit = models.PositiveSmallIntegerField(
        _("introductions a month at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    seats_limit = models.PositiveSmallIntegerField(
        _("suppliers for a need at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    # What a learnt draft rests on; see `matching.services.learning`.
    evidence = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    # Counts the times a draft was saved, so that two people do not overwrite each other.
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    edited_at = models.DateTimeField(_("changed"), null=True, blank=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)
    activation_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = MatchPolicyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state=PolicyState.ACTIVE),
                name="one_active_policy",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def settings(self) -> dict[str, Any]:
        """All that the policy says, by the names in SETTINGS."""
        return {name: getattr(self, name) for name in SETTINGS}


class MatchRunQuerySet(models.QuerySet["MatchRun"]):
    def writing(self) -> "MatchRunQuerySet":
        """Runs whose result become matches: simulations aside."""
        return self.filter(is_simulation=False)


class MatchRun(models.Model):
    """One execution of the engine under one policy over one snapshot.

    The row is the queue: a worker claims it by a guarded UPDATE, works block by block and beats
    `heartbeat_at`; a sweep takes over a run whose heartbeat stopped. `claim` names the worker
    that holds the run: a worker that lost its claim writes nothing more.
    `snapshot` is the fingerprint of the data; a resumed run starts over when it changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.ForeignKey(
        MatchPolicy, on_delete=models.PROTECT, related_name="runs", verbose_name=_("policy")
    )
    sector = models.ForeignKey(
        Sector, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("sector")
    )
    includes_prospects = models.BooleanField(_("with unclaimed firms"), default=False)
    # Set: only the pairs of this firm, because it or one of its items changed.
    company = models.ForeignKey(
        Company,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("firm"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=RunState.choices, default=RunState.QUEUED
    )
    # Set: only asks what the policy would propose; see PolicySimulation. Writes no matches.
    is_simulation = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    snapshot = models.CharField(max_length=64, blank=True)
    snapshot_at = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    is_cancel_requested = models.BooleanField(default=False)
    needs_total = models.PositiveIntegerField(_("needs"), default=0)
    needs_done = models.PositiveIntegerField(_("needs done"), default=0)
    offerings_total = models.PositiveIntegerField(_("offerings"), default=0)
    phase = models.CharField(_("phase"), max_length=8, choices=RunPhase.choices, blank=True)
    # Of this attempt: {phase: when it began}, and how many needs earlier ones had compared.
    phases = models.JSONField(default=dict, blank=True)
    needs_before = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict, blank=True)
    failure = models.TextField(_("failure"), blank=True)
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["state", "heartbeat_at"])]
        constraints: ClassVar = [
            # Saves that follow one another wait for one run together.
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(state=RunState.QUEUED),
                name="one_waiting_run_of_a_firm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.state}"

    @property
    def counts(self) -> dict[str, int | None]:
        """How many pairs a completed run proposed anew, kept, found again and withdrew."""
        return {name: self.summary.get(name) for name in ("new", "kept", "reopened", "withdrawn")}

    @property
    def assured_share(self) -> float | None:
        """How much of the best possible sum of scores the choice reaches at least, rounded down.

        None where it was not a choice among all pairs.
        """
        gap = self.summary.get("gap")
        return None if gap is None else floor((1 - gap) * 1000) / 1000


class RunBlock(models.Model):
    """The finished candidates of needs [start, stop) of a run's snapshot: repeatable work.

    `payload` is the engine's own compressed array form (see `matching.engine_adapter`).
    Blocks of finished runs are deleted.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="blocks")
    start = models.PositiveIntegerField()
    stop = models.PositiveIntegerField()
    payload = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["start"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "start"], name="one_block_of_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} [{self.start}, {self.stop})"


class RunChange(models.Model):
    """A proposal that came, went or moved by a run; the most telling ones of each kind are kept
    (`summary` has all counts). Scores are in [0, 1]; None: it was, or is, no proposal."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(_("change"), max_length=5, choices=ChangeKind.choices)
    cause = models.CharField(_("why"), max_length=9, choices=ChangeCause.choices)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    match = models.ForeignKey("matching.Match", on_delete=models.CASCADE, related_name="+")
    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="+")
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="+")
    score_before = models.FloatField(null=True)
    score_after = models.FloatField(null=True)
    rank_before = models.PositiveSmallIntegerField(null=True)
    rank_after = models.PositiveSmallIntegerField(null=True)
    # How much it matters within its kind: the score that came or went, or the distance moved.
    weight = models.FloatField()

    class Meta:
        ordering: ClassVar = ["-weight", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["run", "kind", "-weight", "id"], name="run_change_idx")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.kind} {self.match_id}"
