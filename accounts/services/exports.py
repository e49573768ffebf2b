"""Copies of somebody's data: asked for, made in the background, fetched, deleted."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Final
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.choices import EXPORT_TRANSITIONS, ExportState
from accounts.exporting import Subject, may_have, write_archive
from accounts.mails import write_export_ready
from accounts.models import DataExport, DataExportPart, User
from common import audit
from common.errors import RuleViolated, StateChanged
from common.jobs import kick
from common.transitions import move

logger = logging.getLogger(__name__)

PART_BYTES: Final = 1024 * 1024
# A worker that is not done by then has died: another takes over.
STALE: Final = timedelta(minutes=15)
ATTEMPTS: Final = 3
IN_PROGRESS: Final = (ExportState.QUEUED, ExportState.RUNNING)


def request_export(
    *, user: User, scope: str, object_id: str = "", language: str, now: datetime
) -> DataExport:
    """Ask for a copy; one of a kind at a time: asking again meanwhile yields the same.

    Raises RuleViolated for data that are not the person's to have.
    """
    if not may_have(Subject(user, scope, object_id)):
        raise RuleViolated(_("Only owners of the firm get a copy of its data."))
    with transaction.atomic():
        export, is_new = DataExport.objects.get_or_create(
            user=user,
            scope=scope,
            object_id=object_id,
            state__in=IN_PROGRESS,
            defaults={"language": language, "created_at": now, "state": ExportState.QUEUED},
        )
        if is_new:
            audit.record("export.asked", export, actor=user, now=now, scope=scope)
            kick("accounts.build_export", export_id=str(export.pk))
    return export


def waiting_exports(*, now: datetime) -> "models.QuerySet[DataExport]":
    """Those that nobody works on: not begun, or begun by a worker that fell silent."""
    return DataExport.objects.filter(
        models.Q(state=ExportState.QUEUED)
        | models.Q(state=ExportState.RUNNING, claimed_at__lt=now - STALE)
    ).order_by("created_at", "pk")


def build_export(*, export_id: UUID, now: datetime) -> DataExport | None:
    """Make the ZIP file and tell the person; None when it is done or in other hands.

    After ATTEMPTS workers have died or failed over it the export is failed, and says so.
    """
    export = waiting_exports(now=now).select_related("user").filter(pk=export_id).first()
    if export is None:
        return None
    if export.attempts >= ATTEMPTS:
        return move(export, to=ExportState.FAILED, allowed=EXPORT_TRANSITIONS)
    seen = models.Q(claimed_at=export.claimed_at)
    try:
        move(
            export,
            to=ExportState.RUNNING,
            allowed=EXPORT_TRANSITIONS,
            guard=seen,
            claimed_at=now,
            attempts=export.attempts + 1,
        )
    except StateChanged:
        return None
    subject = Subject(export.user, export.scope, export.object_id)
    if not export.user.is_active or not may_have(subject):
        return move(export, to=ExportState.FAILED, allowed=EXPORT_TRANSITIONS)
    with TemporaryFile() as file:
        write_archive(subject, file, language=export.language, made_at=now)
        size = file.tell()
        file.seek(0)
        with transaction.atomic():
            export.parts.all().delete()
            for number, piece in enumerate(_pieces(file)):
                DataExportPart.objects.create(export=export, number=number, content=piece)
            move(
                export,
                to=ExportState.READY,
                allowed=EXPORT_TRANSITIONS,
                guard=models.Q(claimed_at=now),
                size=size,
                ready_at=now,
                expires_at=now + timedelta(days=settings.EXPORT_DAYS),
            )
            write_export_ready(export, now=now)
    return export


def note_download(*, export: DataExport, now: datetime) -> None:
    audit.record("export.downloaded", export, actor=export.user, now=now, scope=export.scope)


def expire_exports(*, now: datetime) -> int:
    """Delete the files whose time is over; return how many."""
    over = DataExport.objects.filter(state=ExportState.READY, expires_at__lte=now)
    done = 0
    for export in over:
        with transaction.atomic():
            try:
                move(export, to=ExportState.EXPIRED, allowed=EXPORT_TRANSITIONS)
            except StateChanged:
                continue
            export.parts.all().delete()
            done += 1
    return done


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PART_BYTES):
        yield piece
