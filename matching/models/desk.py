"""The reviewers' desk: who looks at what, saved views of the queue, decisions about many."""

import uuid
from typing import ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from matching.choices import BulkOutcome, BulkState, Decision, RejectReason
from matching.models.match import Match


class ReviewClaim(models.Model):
    """Somebody looks at this match until `until`; a later claim replaces one that has run out.

    A row of its own, so that looking at a match never waits for a run that writes it.
    """

    match = models.OneToOneField(
        Match, on_delete=models.CASCADE, primary_key=True, related_name="claim"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.match_id} {self.reviewer_id}"


class SavedView(models.Model):
    """A filter of the queue under a name. `query`: the fields of the filter form that are set."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_views"
    )
    query = models.JSONField(default=dict)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_view_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The query of the queue's address under this view."""
        return urlencode({**self.query, "view": self.pk})


class DefaultView(models.Model):
    """The view with which a reviewer's queue opens: an own one or a shared one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="default_review_view",
    )
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id} {self.view_id}"


class BulkDecision(models.Model):
    """One decision about many matches. The row is the queue: a worker claims it by `claimed_at`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices)
    reason = models.CharField(_("reason"), max_length=24, choices=RejectReason.choices, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=1000)
    until = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=BulkState.choices, default=BulkState.QUEUED
    )
    created_at = models.DateTimeField(_("requested"))
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=~models.Q(state=BulkState.DONE),
                name="bulk_open_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.decision}"


class BulkItem(models.Model):
    """One match of a decision about many, and what became of it; `why` is a coded obstacle."""

    bulk = models.ForeignKey(BulkDecision, on_delete=models.CASCADE, related_name="items")
    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    outcome = models.CharField(
        _("result"), max_length=10, choices=BulkOutcome.choices, default=BulkOutcome.WAITING
    )
    why = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulk", "match"], name="one_item_of_a_match")
        ]

    def __str__(self) -> str:
        return f"{self.bulk_id} {self.position} {self.outcome}"
