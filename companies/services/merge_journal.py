"""What a merge changes, noted row by row, so that it can be put back exactly."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import models

M = TypeVar("M", bound=models.Model)
# Written by whoever saves a row: that it moved on says nothing about what was changed.
UNTOLD: Final = frozenset({"updated_at"})


class Journal:
    """Writes rows and notes what they held: [{row: "app.model", pk, before, after}], in order.

    `before` None: the row was added; `after` None: it was removed. Both hold the columns that
    changed; `before` of a removed row holds all of them.
    """

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        # What comes along without being written: {(model, what): how many}, for the preview.
        self.told: Counter[tuple[str, str]] = Counter()

    def update(self, rows: "models.QuerySet[M]", **values: Any) -> int:
        """`rows.update(**values)`; return how many rows."""
        files = [field.name for field in rows.model._meta.concrete_fields if _is_file(field)]
        found = list(rows.select_for_update(of=("self",)).defer(*files).order_by("pk"))
        for row in found:
            with self.watching(row):
                type(row)._base_manager.filter(pk=row.pk).update(**values)
        return len(found)

    def delete(self, rows: "models.QuerySet[M]") -> int:
        found = list(rows.order_by("pk"))
        for row in found:
            self._note(row, before=_columns(row), after=None)
            row.delete()
        return len(found)

    def add(self, row: models.Model) -> None:
        row.save(force_insert=True)
        self._note(row, before=None, after=_columns(row))

    @contextmanager
    def watching(self, row: models.Model) -> Iterator[None]:
        """Note what the block writes to the row, through whatever service."""
        before = _stored(type(row), [row.pk])[_plain(row.pk)]
        yield
        after = _stored(type(row), [row.pk])[_plain(row.pk)]
        changed = [name for name in before if before[name] != after[name]]
        if changed:
            self._note(
                row,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )

    def _note(self, row: models.Model, *, before: Any, after: Any) -> None:
        self.changes.append(
            {"row": row._meta.label_lower, "pk": _plain(row.pk), "before": before, "after": after}
        )


def put_back(changes: list[dict[str, Any]]) -> None:
    """Undo the changes, the last one first; call when `moved_on` names none of them."""
    for change in reversed(changes):
        model = apps.get_model(change["row"])
        rows = model._base_manager.filter(pk=change["pk"])
        if change["before"] is None:
            rows.delete()
        elif change["after"] is None:
            model(**_values(model, change["before"])).save_base(raw=True, force_insert=True)
        else:
            rows.update(**_values(model, change["before"]))


def moved_on(changes: list[dict[str, Any]]) -> Counter[str]:
    """{model: how many of the changed rows are no longer as the changes left them}."""
    last: dict[tuple[str, Any], dict[str, Any] | None] = {}
    for change in changes:
        key = (change["row"], change["pk"])
        if change["after"] is None:
            last[key] = None
        else:
            last[key] = {**(last.get(key) or {}), **change["after"]}
    found: Counter[str] = Counter()
    for label in {label for label, _pk in last}:
        model = apps.get_model(label)
        wanted = {pk: after for (of, pk), after in last.items() if of == label}
        present = _stored(model, wanted)
        for pk, after in wanted.items():
            row = present.get(pk)
            if after is None or row is None:
                stands = row is None and after is None
            else:
                stands = all(
                    row[name] == value for name, value in after.items() if name not in UNTOLD
                )
            found[label] += not stands
    return +found


def _stored(model: type[models.Model], keys: Iterable[Any]) -> dict[Any, dict[str, Any]]:
    """{key: the row's columns as JSON keeps them}; files, which no merge writes, are left out."""
    names = [field.attname for field in model._meta.concrete_fields if not _is_file(field)]
    rows = model._base_manager.filter(pk__in=list(keys)).values("pk", *names)
    return {_plain(row["pk"]): {name: _plain(row[name]) for name in names} for row in rows}


def _columns(row: models.Model) -> dict[str, Any]:
    return _stored(type(row), [row.pk])[_plain(row.pk)]


def _is_file(field: "models.Field[Any, Any]") -> bool:
    return isinstance(field, models.BinaryField)


def _values(model: type[models.Model], columns: dict[str, Any]) -> dict[str, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in columns.items()}


def _plain(value: Any) -> Any:
    """As JSON keeps it without losing anything."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value
