"""An owner invites a colleague by e-mail."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from common.localisation import Language
from companies.choices import InvitationState, MemberRole
from companies.models.company import Company


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self, now: datetime) -> "InvitationQuerySet":
        """Open, and its time is not over."""
        return self.filter(state=InvitationState.OPEN, expires_at__gt=now)


class Invitation(models.Model):
    """One address is asked to act for the firm; `email` is stored in lower case.

    `sends` counts its mails. An open invitation whose time is over stands for nothing until it is
    sent again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=MemberRole.choices)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=InvitationState.choices,
        default=InvitationState.OPEN,
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    sends = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(_("invited"))
    sent_at = models.DateTimeField(_("last mail"))
    expires_at = models.DateTimeField(_("valid until"))
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=models.Q(state=InvitationState.OPEN),
                name="one_open_invitation",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invited_address_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.role} {self.state}"

    def is_standing(self, now: datetime) -> bool:
        return self.state == InvitationState.OPEN and self.expires_at > now
