"""Taking an import back: what it made is deleted, what it changed is as it was."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import RuleViolated
from common.jobs import kick
from common.transitions import move
from companies.built_on import among
from companies.choices import IMPORT_TRANSITIONS, REVERTIBLE, ImportedKind, ImportState, ItemState
from companies.importing.holding import ITEMS, Undo, judge, undos_of
from companies.importing.journal import MODEL_OF
from companies.importing.writing import hold_writing_lock
from companies.models import ImportChange, ImportJob, Item
from companies.services.import_work import Clock, claimed
from companies.signals import import_reverted, import_reverting, item_changed, item_closed

# Firms of one transaction: an import of no more is taken back whole or not at all.
FIRMS: Final = 500


def can_be_reverted(job: ImportJob) -> bool:
    """It has ended, has written something, and its journal is still kept."""
    return (
        job.state in REVERTIBLE
        and job.rows_done > 0
        and job.forgotten_at is None
        and job.changes.filter(reverted_at=None).exists()
    )


def revert_import(
    *,
    job: ImportJob,
    is_of_rest: bool = False,
    reason: str,
    is_for_worker: bool = True,
    actor: Any,
    now: datetime,
) -> ImportJob:
    """Ask for an import to be taken back by a worker.

    When something was built on it, nothing is taken back and the journal says what and why;
    with `is_of_rest` all is taken back that nothing was built on. Raises RuleViolated when there
    is nothing to take back, StateChanged when somebody was first.
    """
    if job.state in REVERTIBLE and not can_be_reverted(job):
        raise RuleViolated(_("There is nothing in this import that could be taken back."))
    with transaction.atomic():
        move(
            job,
            to=ImportState.REVERTING,
            allowed=IMPORT_TRANSITIONS,
            revert_was=job.state,
            revert_by=actor,
            revert_asked_at=now,
            revert_reason=reason,
            is_revert_of_rest=is_of_rest,
            heartbeat_at=now,
        )
        job.changes.exclude(kept="").update(kept="")
        audit.record(
            "import.revert_asked",
            job,
            actor=actor,
            now=now,
            file=job.filename,
            why=reason,
            of_rest=is_of_rest,
        )
        if is_for_worker:
            kick("companies.revert_import", job_id=str(job.pk))
    return job


def work_revert(*, job: ImportJob, clock: Clock) -> ImportJob:
    """Take the import back, some firms in each transaction; repeatable after a kill.

    Unless the rest was asked for, all rows are looked at first, and the import is what it was if
    anything was built on one of them. What gets in between is kept and said. Nobody is written
    to. Raises StateChanged when another worker is at it.
    """
    with claimed(job, ImportState.REVERTING):
        if not job.is_revert_of_rest and _is_held(job, clock):
            return move(job, to=job.revert_was, allowed=IMPORT_TRANSITIONS)
        for changes in _by_firms(job):
            _revert(job, changes, now=clock())
        now = clock()
        with transaction.atomic():
            kept = job.changes.exclude(kept="").count()
            move(job, to=ImportState.REVERTED, allowed=IMPORT_TRANSITIONS, reverted_at=now)
            audit.record(
                "import.reverted",
                job,
                actor=job.revert_by,
                now=now,
                file=job.filename,
                rows=job.changes.exclude(reverted_at=None).count(),
                kept=kept,
            )
    return job


def _by_firms(job: ImportJob) -> Iterator[list[ImportChange]]:
    """What is left to take back, all lines of a firm together."""
    last: UUID | None = None
    while True:
        left = job.changes.filter(reverted_at=None, kept="").order_by("company_id")
        later = left if last is None else left.filter(company_id__gt=last)
        firms = list(later.values_list("company_id", flat=True).distinct()[:FIRMS])
        if not firms:
            return
        yield list(left.filter(company_id__in=firms))
        last = firms[-1]


def _is_held(job: ImportJob, clock: Clock) -> bool:
    """Whether anything was built on the import; the journal says what."""
    found = False
    for changes in _by_firms(job):
        undos = undos_of(changes)
        judge(job, undos, is_final=False)
        with transaction.atomic():
            _note_kept(undos)
            found = any(undo.kept for undo in undos) or found
            _beat(job, clock())
    return found


def _revert(job: ImportJob, changes: Sequence[ImportChange], *, now: datetime) -> None:
    undos = undos_of(changes)
    with transaction.atomic():
        hold_writing_lock()
        import_reverting.send(sender=ImportJob, job_id=job.pk)
        judge(job, undos, is_final=True)
        free = [undo for undo in undos if not undo.kept]
        _delete(free)
        _restore(free, is_own=job.company_id is not None, now=now)
        _note_kept(undos)
        lines = [pk for undo in free for pk in undo.lines]
        ImportChange.objects.filter(pk__in=lines).update(reverted_at=now)
        firms = {undo.company_id for undo in free if undo.kind in ITEMS}
        import_reverted.send(sender=ImportJob, company_ids=firms, now=now)
        _beat(job, now)


def _delete(undos: Iterable[Undo]) -> None:
    # Items before their firms.
    for kind in (*ITEMS, ImportedKind.COMPANY):
        ids = [u.object_id for u in undos if u.kind == kind and u.is_new and u.row is not None]
        if ids:
            MODEL_OF[kind].objects.filter(pk__in=among(ids)).delete()


def _restore(undos: Iterable[Undo], *, is_own: bool, now: datetime) -> None:
    for kind, model in MODEL_OF.items():
        changed = [u for u in undos if u.kind == kind and not u.is_new and u.row is not None]
        groups: dict[tuple[str, ...], list[Any]] = {}
        closed = {u.object_id for u in changed if _closes(u)}
        for undo in changed:
            plain = [name for name in undo.before if _set_back(undo, name)]
            if is_own:
                undo.row.material_at = now
                plain.append("material_at")
            groups.setdefault(tuple(sorted(plain)), []).append(undo.row)
        for names, rows in groups.items():
            fields = {model._meta.get_field(name).name for name in names}
            model.objects.bulk_update(rows, fields, batch_size=500)
        if kind in ITEMS:
            _tell(model, [u.object_id for u in changed], closed, is_own=is_own, now=now)


def _set_back(undo: Undo, name: str) -> bool:
    """Set a field to what it was; False when it is stored already."""
    field: Any = undo.row._meta.get_field(name)
    if field.many_to_many:
        getattr(undo.row, name).set(undo.before[name])
        return False
    setattr(undo.row, name, field.to_python(undo.before[name]))
    return True


def _closes(undo: Undo) -> bool:
    return undo.kind in ITEMS and undo.before.get("state", "") == ItemState.CLOSED


def _tell(
    model: type[Item], ids: Iterable[UUID], closed: set[UUID], *, is_own: bool, now: datetime
) -> None:
    """Matching listens. The items of firms that nobody has claimed wait for its next run."""
    for pk in ids:
        if pk in closed:
            item_closed.send(sender=model, item_id=pk, now=now)
        elif is_own:
            item_changed.send(sender=model, item_id=pk, now=now)


def _note_kept(undos: Iterable[Undo]) -> None:
    reasons: dict[str, list[int]] = {}
    for undo in undos:
        if undo.kept:
            reasons.setdefault(undo.kept, []).extend(undo.lines)
    for reason, lines in reasons.items():
        ImportChange.objects.filter(pk__in=lines).update(kept=reason)


def _beat(job: ImportJob, now: datetime) -> None:
    move(job, to=ImportState.REVERTING, allowed=IMPORT_TRANSITIONS, heartbeat_at=now)
