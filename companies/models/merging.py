"""Two records of one firm: found, dismissed, or put together, which can be undone for a while."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.choices import GONE, CompanyState
from companies.models.company import Company

# Which of two records is the likelier one to stay.
STAYS_FIRST: Final = (
    CompanyState.VERIFIED,
    CompanyState.SUSPENDED,
    CompanyState.SUBMITTED,
    CompanyState.LAPSED,
    CompanyState.RETURNED,
    CompanyState.DRAFT,
    CompanyState.UNCLAIMED,
    *GONE,
)


class DuplicateQuerySet(models.QuerySet["Duplicate"]):
    def standing(self) -> "DuplicateQuerySet":
        """Nobody has said that they are two firms, and both are still there."""
        return (
            self.filter(dismissed_at=None)
            .exclude(first__state__in=GONE)
            .exclude(second__state__in=GONE)
        )


class Duplicate(models.Model):
    """Two firms that may be one. `evidence`: [{code, text}], what they have in common; `score`
    in (0, 1] orders the list. "Not a duplicate" is remembered as `dismissed_at`."""

    first = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    evidence: Any = models.JSONField(default=list)
    found_at = models.DateTimeField()
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    dismissed_at = models.DateTimeField(null=True, blank=True)

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-score", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="one_duplicate_of_a_pair"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="duplicate_in_one_order"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-score", "id"],
                condition=models.Q(dismissed_at=None),
                name="duplicate_list_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}?"

    @property
    def pair(self) -> tuple[Company, Company]:
        return self.first, self.second

    @property
    def proposed_survivor(self) -> Company:
        """The one that has come further; of two alike the older one."""
        return min(
            self.pair, key=lambda firm: (STAYS_FIRST.index(firm.state), firm.created_at, firm.pk)
        )

    @property
    def proposed_absorbed(self) -> Company:
        return self.second if self.proposed_survivor == self.first else self.first


class CompanyMerge(models.Model):
    """`absorbed` was put into `survivor`. `changes` names every row that this changed, with what
    it held before and after (`services.merge_journal`): undoing puts it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survivor = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="absorptions")
    changes: Any = models.JSONField(default=list)
    note = models.TextField(_("reason in words"), max_length=1000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("merged"))
    undo_until = models.DateTimeField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"

    def may_be_undone(self, now: datetime) -> bool:
        """In time; whether something was built on it is asked by the service."""
        return self.undone_at is None and now < self.undo_until
