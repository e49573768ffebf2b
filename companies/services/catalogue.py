"""The rows of a firm's own list become its offerings or needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from companies.choices import Cooperation, ItemKind
from companies.importing.catalogue import OwnItem, column_of
from companies.importing.journal import STAMP, change_of
from companies.importing.rows import CellFault
from companies.importing.writing import ChunkResult
from companies.models import ImportChange, ImportJob, Item, Need, Offering
from companies.rules import item_faults, said
from companies.services.items import save_item

MODELS: Final[dict[str, type[Item]]] = {ItemKind.OFFERING: Offering, ItemKind.NEED: Need}
RELATED: Final = ("concepts", "certifications")


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A row that would change something. `before`: None for a new article, else {field: old
    value} of what the row says otherwise, ids for many-to-many fields. `faults`: the rules that
    the article would break."""

    row: OwnItem
    item: Item
    before: dict[str, Any] | None
    faults: list[CellFault]


def plan_own_items(*, job: ImportJob, rows: Sequence[OwnItem]) -> list[PlannedItem]:
    """What the rows would make new or change; the items are changed in memory alone.

    An article that the firm has is changed where the row says something else; blanks erase
    nothing."""
    model = MODELS[job.item_kind]
    codes = [row.source_id for row in rows]
    found = model._default_manager.filter(company=job.company_id, source_id__in=codes)
    there = {item.source_id: item for item in found.prefetch_related(*RELATED)}
    planned = []
    for row in rows:
        item = there.get(row.source_id)
        before = _fill(item, row) if item else None
        if item is None:
            item = _new(model, job, row)
        if before != {}:
            planned.append(PlannedItem(row, item, before, _faults(job, item, row)))
    return planned


def write_own_items(*, job: ImportJob, rows: Sequence[OwnItem], now: datetime) -> ChunkResult:
    """Bring the rows in. Call in a transaction; idempotent."""
    changes: list[ImportChange] = []
    created = updated = 0
    for planned in plan_own_items(job=job, rows=rows):
        item, before = planned.item, planned.before
        is_new = before is None
        created += is_new
        updated += not is_new
        related = {
            name: list(item._meta.get_field(name).related_model.objects.filter(pk__in=ids))  # type: ignore[union-attr]
            for name, ids in planned.row.related.items()
        }
        labels = item.machine_made
        save_item(item=item, related=related, actor=job.requested_by, now=now)
        if before is not None and item.machine_made != labels:
            before = before | {"machine_made": labels}
        after = {} if before is None else planned.row.related
        changes.append(
            change_of(item, before, related={name: sorted(ids) for name, ids in after.items()})
        )
    unchanged = len(rows) - created - updated
    return ChunkResult(
        created=created, updated=updated, unchanged=unchanged, items=created, changes=changes
    )


def _faults(job: ImportJob, item: Item, row: OwnItem) -> list[CellFault]:
    columns = {int(position): code for position, code in job.columns.items()}
    broken = item_faults(said(item, row.related), country=job.country)
    return [
        CellFault(column_of(name, columns, job.header), code, "") for name, code in broken.items()
    ]


def _new(model: type[Item], job: ImportJob, row: OwnItem) -> Item:
    return model(
        company=job.company,
        source_id=row.source_id,
        cooperation=[Cooperation.SUPPLY],
        **row.values,
    )


def _fill(item: Item, row: OwnItem) -> dict[str, Any]:
    """Set what the row says. Returns {field: old value}, with the stamp, when anything changes."""
    before: dict[str, Any] = {}
    for name, value in row.values.items():
        if (old := getattr(item, name)) != value:
            before[name] = old
            setattr(item, name, value)
    for name, ids in row.related.items():
        held = sorted(each.pk for each in getattr(item, name).all())
        if held != sorted(set(ids)):
            before[name] = held
    return before | {STAMP: item.updated_at, "state": item.state} if before else {}
