"""What people have typed into forms and not sent yet."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FormDraft(models.Model):
    """The unsent content of one form of one person, on its way from one device to another.

    `key` is the form's `data-autosave`; the keys of a firm's forms end with the firm's id.
    `fields`: {name: {"was", "now"}} of what was changed, as `static/src/js/drafts.js` reads it.
    `typed_at` is by the server's clock.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="form_drafts"
    )
    key = models.CharField(max_length=120)
    fields = models.JSONField(default=dict)
    device = models.CharField(_("device"), max_length=60, blank=True)
    typed_at = models.DateTimeField(_("typed"))
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["-typed_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="one_draft_of_a_form")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
