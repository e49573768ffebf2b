"""What people took along as files."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from api.choices import ExportKind, ExportState


class Export(models.Model):
    """A file that somebody took along: what, filtered how, and whether it came to its end.

    `ended_at` is empty while it is being written, and for good when the process died.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(_("what"), max_length=12, choices=ExportKind.choices)
    format = models.CharField(_("format"), max_length=8)
    encoding = models.CharField(_("encoding"), max_length=8)
    filters = models.JSONField(_("filters"), default=dict)
    state = models.CharField(
        _("state"), max_length=8, choices=ExportState.choices, default=ExportState.RUNNING
    )
    rows = models.PositiveIntegerField(_("rows"), default=0)
    substituted = models.PositiveIntegerField(_("substituted signs"), default=0)
    began_at = models.DateTimeField(_("begun"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-began_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["user", "-began_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.began_at:%Y-%m-%d %H:%M}"
