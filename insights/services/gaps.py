"""Counting the market in the background: asked for, claimed by a worker, kept with its time."""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, InterfaceError, connection, models, transaction
from django.db.models.functions import TruncDate

from accounts.models import User
from common import audit
from common.jobs import kick
from insights.choices import ReportState
from insights.models import GapReport, GoodsGap, NeedGap
from insights.queries.counting import MarketCount, count_market
from matching.choices import RunState
from matching.models import MatchRun

logger = logging.getLogger(__name__)

# A worker that is silent for so long is taken over; the count itself takes less than a minute.
PATIENCE: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 3
KEPT: Final = timedelta(days=31)
DAY: Final = timedelta(days=1)
BATCH: Final = 5000


def request_gaps(*, actor: User | None, now: datetime) -> GapReport:
    """The count that waits, or a new one; it begins after commit."""
    with transaction.atomic():
        report = GapReport(requested_by=actor, requested_at=now)
        GapReport.objects.bulk_create([report], ignore_conflicts=True)
        waiting = GapReport.objects.get(state=ReportState.QUEUED)
        if waiting.pk == report.pk:
            audit.record("gap_report.requested", waiting, actor=actor, now=now)
        kick("insights.compute_gaps", report_id=str(waiting.pk))
    return waiting


def compute_gaps(*, report_id: UUID, clock: Callable[[], datetime]) -> GapReport | None:
    """Count the market for a waiting report; None when there is nothing to claim.

    All figures appear in one transaction, by the worker whose claim stands. When the database
    goes away the error is raised and the sweep takes the report up; any other failure is kept
    with it, and it is tried again until MOST_ATTEMPTS.
    """
    report = _claim(report_id, clock())
    if report is None:
        return None
    as_of = clock()
    try:
        _store(report, count_market(now=as_of), as_of, clock)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("gap report %s failed in attempt %s", report_id, report.attempts)
        is_last = report.attempts >= MOST_ATTEMPTS
        GapReport.objects.filter(pk=report.pk, claim=report.claim).update(
            state=ReportState.FAILED if is_last else ReportState.RUNNING,
            # At once stale: the next sweep tries again.
            started_at=None,
            finished_at=clock() if is_last else None,
            failure=f"{type(error).__name__}: {error}"[:300],
        )
    report.refresh_from_db()
    return report


def sweep_gaps(*, now: datetime) -> None:
    """Wake workers for reports that wait or were left behind; ask for one when the last is a day
    old or older than the last full run."""
    waiting = list(GapReport.objects.filter(_is_free(now)).values_list("pk", flat=True))
    for pk in waiting:
        kick("insights.compute_gaps", report_id=str(pk))
    if waiting or GapReport.objects.filter(state=ReportState.RUNNING).exists():
        return
    last = GapReport.objects.filter(state__in=[ReportState.DONE, ReportState.FAILED]).first()
    if last is None or last.requested_at <= now - DAY or _has_run_since(last):
        request_gaps(actor=None, now=now)


def _has_run_since(report: GapReport) -> bool:
    full = MatchRun.objects.writing().filter(company=None, sector=None, state=RunState.COMPLETED)
    return full.filter(finished_at__gt=report.as_of or report.requested_at).exists()


def _is_free(now: datetime) -> models.Q:
    silent = models.Q(started_at=None) | models.Q(started_at__lt=now - PATIENCE)
    return models.Q(state=ReportState.QUEUED) | models.Q(state=ReportState.RUNNING) & silent


def _claim(report_id: UUID, now: datetime) -> GapReport | None:
    free = GapReport.objects.filter(_is_free(now), pk=report_id)
    claimed = free.filter(attempts__lt=MOST_ATTEMPTS).update(
        state=ReportState.RUNNING,
        claim=uuid4(),
        attempts=models.F("attempts") + 1,
        started_at=now,
    )
    if claimed:
        return GapReport.objects.get(pk=report_id)
    free.filter(attempts__gte=MOST_ATTEMPTS).update(state=ReportState.FAILED, finished_at=now)
    return None


def _store(
    report: GapReport, count: MarketCount, as_of: datetime, clock: Callable[[], datetime]
) -> None:
    for need in count.needs:
        need.report = report
    for goods in count.goods:
        goods.report = report
    with transaction.atomic():
        held = GapReport.objects.filter(
            pk=report.pk, claim=report.claim, state=ReportState.RUNNING
        ).update(
            state=ReportState.DONE,
            as_of=as_of,
            finished_at=clock(),
            needs_total=count.total,
            needs_without_goods=count.without_goods,
            failure="",
        )
        if not held:
            logger.info("gap report %s was taken over by another worker", report.pk)
            return
        NeedGap.objects.all().delete()
        _insert(NeedGap, count.needs)
        _insert(GoodsGap, count.goods)
        _forget(report, as_of)


def _insert(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """As `bulk_create`, in a tenth of the time: the database takes the values out of one text."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(str(field.column) for field in fields)
    table = model._meta.db_table
    for first in range(0, len(rows), BATCH):
        text = json.dumps(
            [
                {field.column: getattr(row, field.attname) for field in fields}
                for row in rows[first : first + BATCH]
            ],
            cls=DjangoJSONEncoder,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608
                f"FROM json_populate_recordset(NULL::{table}, %s)",
                [text],
            )


def _forget(report: GapReport, as_of: datetime) -> None:
    """Keep one report of each day, for a month."""
    others = GapReport.objects.exclude(pk=report.pk).exclude(
        state__in=[ReportState.QUEUED, ReportState.RUNNING]
    )
    others.filter(requested_at__lt=as_of - KEPT).delete()
    others.annotate(day=TruncDate("as_of")).filter(
        models.Q(state=ReportState.FAILED) | models.Q(day=TruncDate(models.Value(as_of)))
    ).delete()
