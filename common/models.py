"""The audit trail: who did what to which row, when and why.

Rows are only ever added: a trigger of the database refuses everything else, also to whoever gets
past Django (`common/migrations/0003_audit_append_only.py`).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One fact of the past. `verb` is `<noun>.<past participle>`, such as `company.verified`."""

    at = models.DateTimeField(_("time"))
    # People are emptied when they go (`accounts.services.erasure`), never deleted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    actor_label = models.CharField(_("person"), max_length=254, blank=True)
    verb = models.CharField(_("what was done"), max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        # Each way of looking through the trail, newest first, page by page.
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="audit_newest_idx"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_actor_idx"),
            models.Index(fields=["verb", "-at", "-id"], name="audit_verb_idx"),
            models.Index(fields=["object_type", "-at", "-id"], name="audit_kind_idx"),
            models.Index(
                fields=["object_type", "object_id", "-at", "-id"], name="audit_object_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.object_type} {self.object_id}"
