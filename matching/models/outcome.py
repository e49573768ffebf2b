"""The introduction of the two firms of a match, and what came of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.localisation import Language
from matching.choices import OutcomeStage, Side, ValueBand
from matching.models.match import Match


class Introduction(models.Model):
    """Both sides answered "interested": contacts are shown and the letter goes out.

    A contact is shown only while that person's consent to it stands. `questions_asked` counts
    the outcome questions sent so far.
    """

    match = models.OneToOneField(Match, on_delete=models.CASCADE, related_name="introduction")
    buyer_contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    seller_contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("introduced"))
    asked_at = models.DateTimeField(_("outcome asked"), null=True, blank=True)
    questions_asked = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-at", "pk"]

    def __str__(self) -> str:
        return str(self.match_id)


class Outcome(models.Model):
    """One step of the ladder as one side sees it; a step both sides named is confirmed."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="outcomes")
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    stage = models.CharField(_("outcome"), max_length=16, choices=OutcomeStage.choices)
    note = models.TextField(_("note"), blank=True, max_length=1000)
    language = models.CharField(max_length=2, choices=Language.choices, blank=True)
    happened_on = models.DateField(_("day"), null=True, blank=True)
    value_band = models.CharField(_("value"), max_length=10, choices=ValueBand.choices, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["match", "side", "stage"], name="one_outcome_of_a_side_and_stage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.stage}"
