"""What a worker does with an import: check every row, and write the good ones in chunks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import StateChanged
from common.transitions import move
from companies.choices import IMPORT_TRANSITIONS, ImportState
from companies.importing.catalogue import MADE, OwnItem
from companies.importing.claims import only_worker
from companies.importing.forecast import Forecast
from companies.importing.journal import write_journal
from companies.importing.planning import plan_enquiries, plan_firms
from companies.importing.reading import read_rows
from companies.importing.rows import CellFault, ImportedCompany
from companies.importing.unreadable import UnreadableFile
from companies.importing.wording import stored_fault
from companies.importing.writing import ChunkResult, write_chunk
from companies.models import ImportJob, ImportRowError
from companies.services.catalogue import plan_own_items, write_own_items
from companies.services.imports import fail_import, start_import
from taxonomy.choices import Country
from taxonomy.models import Concept

Clock = Callable[[], datetime]

CHUNK: Final = 500
CHECKED_AT_ONCE: Final = 2000
# Bad rows are stored with their cells; this many characters are held at most.
HELD_CHARACTERS: Final = 2_000_000
PREVIEW_ROWS: Final = 20


class CancelRequested(Exception):
    """Somebody asked to stop the import."""


def check_import(*, job: ImportJob, clock: Clock) -> ImportJob:
    """Read every row, store each fault by line and column, a preview of the first good rows, and
    what writing the good ones would do.

    Writes no firm; an import that `starts_when_checked` then waits to be written. Repeatable: a
    check that was killed starts over. A file that turns out unreadable in the middle fails as a
    whole. Raises StateChanged when the check was cancelled or another worker is at it.
    """
    with claimed(job, ImportState.CHECKING):
        job.errors.all().delete()
        try:
            forecast = _check(job, clock)
        except UnreadableFile as error:
            failure = stored_fault(error.code, **error.details)
            return fail_import(job=job, failure=failure, now=clock())
        with transaction.atomic():
            move(
                job,
                to=ImportState.CHECKED,
                allowed=IMPORT_TRANSITIONS,
                forecast=forecast.as_json,
                checked_at=clock(),
            )
            if job.starts_when_checked:
                start_import(job=job, actor=job.requested_by, now=clock())
        return job


def _check(job: ImportJob, clock: Clock) -> Forecast:
    errors: list[ImportRowError] = []
    preview: list[dict[str, Any]] = []
    forecast = Forecast()
    good: list[tuple[list[str], Any]] = []
    wishes: set[str] = set()
    total = bad = held = 0

    def tell(line: int, cells: list[str], faults: list[CellFault]) -> None:
        nonlocal bad, held
        bad += 1
        held += sum(map(len, cells))
        errors.extend(_error_rows(job, line, cells, faults))

    def foresee() -> None:
        refused = _foresee(job, [row for _cells, row in good], forecast, wishes, now=clock())
        for cells, row in good:
            if row.line in refused:
                tell(row.line, cells, refused[row.line])
            elif len(preview) < PREVIEW_ROWS:
                preview.append(_preview(job, row))
        good.clear()

    def store() -> None:
        nonlocal held
        with transaction.atomic():
            ImportRowError.objects.bulk_create(errors)
            move(
                job,
                to=ImportState.CHECKING,
                allowed=IMPORT_TRANSITIONS,
                rows_total=total,
                rows_bad=bad,
                preview=preview,
                heartbeat_at=clock(),
            )
        errors.clear()
        held = 0

    for line, cells, outcome in read_rows(job):
        total += 1
        if isinstance(outcome, list):
            tell(line, cells, outcome)
        else:
            good.append((cells, outcome))
        if len(good) == CHUNK:
            foresee()
        if total % CHECKED_AT_ONCE == 0 or held > HELD_CHARACTERS:
            store()
    if not total:
        raise UnreadableFile("empty")
    foresee()
    store()
    return forecast


def _foresee(
    job: ImportJob, rows: list[Any], forecast: Forecast, wishes: set[str], *, now: datetime
) -> dict[int, list[CellFault]]:
    """Add to `forecast` what writing `rows` would do; `wishes`: what earlier rows wished for.

    Returns the faults of rows that, with what the firm has stored, break a rule, by their lines.
    """
    if not rows:
        return {}
    if job.company_id:
        found = plan_own_items(job=job, rows=rows)
        refused = {each.row.line: each.faults for each in found if each.faults}
        planned = [each for each in found if not each.faults]
        created = sum(each.before is None for each in planned)
        updated = len(planned) - created
        unchanged = len(rows) - len(found)
        forecast.add(created=created, updated=updated, unchanged=unchanged)
        for each in planned:
            if each.before is not None:
                new = {name: sorted(ids) for name, ids in each.row.related.items()}
                forecast.tell((each.item, each.before), line=each.row.line, new=new)
        return refused
    enquiries = [row for row in rows if not row.values]
    if enquiries:
        items = plan_enquiries(enquiries, wishes, now=now)
        forecast.add_items(items, {})
        forecast.add(created=len(items.new), unchanged=len(enquiries) - len(items.new))
    if listed := [row for row in rows if row.values]:
        plan = plan_firms(listed, now=now)
        forecast.add(created=len(plan.created), updated=len(plan.updated), unchanged=plan.unchanged)
        for change in plan.updated:
            forecast.tell(change, line=plan.lines.get(change[0].pk, 0))
        for of_kind in plan.items:
            forecast.add_items(of_kind, plan.lines)
    return {}


def run_import(*, job: ImportJob, clock: Clock) -> ImportJob:
    """Write the good rows in chunks, each with its progress and its journal in one transaction.

    A run that was killed goes on behind the last chunk that was written. With
    `is_all_or_nothing` one bad row means that nothing is written, and all chunks are one
    transaction. Asked to stop, it stops before the next chunk: what was written stays, and of an
    import of all or nothing there is nothing. Raises StateChanged when another worker is at it.
    """
    with claimed(job, ImportState.QUEUED, ImportState.RUNNING):
        if job.is_all_or_nothing and job.rows_bad:
            return fail_import(job=job, failure=stored_fault("bad_rows"), now=clock())
        if job.state == ImportState.QUEUED:
            move(job, to=ImportState.RUNNING, allowed=IMPORT_TRANSITIONS, heartbeat_at=clock())
        try:
            with _whole(job):
                for chunk in _chunks(job):
                    _require_wanted(job)
                    _write(job, chunk, now=clock())
                _finish(job, now=clock())
        except CancelRequested:
            job.refresh_from_db(from_queryset=ImportJob.objects.defer("content"))
            move(job, to=ImportState.CANCELLED, allowed=IMPORT_TRANSITIONS, finished_at=clock())
    return job


def _require_wanted(job: ImportJob) -> None:
    if ImportJob.objects.filter(pk=job.pk, is_cancel_requested=True).exists():
        raise CancelRequested


def _finish(job: ImportJob, *, now: datetime) -> None:
    """A stop that comes when every row is written comes too late, unless all of them are still
    one open transaction."""
    with transaction.atomic():
        if job.is_all_or_nothing:
            ImportJob.objects.select_for_update().only("pk").get(pk=job.pk)
            _require_wanted(job)
        counts = ("rows_done", "created_count", "updated_count", "unchanged_count", "items_count")
        move(
            job,
            to=ImportState.DONE,
            allowed=IMPORT_TRANSITIONS,
            finished_at=now,
            **{name: getattr(job, name) for name in counts},
        )
        audit.record(
            "import.finished",
            job,
            actor=job.requested_by,
            now=now,
            file=job.filename,
            created=job.created_count,
            updated=job.updated_count,
            bad=job.rows_bad,
        )


@contextmanager
def claimed(job: ImportJob, *states: str) -> Iterator[None]:
    """Only this process works on `job`, which is in one of `states` and fresh."""
    with only_worker(job.pk) as is_mine:
        if is_mine:
            job.refresh_from_db(
                from_queryset=ImportJob.objects.defer("content"),
            )
        if not is_mine or job.state not in states:
            raise StateChanged(_("This has changed in the meantime."), state=job.state)
        yield


def _whole(job: ImportJob) -> AbstractContextManager[None]:
    return transaction.atomic() if job.is_all_or_nothing else nullcontext()


def _chunks(job: ImportJob) -> Iterator[list[Any]]:
    """The good rows behind those that are done: firms, or a firm's own items."""
    # Of a firm's own rows some are good in themselves and were refused beside what it has stored.
    refused = set(job.errors.values_list("line", flat=True)) if job.company_id else set()
    good = (
        outcome
        for line, _cells, outcome in read_rows(job)
        if not isinstance(outcome, list) and line not in refused
    )
    left = islice(good, job.rows_done, None)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _write(job: ImportJob, chunk: list[Any], *, now: datetime) -> None:
    try:
        _write_once(job, chunk, now=now)
    except IntegrityError:
        # A person registered one of these firms at this very moment: now it is found.
        _write_once(job, chunk, now=now)


def _write_once(job: ImportJob, chunk: list[Any], *, now: datetime) -> None:
    with transaction.atomic():
        result: ChunkResult = (
            write_own_items(job=job, rows=chunk, now=now)
            if job.company_id
            else write_chunk(chunk, now=now)
        )
        write_journal(job, result.changes)
        progress: dict[str, Any] = {
            "rows_done": job.rows_done + len(chunk),
            "created_count": job.created_count + result.created,
            "updated_count": job.updated_count + result.updated,
            "unchanged_count": job.unchanged_count + result.unchanged,
            "items_count": job.items_count + result.items,
        }
        if not job.is_all_or_nothing:
            move(
                job,
                to=ImportState.RUNNING,
                allowed=IMPORT_TRANSITIONS,
                heartbeat_at=now,
                **progress,
            )
    # All or nothing: the row stays free for whoever wants to stop it; `_finish` writes the counts.
    for name, count in progress.items():
        setattr(job, name, count)


def _error_rows(
    job: ImportJob, line: int, cells: list[str], faults: list[CellFault]
) -> list[ImportRowError]:
    """One row for each fault; the first carries the cells."""
    return [
        ImportRowError(
            job=job,
            line=line,
            column=fault.column[:120],
            code=fault.code,
            value=fault.value,
            row=cells if position == 0 else [],
        )
        for position, fault in enumerate(faults)
    ]


def _preview(job: ImportJob, firm: ImportedCompany | OwnItem) -> dict[str, Any]:
    if isinstance(firm, OwnItem):
        return {
            "line": firm.line,
            "name": firm.title,
            "number": "" if firm.source_id.startswith(MADE) else firm.source_id,
            "items": _concept_labels(job, firm),
        }
    names = (firm.values.get(f"name_{language}", "") for language in ("ko", "ja", "en"))
    return {
        "line": firm.line,
        "name": next(filter(None, names), ""),
        "number": firm.official_number or firm.values.get("stock_code", ""),
        "industry": firm.values.get("industry", ""),
        "items": [item.title for item in (*firm.offerings, *firm.needs)],
    }


def _concept_labels(job: ImportJob, row: OwnItem) -> list[str]:
    concepts = Concept.objects.filter(pk__in=row.related.get("concepts", []))
    language = "ko" if job.country == Country.KR else "ja"
    labels = [getattr(concept, f"label_{language}") for concept in concepts]
    return [*labels, *(f"HS {code}" for code in row.values.get("hs6", []))]
