"""The rows of a firm's own list become its offerings or needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from companies.choices import Cooperation, ItemKind
from companies.importing.catalogue import OwnItem
from companies.importing.writing import ChunkResult
from companies.models import ImportJob, Item, Need, Offering
from companies.services.items import save_item

MODELS: Final[dict[str, type[Item]]] = {ItemKind.OFFERING: Offering, ItemKind.NEED: Need}


def write_own_items(*, job: ImportJob, rows: Sequence[OwnItem], now: datetime) -> ChunkResult:
    """Bring the rows in: an article that the firm has is changed where the row says something
    else, blanks erase nothing, and others are new. Call in a transaction; idempotent."""
    model = MODELS[job.item_kind]
    codes = [row.source_id for row in rows]
    there = {
        item.source_id: item
        for item in model._default_manager.filter(company=job.company, source_id__in=codes)
    }
    created = updated = 0
    for row in rows:
        item = there.get(row.source_id)
        if item is None:
            item = _new(model, job, row)
            created += 1
        elif _fill(item, row):
            updated += 1
        else:
            continue
        related = {
            name: list(item._meta.get_field(name).related_model.objects.filter(pk__in=ids))  # type: ignore[union-attr]
            for name, ids in row.related.items()
        }
        save_item(item=item, related=related, actor=job.requested_by, now=now)
    unchanged = len(rows) - created - updated
    return ChunkResult(created=created, updated=updated, unchanged=unchanged, items=created)


def _new(model: type[Item], job: ImportJob, row: OwnItem) -> Item:
    company: Any = job.company
    native = company.native_language
    languages = (native, *(name[-2:] for name in row.values if name.startswith("title_")))
    filled = next(code for code in languages if row.values.get(f"title_{code}"))
    return model(
        company=company,
        source_id=row.source_id,
        language=filled,
        cooperation=[Cooperation.SUPPLY],
        **row.values,
    )


def _fill(item: Item, row: OwnItem) -> bool:
    """Set what the row says. Returns whether anything changed."""
    is_changed = False
    for name, value in row.values.items():
        if getattr(item, name) != value:
            setattr(item, name, value)
            is_changed = True
    for name, ids in row.related.items():
        held = set(getattr(item, name).values_list("pk", flat=True))
        is_changed = is_changed or held != set(ids)
    return is_changed
