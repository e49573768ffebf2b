"""How policies are tried out and put in force: simulations, activations, pinned matches."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from matching.choices import SimulationBasis
from matching.models.match import Match
from matching.models.run import MatchPolicy, MatchRun


class PolicySimulation(models.Model):
    """What a policy would propose on the data of one moment; nothing follows from it.

    `run` is claimed, watched and taken over like any other run. `settings` are the policy's as they
    were when it was asked for: a draft may be changed meanwhile. `against` is the policy in force
    then. `result`: see `matching.engine_adapter.simulating.compare`. `pairs`: every pair proposed
    now or then, compressed (`matching.engine_adapter.simulated.pack`); only the newest simulation
    of a policy keeps them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.ForeignKey(MatchPolicy, on_delete=models.CASCADE, related_name="simulations")
    run = models.OneToOneField(MatchRun, on_delete=models.CASCADE, related_name="simulation")
    against = models.ForeignKey(
        MatchPolicy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    settings = models.JSONField()
    result = models.JSONField(default=dict, blank=True)
    pairs = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField(_("requested"))

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def counts(self) -> dict[str, int | None]:
        """How many pairs would enter, leave and move; None before it is complete."""
        kinds = self.result.get("kinds", {})
        return {name: kinds.get(name) for name in ("entering", "leaving", "moved")}


class PolicyActivation(models.Model):
    """A policy came into force: who decided it, when, why, and what it had been tried on."""

    policy = models.ForeignKey(MatchPolicy, on_delete=models.PROTECT, related_name="activations")
    before = models.ForeignKey(
        MatchPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    simulation = models.ForeignKey(
        PolicySimulation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    basis = models.CharField(
        _("tried out"), max_length=16, choices=SimulationBasis.choices, default=SimulationBasis.NONE
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("activated"))

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.at:%Y-%m-%d %H:%M}"


class PinnedMatch(models.Model):
    """A match that a supervisor keeps an eye on while tuning."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pinned_matches"
    )
    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="pins")
    at = models.DateTimeField(_("pinned"))

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "match"], name="one_pin_of_a_match")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.match_id}"
