"""People: log-in by e-mail, language, staff role, and the consents they gave."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import (
    STAFF_RANK,
    ConsentEnd,
    ConsentKind,
    ConsentWay,
    ErasureState,
    ExportState,
    StaffInvitationState,
    StaffRole,
)
from common.localisation import Language


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields.setdefault("staff_role", StaffRole.ADMINISTRATOR)
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in. The e-mail address is stored in lower case and is unique."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    name_kana = models.CharField(_("name in kana"), max_length=120, blank=True)
    title = models.CharField(_("department and title"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.EN
    )
    staff_role = models.CharField(
        _("staff role"),
        max_length=20,
        choices=StaffRole.choices,
        default=StaffRole.NONE,
        blank=True,
    )
    is_active = models.BooleanField(_("active"), default=True)
    # No person: another system's user, which has tokens and can never log in.
    is_system = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_is_lower_case",
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What others read; of an erased person only that there was one."""
        if self.erased_at is not None:
            return str(_("erased person"))
        return self.name or self.email

    @property
    def is_association_staff(self) -> bool:
        return STAFF_RANK[self.staff_role] >= STAFF_RANK[StaffRole.REVIEWER]

    @property
    def is_supervisor(self) -> bool:
        return STAFF_RANK[self.staff_role] >= STAFF_RANK[StaffRole.SUPERVISOR]

    @property
    def is_administrator(self) -> bool:
        return STAFF_RANK[self.staff_role] >= STAFF_RANK[StaffRole.ADMINISTRATOR]


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> "ConsentQuerySet":
        """Given and not withdrawn."""
        return self.filter(withdrawn_at=None)


class Consent(models.Model):
    """A recorded fact: this person agreed to this wording, in this language, at this time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(_("consent"), max_length=20, choices=ConsentKind.choices)
    wording_version = models.CharField(_("wording"), max_length=20)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    given_at = models.DateTimeField(_("given"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    way = models.CharField(_("how it was given"), max_length=12, choices=ConsentWay, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    ended_by = models.CharField(_("how it ended"), max_length=12, choices=ConsentEnd, blank=True)
    asked_again_at = models.DateTimeField(_("asked again"), null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["given_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["-given_at", "-id"], name="consent_newest_idx")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(withdrawn_at=None),
                name="one_standing_consent_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.wording_version}"


class DataExport(models.Model):
    """A copy of somebody's data on its way: the row is the queue, its parts hold the ZIP file.

    `scope` and `object_id` say whose data (see `accounts.exporting`): the person's own, or those
    of a firm that the person owns.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    scope = models.CharField(max_length=10)
    object_id = models.CharField(max_length=36, blank=True)
    language = models.CharField(max_length=2, choices=Language.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("asked"))
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    expires_at = models.DateTimeField(_("deleted on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "scope", "object_id"],
                condition=models.Q(state__in=[ExportState.QUEUED, ExportState.RUNNING]),
                name="one_export_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.scope} {self.state}"


class DataExportPart(models.Model):
    """A piece of the ZIP file, so that neither writing nor reading holds it whole in memory."""

    export = models.ForeignKey(DataExport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "number"], name="one_part_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.export_id} {self.number}"


class ErasureRequest(models.Model):
    """A person wants to be forgotten; nothing is lost before `due_at`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="erasure_requests")
    state = models.CharField(
        _("state"), max_length=10, choices=ErasureState.choices, default=ErasureState.WAITING
    )
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"))
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state=ErasureState.WAITING),
                name="one_waiting_erasure",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class StaffInvitationQuerySet(models.QuerySet["StaffInvitation"]):
    def standing(self, now: datetime) -> "StaffInvitationQuerySet":
        """Open, and its time is not over."""
        return self.filter(state=StaffInvitationState.OPEN, expires_at__gt=now)


class StaffInvitation(models.Model):
    """One address is asked to work for the association; stored in lower case.

    `sends` counts its mails. One whose time is over stands for nothing until it is sent again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=StaffRole.choices)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=StaffInvitationState.choices,
        default=StaffInvitationState.OPEN,
    )
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    sends = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(_("invited"))
    sent_at = models.DateTimeField(_("last mail"))
    expires_at = models.DateTimeField(_("valid until"))
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = StaffInvitationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(state=StaffInvitationState.OPEN),
                name="one_open_staff_invitation",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="staff_invitation_is_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role} {self.state}"
