"""Imported firms → rows of the database, a chunk at a time, in a handful of statements."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from companies import tagging
from companies.choices import CompanySource, CompanyState, ItemState
from companies.importing.journal import change_of
from companies.importing.planning import (
    ACCOUNT_ID,
    FIELDS,
    Changed,
    ItemPlan,
    plan_firms,
    plan_items,
    text_of,
)
from companies.importing.rows import ImportedCompany
from companies.models import Company, ImportChange, Item, Need
from companies.names import fold
from taxonomy.models import Concept

# The account that the association runs for enquiries it collects: its verification does not lapse
# within the life of a list.
ASSOCIATION_ACCOUNT_YEARS: Final = 20
MAX_SECTORS: Final = 2
# One import writes at a time: two lists that name the same firm do not make it twice.
WRITING_LOCK: Final = 4_083_001
# A new item and the ids of its concepts.
Tagged = tuple[Item, list[int]]


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """`firms`: which firm each line of the list means."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    items: int = 0
    changes: list[ImportChange] = field(default_factory=list)
    firms: dict[int, Company] = field(default_factory=dict)

    def __add__(self, other: "ChunkResult") -> "ChunkResult":
        return ChunkResult(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.items + other.items,
            self.changes + other.changes,
            self.firms | other.firms,
        )


def hold_writing_lock() -> None:
    """Until the end of this transaction nobody else brings firms in, or takes them back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITING_LOCK])


def write_chunk(firms: Sequence[ImportedCompany], *, now: datetime) -> ChunkResult:
    """Bring the firms of a chunk in: new, changed, or found unchanged. Call in a transaction.

    Raises IntegrityError when a person registers one of the firms at the same moment. Idempotent.
    """
    hold_writing_lock()
    enquiries = [firm for firm in firms if not firm.values]
    listed = [firm for firm in firms if firm.values]
    result = ChunkResult()
    if enquiries:
        result += _write_enquiries(enquiries, now=now)
    if listed:
        result += _write_firms(listed, now=now)
    return result


def _write_enquiries(enquiries: Sequence[ImportedCompany], *, now: datetime) -> ChunkResult:
    account, is_new = _association_account(enquiries[0], now=now)
    wanted = [(account, enquiry.language, item) for enquiry in enquiries for item in enquiry.needs]
    items: list[ItemPlan] = [plan_items(Need, wanted, now=now)]
    new, changes = _write_items(items, now=now)
    if is_new:
        changes.insert(0, change_of(account, None))
    return ChunkResult(
        items=len(new), unchanged=len(enquiries) - len(new), created=len(new), changes=changes
    )


def _write_firms(firms: Sequence[ImportedCompany], *, now: datetime) -> ChunkResult:
    plan = plan_firms(firms, now=now)
    Company.objects.bulk_create(plan.created)
    columns = [name.removesuffix("_id") for name in FIELDS]
    updated = [company for company, _before in plan.updated]
    Company.objects.bulk_update(updated, [*columns, "name_key", "updated_at"])
    changes = [change_of(company, None) for company in plan.created]
    changes += [change_of(company, before) for company, before in plan.updated]
    new, of_items = _write_items(plan.items, now=now)
    _set_sectors(plan.created, new)
    return ChunkResult(
        created=len(plan.created),
        updated=len(updated),
        unchanged=plan.unchanged,
        items=len(new),
        changes=changes + of_items,
        firms=plan.firms,
    )


def _write_items(
    plans: Iterable[ItemPlan], *, now: datetime
) -> tuple[list[Tagged], list[ImportChange]]:
    """Returns the new items with their concepts, and the journal's lines."""
    tagged: list[Tagged] = []
    changes: list[ImportChange] = []
    for plan in plans:
        manager = plan.model._default_manager
        manager.bulk_create(plan.new, batch_size=1000)
        changes += [change_of(item, None) for item in plan.new]
        fields = ["state", "updated_at", "text_ko", "text_ja", "text_en"]
        manager.bulk_update([item for item, _before in plan.changed], fields, batch_size=1000)
        gone = [item.pk for item, _before in plan.gone]
        manager.filter(pk__in=gone).update(state=ItemState.CLOSED, updated_at=now)
        altered: list[Changed] = [*plan.changed, *plan.gone]
        changes += [change_of(item, before) for item, before in altered]
        tagged += _tag(plan.model, plan.new)
    return tagged, changes


def _tag(model: type[Item], items: Sequence[Item]) -> list[Tagged]:
    if not items:
        return []
    through: Any = model.concepts.through
    name = f"{model._meta.model_name}_id"
    tags = tagging.tag([f"{text_of(item, 'title')}\n{text_of(item, 'text')}" for item in items])
    through._default_manager.bulk_create(
        [
            through(**{name: item.pk, "concept_id": concept})
            for item, concepts in zip(items, tags, strict=True)
            for concept in concepts
        ],
        batch_size=2000,
    )
    return list(zip(items, tags, strict=True))


def _set_sectors(companies: Sequence[Company], tagged: Iterable[Tagged]) -> None:
    """A listed firm's sectors are those its items speak of most."""
    concepts = Concept.objects.filter(sector__isnull=False)
    sector_of = dict(concepts.values_list("pk", "sector_id"))
    votes: dict[UUID, Counter[int]] = {company.pk: Counter() for company in companies}
    for item, concept_ids in tagged:
        if item.company_id in votes:
            votes[item.company_id].update(
                sector_of[concept] for concept in concept_ids if concept in sector_of
            )
    through = Company.sectors.through
    through._default_manager.bulk_create(
        [
            through(company_id=company_id, sector_id=sector_id)
            for company_id, counts in votes.items()
            for sector_id, _count in counts.most_common(MAX_SECTORS)
        ]
    )


def _association_account(enquiry: ImportedCompany, *, now: datetime) -> tuple[Company, bool]:
    """The one account under which a list's enquiries stand, verified by the association itself,
    and whether it is new."""
    return Company.objects.get_or_create(
        source_list=enquiry.source_list,
        source_id=ACCOUNT_ID,
        defaults={
            "country": enquiry.country,
            "source": CompanySource.ASSOCIATION,
            "state": CompanyState.VERIFIED,
            "name_ko": "일본 바이어 문의 (협회 운영 계정)",
            "name_ja": "日本バイヤー引合（協会運営アカウント）",
            "name_en": "Enquiries of Japanese buyers (run by the association)",
            "name_key": fold("日本バイヤー引合（協会運営アカウント）"),
            "introductions_per_month": 100,
            "verified_at": now,
            "verified_until": now + timedelta(days=365 * ASSOCIATION_ACCOUNT_YEARS),
            "created_at": now,
        },
    )
