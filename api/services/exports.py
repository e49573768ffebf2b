"""Exports: begun with a row and a line of the audit, ended with what was written."""

from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from api.choices import ExportState
from api.models import Export
from common import audit
from common.codepages import UTF8
from common.tabling import Tally


@transaction.atomic
def begin_export(
    *,
    kind: str,
    form: str,
    encoding: str,
    filters: Mapping[str, Any],
    actor: Any | None,
    now: datetime,
) -> Export:
    """Note who takes what along, before the first row is read; `actor` None: the command line."""
    export = Export.objects.create(
        user=actor,
        kind=kind,
        format=form,
        encoding=encoding if form == "csv" else UTF8,
        filters=dict(filters),
        began_at=now,
    )
    facts = {"kind": kind, "format": form, "encoding": export.encoding, "filters": export.filters}
    audit.record("export.begun", export, actor=actor, now=now, **facts)
    return export


def watched(
    parts: Iterable[bytes], *, export: Export, tally: Tally, actor: Any | None
) -> Generator[bytes, None, None]:
    """`parts` as they are; when they end, or nobody takes them any more, that is written down.

    Only here the clock is read: the end of a file comes when its reader has read it.
    """
    is_complete = False
    try:
        yield from parts
        is_complete = True
    finally:
        end_export(
            export=export,
            is_complete=is_complete,
            tally=tally,
            actor=actor,
            now=timezone.now(),
        )


@transaction.atomic
def end_export(
    *, export: Export, is_complete: bool, tally: Tally, actor: Any | None, now: datetime
) -> None:
    """Note how many rows were written, and whether they are all."""
    state = ExportState.COMPLETE if is_complete else ExportState.BROKEN
    facts: dict[str, Any] = {"rows": tally.rows, "substituted": tally.substituted}
    Export.objects.filter(pk=export.pk).update(state=state, ended_at=now, **facts)
    verb = "export.completed" if is_complete else "export.broken"
    audit.record(verb, export, actor=actor, now=now, kind=export.kind, **facts)
