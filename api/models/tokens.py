"""Tokens by which programs log in, and every request that came with one."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from api.choices import Scope, TokenKind


class TokenQuerySet(models.QuerySet["Token"]):
    def standing(self, now: datetime) -> "TokenQuerySet":
        """Neither revoked nor expired, and of a person who may still log in."""
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)


class Token(models.Model):
    """A key for programs. Only its digest is kept: the key itself is shown once.

    `hint` is its first characters, by which people tell their tokens apart. A system's token
    belongs to a user of its own, without a password; `created_by` is the administrator.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    kind = models.CharField(
        _("kind"), max_length=8, choices=TokenKind.choices, default=TokenKind.PERSONAL
    )
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope.choices), default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_used_from = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.hint}…"

    def stands(self, now: datetime) -> bool:
        """As `TokenQuerySet.standing` has it."""
        return self.revoked_at is None and self.expires_at > now and self.user.is_active

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]


class TokenUse(models.Model):
    """One request that came with a token, also one that was refused or failed.

    Rows are only ever added: a trigger of the database refuses every other change, but for the
    address of an erased person and for rows whose time is over (`api.services.uses`).
    """

    at = models.DateTimeField()
    # Indexed together with the time, below.
    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="uses", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    method = models.CharField(max_length=8)
    route = models.CharField(max_length=80)
    object_id = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField()
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="use_newest_idx"),
            models.Index(fields=["token", "-at", "-id"], name="use_token_idx"),
            models.Index(fields=["user", "-at", "-id"], name="use_user_idx"),
            models.Index(
                fields=["-at", "-id"], condition=models.Q(status__gte=400), name="use_refused_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.method} {self.route} {self.status}"
