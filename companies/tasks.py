"""Celery's doors to the services of companies."""

import logging
from collections.abc import Callable
from datetime import timedelta

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from common.errors import StateChanged
from common.jobs import kick
from companies.choices import ImportState
from companies.importing.wording import stored_fault
from companies.models import ImportJob, RegistryCheck
from companies.services import (
    announcements,
    certificates,
    claiming,
    closing,
    drafts,
    duplicates,
    import_work,
    imports,
    items,
    lookups,
    membership,
    proofs,
    renewal,
    retagging,
    reverting,
    search,
    verification,
)
from taxonomy.choices import RevisionState
from taxonomy.models import Revision

logger = logging.getLogger(__name__)

# An import that nobody has written to for this long may have lost its worker or its message.
# Waking it once too often does no harm: only one worker gets hold of it.
QUIET = timedelta(minutes=1)


@shared_task(name="companies.check_import")
def check_import(*, job_id: str) -> None:
    _work_on(job_id, import_work.check_import)


@shared_task(name="companies.run_import")
def run_import(*, job_id: str) -> None:
    _work_on(job_id, import_work.run_import)


@shared_task(name="companies.revert_import")
def revert_import(*, job_id: str) -> None:
    _work_on(job_id, reverting.work_revert)


def _work_on(job_id: str, work: Callable[..., ImportJob]) -> None:
    job = ImportJob.objects.defer("content").filter(pk=job_id).first()
    if job is None:
        logger.info("import %s is not there", job_id)
        return
    try:
        work(job=job, clock=timezone.now)
    except StateChanged:
        logger.info("import %s is done or in other hands", job_id)
    except (OperationalError, InterfaceError) as error:
        logger.warning("import %s is interrupted, the sweep resumes it: %s", job_id, error)
    except Exception as error:
        logger.exception("import %s cannot go on", job_id)
        failure = stored_fault("stopped", error=f"{type(error).__name__}, {job_id}")
        imports.fail_import(job=job, failure=failure, now=timezone.now())


@shared_task(name="companies.weigh_revision")
def weigh_revision(*, revision_id: int) -> None:
    _work_on_revision(revision_id, retagging.weigh_revision)


@shared_task(name="companies.apply_revision")
def apply_revision(*, revision_id: int) -> None:
    _work_on_revision(revision_id, retagging.carry_out_revision)


def _work_on_revision(revision_id: int, work: Callable[..., Revision]) -> None:
    revision = Revision.objects.filter(pk=revision_id).first()
    if revision is None:
        logger.info("revision %s is not there", revision_id)
        return
    try:
        work(revision=revision, clock=timezone.now)
    except StateChanged:
        logger.info("revision %s is done or in other hands", revision_id)
    except (OperationalError, InterfaceError) as error:
        logger.warning("revision %s is interrupted, the sweep resumes it: %s", revision_id, error)
    except Exception:  # any other fault is told with the row; a weighing that fails ends here
        logger.exception("revision %s cannot go on", revision_id)
        if revision.state == RevisionState.WEIGHING:
            retagging.fail_revision(revision=revision, now=timezone.now())


@shared_task(name="companies.sweep_imports")
def sweep_imports() -> None:
    """Take up imports and changes of the taxonomy whose message was lost or whose worker died."""
    tasks = {
        ImportState.CHECKING: "companies.check_import",
        ImportState.QUEUED: "companies.run_import",
        ImportState.RUNNING: "companies.run_import",
        ImportState.REVERTING: "companies.revert_import",
    }
    quiet = ImportJob.objects.filter(
        state__in=tasks, heartbeat_at__lt=timezone.now() - QUIET
    ).values_list("pk", "state")
    for job_id, state in quiet:
        kick(tasks[ImportState(state)], job_id=str(job_id))
    of_concepts = {
        RevisionState.WEIGHING: "companies.weigh_revision",
        RevisionState.APPLYING: "companies.apply_revision",
    }
    revisions = Revision.objects.filter(
        state__in=of_concepts, heartbeat_at__lt=timezone.now() - QUIET
    )
    for revision_id, state in revisions.values_list("pk", "state"):
        kick(of_concepts[RevisionState(state)], revision_id=revision_id)


@shared_task(name="companies.lapse_verifications")
def lapse_verifications() -> None:
    verification.lapse_verifications(now=timezone.now())


@shared_task(name="companies.find_duplicates")
def find_duplicates() -> None:
    """Compare new and changed firms with all others."""
    duplicates.find_duplicates(now=timezone.now())


@shared_task(name="companies.forget_old_drafts")
def forget_old_drafts() -> None:
    drafts.forget_old_drafts(now=timezone.now())


@shared_task(name="companies.ask_registry")
def ask_registry(*, check_id: int) -> None:
    check = RegistryCheck.objects.select_related("company").filter(pk=check_id).first()
    if check is None:
        logger.info("registry check %s is not there", check_id)
        return
    try:
        lookups.answer_check(check=check, clock=timezone.now)
    except StateChanged:
        logger.info("registry check %s is done or in other hands", check_id)


@shared_task(name="companies.sweep_registry_checks")
def sweep_registry_checks() -> None:
    """Ask again what is due: retries, and questions whose message or worker was lost."""
    for check in lookups.due_checks(now=timezone.now()):
        kick(lookups.TASK, check_id=check.pk)


@shared_task(name="companies.tell_of_ending_items")
def tell_of_ending_items() -> None:
    items.tell_of_ending_items(now=timezone.now())


@shared_task(name="companies.look_after_terms")
def look_after_terms() -> None:
    """What ends: certificates, verifications, documents, links, requests nobody answers,
    files of imports."""
    now = timezone.now()
    renewal.remind_of_renewals(now=now)
    membership.hand_on_join_requests(now=now)
    claiming.forget_old_links(now=now)
    certificates.remind_of_certificates(now=now)
    certificates.tell_expired_certificates(now=now)
    proofs.erase_old_proofs(now=now)
    imports.forget_old_imports(now=now)


@shared_task(name="companies.sweep_search")
def sweep_search() -> None:
    """Renew what a day has made untrue in the directory's search."""
    search.refresh_stale(today=timezone.localdate())


@shared_task(name="companies.sweep_closed")
def sweep_closed() -> None:
    closing.erase_closed(now=timezone.now())


@shared_task(name="companies.write_announcements")
def write_announcements() -> None:
    """Each minute, and when one is sent: write what is still to be written."""
    announcements.write_announcements(now=timezone.now())
