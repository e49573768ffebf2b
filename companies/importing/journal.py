"""What an import changes, row by row, in a form that can be taken back and shown beforehand."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from companies.choices import ImportedKind
from companies.models import Company, ImportChange, ImportJob, Item, Need, Offering

LABEL_LENGTH: Final = 200
KIND_OF: Final[dict[type[Any], str]] = {
    Company: ImportedKind.COMPANY,
    Offering: ImportedKind.OFFERING,
    Need: ImportedKind.NEED,
}
MODEL_OF: Final[dict[str, type[Any]]] = {kind: model for model, kind in KIND_OF.items()}
# Says whether anybody has written to the row since.
STAMP: Final = "updated_at"


def as_json(value: Any) -> Any:
    """A field's value as the journal keeps it; the same for the same value."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def change_of(
    row: Company | Item,
    before: Mapping[str, Any] | None,
    *,
    related: Mapping[str, Any] | None = None,
) -> ImportChange:
    """The journal's line of a row as it is now written; `before`: {field: old value} of what was
    changed with the old stamp, None when the row is new. `related`: {many-to-many field: ids}."""
    names = [STAMP, *(name for name in before or () if name != STAMP)]
    after = {name: as_json(getattr(row, name)) for name in names if name not in (related or {})}
    is_firm = isinstance(row, Company)
    label = row.native_name if isinstance(row, Company) else title_of(row)
    return ImportChange(
        company_id=row.pk if is_firm else row.company_id,  # type: ignore[union-attr]
        kind=KIND_OF[type(row)],
        object_id=row.pk,
        label=label[:LABEL_LENGTH],
        before=None if before is None else {name: as_json(old) for name, old in before.items()},
        after=after | dict(related or {}),
    )


def title_of(item: Item) -> str:
    """The title in the language in which the item was written."""
    titles = (getattr(item, f"title_{language}") for language in (item.language, "ko", "ja", "en"))
    return next(filter(None, titles), "")


def write_journal(job: ImportJob, changes: list[ImportChange]) -> None:
    for change in changes:
        change.job = job
    ImportChange.objects.bulk_create(changes, batch_size=2000)
