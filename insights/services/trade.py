"""Taking official trade statistics in: first checked, then put to use in place of the old file."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.transitions import move
from insights.choices import UPLOAD_TRANSITIONS, UploadState
from insights.importing import read_trade
from insights.models import TradeFigure, TradeUpload

BATCH: Final = 2000
# A checked file that nobody puts to use is forgotten after this time.
KEPT: Final = timedelta(days=7)


def check_trade_file(
    *,
    name: str,
    content: bytes,
    source: str,
    source_url: str,
    retrieved_on: date,
    actor: User,
    now: datetime,
) -> TradeUpload:
    """Read a file and keep it with what is wrong in it; no figure changes yet.

    Raises UnreadableFile.
    """
    parsed = read_trade(content, retrieved_on=retrieved_on)
    with transaction.atomic():
        upload = TradeUpload.objects.create(
            source=source,
            source_url=source_url,
            retrieved_on=retrieved_on,
            filename=name[:200],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            unit=parsed.unit,
            rows_good=len(parsed.rows),
            faults=[fault.as_json() for fault in parsed.faults],
            uploaded_by=actor,
            created_at=now,
        )
        audit.record("trade_file.checked", upload, actor=actor, now=now, file=upload.filename)
    return upload


def use_trade_file(
    *, upload: TradeUpload, accepts_bad_rows: bool, actor: User, now: datetime
) -> TradeUpload:
    """Put a checked file to use: its figures take the place of those of its source, all at once.

    Raises RuleViolated when it has no good row, or bad ones that nobody accepted; StateChanged when
    it was put to use already.
    """
    if not upload.rows_good:
        raise RuleViolated(_("This file has no good row."))
    if upload.faults and not accepts_bad_rows:
        raise RuleViolated(_("Say that the bad rows may be left out, or mend the file."))
    parsed = read_trade(bytes(upload.content), retrieved_on=upload.retrieved_on)
    with transaction.atomic():
        # One after the other for the same source.
        earlier = list(
            TradeUpload.objects.select_for_update()
            .filter(source=upload.source, state=UploadState.CURRENT)
            .order_by("pk")
        )
        for old in earlier:
            move(old, to=UploadState.REPLACED, allowed=UPLOAD_TRANSITIONS)
            old.figures.all().delete()
        move(upload, to=UploadState.CURRENT, allowed=UPLOAD_TRANSITIONS, used_at=now)
        TradeFigure.objects.bulk_create(
            [
                TradeFigure(
                    upload=upload,
                    year=row.year,
                    direction=row.direction,
                    goods=row.goods,
                    key=row.key,
                    value=row.value,
                    is_partial_year=row.is_partial_year,
                )
                for row in parsed.rows
            ],
            batch_size=BATCH,
        )
        audit.record(
            "trade_file.used",
            upload,
            actor=actor,
            now=now,
            file=upload.filename,
            figures=len(parsed.rows),
            bad_rows=len(upload.faults),
        )
    return upload


def forget_trade_files(*, now: datetime) -> int:
    """Delete checked files that nobody has put to use within a week."""
    stale = TradeUpload.objects.filter(state=UploadState.CHECKED, created_at__lt=now - KEPT)
    return stale.delete()[0]
