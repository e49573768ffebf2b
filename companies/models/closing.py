"""A firm that was closed by its owner, and what brings it back."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState
from companies.models.company import Company


class ClosingQuerySet(models.QuerySet["Closing"]):
    def pending(self) -> "ClosingQuerySet":
        """Neither reopened nor erased."""
        return self.filter(reopened_at=None, erased_at=None)


class Closing(models.Model):
    """`was` is the state the firm had, `items` the ids of what was open: reopening restores both.

    The firm's data are erased after `erase_at`.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="closings")
    was = models.CharField(max_length=12, choices=CompanyState.choices)
    items = models.JSONField(default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed"))
    erase_at = models.DateTimeField(_("erased after"))
    reopened_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = ClosingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-closed_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(reopened_at=None, erased_at=None),
                name="one_pending_closing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.closed_at:%Y-%m-%d}"

    def may_be_reopened(self, now: datetime) -> bool:
        return self.reopened_at is None and self.erased_at is None and self.erase_at > now
