"""Imported files: the bytes, the mapping, the progress and every bad row."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.choices import ImportedKind, ImportState, ItemKind, KeptReason
from companies.models.company import Company
from taxonomy.choices import Country


class SavedMapping(models.Model):
    """A reusable column mapping: {column header: field}."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    columns = models.JSONField(default=dict)
    defaults = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportJob(models.Model):
    """One file on its way in. The bytes are kept in the database: web and worker may be apart.

    With a `company` its rows are that firm's own offerings or needs (`item_kind`); without one
    they are firms, or wishes that the association collects.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="imports"
    )
    item_kind = models.CharField(max_length=8, choices=ItemKind.choices, blank=True)
    filename = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    file_format = models.CharField(_("format"), max_length=10, blank=True)
    header_row = models.PositiveIntegerField(default=0)
    header = models.JSONField(default=list)
    preset = models.CharField(_("preset"), max_length=40, blank=True)
    columns = models.JSONField(default=dict)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices, blank=True)
    source_list = models.CharField(_("public list"), max_length=60, blank=True)
    is_all_or_nothing = models.BooleanField(_("all rows or none"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    rows_bad = models.PositiveIntegerField(_("bad rows"), default=0)
    created_count = models.PositiveIntegerField(_("new firms"), default=0)
    updated_count = models.PositiveIntegerField(_("changed firms"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged firms"), default=0)
    items_count = models.PositiveIntegerField(_("items"), default=0)
    failure = models.TextField(_("failure"), blank=True)
    preview = models.JSONField(default=list)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("uploaded"))
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # The import whose bad rows this file brings corrected.
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="corrections"
    )
    # What the check found that writing would do: see `companies.importing.forecast`.
    forecast = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    # The good rows are to be written as soon as all rows have been checked.
    starts_when_checked = models.BooleanField(default=False)
    is_cancel_requested = models.BooleanField(default=False)
    # Asked to be taken back: by whom, when, why, and what the import was before.
    revert_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revert_asked_at = models.DateTimeField(null=True, blank=True)
    revert_reason = models.CharField(_("reason"), max_length=300, blank=True)
    revert_was = models.CharField(max_length=10, blank=True)
    is_revert_of_rest = models.BooleanField(default=False)
    reverted_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    # The file, its bad rows and the journal are gone; what the import did stays told.
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["sha256"], name="import_sha256_idx")]

    def __str__(self) -> str:
        return self.filename


class ImportRowError(models.Model):
    """What is wrong with one cell: `line` as the file counts it, from 1."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="errors")
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=120, blank=True)
    code = models.CharField(max_length=40)
    value = models.CharField(_("value"), max_length=200, blank=True)
    row = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["line", "pk"]

    def __str__(self) -> str:
        return f"{self.line}:{self.column} {self.code}"


class ImportChange(models.Model):
    """What an import did to one row, so that it can be taken back.

    `before` is None for a row that the import made; else the old values of what it changed, and
    `after` the new ones. Both hold `updated_at`: another one now means that somebody wrote since.
    Rows are named by id alone: the journal outlives them. `company_id`: the row's firm.
    `kept`: why the row was left as it is when the import was taken back.
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="changes")
    company_id = models.UUIDField()
    kind = models.CharField(_("what"), max_length=8, choices=ImportedKind.choices)
    object_id = models.UUIDField()
    label = models.CharField(_("name"), max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(default=dict)
    kept = models.CharField(
        _("kept because"), max_length=12, choices=KeptReason.choices, blank=True
    )
    reverted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(fields=["job", "company_id"], name="change_job_firm_idx"),
            models.Index(fields=["object_id", "id"], name="change_object_idx"),
            models.Index(
                fields=["job", "id"], condition=~models.Q(kept=""), name="change_kept_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.kind} {self.object_id}"
