"""What firms are asked after an introduction, and how content they are."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from matching.choices import Intention, Satisfied, Side
from matching.models.match import Match


class Question(models.Model):
    """What came of it? Asked of one side 30, 90 and 180 days after (`number` 1, 2, 3).

    Any answer ends the round, also "nothing yet". A round that stays silent after its one reminder
    is a task for staff until one of them has settled it.
    """

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="questions")
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    number = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField(_("asked"))
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["match", "side", "number"], name="one_question")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(answered_at=None, settled_at=None),
                name="question_open_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.number}"


class Satisfaction(models.Model):
    """How content one side is with the other, in one round of questions.

    The other side never learns of it; the association sees it, and counts.
    """

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="satisfaction")
    side = models.CharField(_("side"), max_length=6, choices=Side.choices)
    number = models.PositiveSmallIntegerField()
    score = models.PositiveSmallIntegerField(
        _("satisfaction"), choices=Satisfied.choices, null=True, blank=True
    )
    intention = models.CharField(
        _("intention"), max_length=6, choices=Intention.choices, blank=True
    )
    note = models.TextField(_("in your own words"), max_length=1000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["match", "side", "number"], name="one_satisfaction")
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.side} {self.number}"
