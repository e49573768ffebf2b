"""What writing an import would do, found without writing: the dry run that every check is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import ForeignKey, ManyToManyField

from companies.importing.journal import KIND_OF, MODEL_OF, STAMP, as_json, title_of
from companies.importing.planning import Changed, ItemPlan
from companies.models import Company, ImportJob

SHOWN: Final = 50
LONGEST: Final = 300
# Follows from other fields.
UNTOLD: Final = (STAMP, "name_key")
COUNTS: Final = ("created", "updated", "unchanged", "items", "items_changed", "items_closed")


class Forecast:
    """Counts, and the first changes field by field; `as_json` is kept with the job."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTS, 0)
        self.differences: list[dict[str, Any]] = []

    def add(self, **counts: int) -> None:
        for name, count in counts.items():
            self.counts[name] += count

    def add_items(self, plan: ItemPlan, lines: Mapping[Any, int]) -> None:
        self.add(items=len(plan.new), items_changed=len(plan.changed), items_closed=len(plan.gone))
        for change in (*plan.changed, *plan.gone):
            self.tell(change, line=lines.get(change[0].company_id, 0))

    def tell(self, change: Changed, *, line: int, new: Mapping[str, Any] | None = None) -> None:
        """Keep one of the first changes; `new`: values that the row itself cannot tell."""
        if len(self.differences) >= SHOWN:
            return
        row, before = change
        new = new or {}
        fields = [
            [name, as_json(old), as_json(new[name] if name in new else getattr(row, name))]
            for name, old in before.items()
            if name not in UNTOLD
        ]
        fields = [each for each in fields if each[1] != each[2]]
        label = row.native_name if isinstance(row, Company) else title_of(row)
        kind = KIND_OF[type(row)]
        self.differences.append({"line": line, "kind": kind, "name": label, "fields": fields})

    @property
    def as_json(self) -> dict[str, Any]:
        return {**self.counts, "differences": self.differences}


def told_differences(job: ImportJob) -> list[dict[str, Any]]:
    """The first changes in words: fields by their names, coded values by their labels."""
    kept: Sequence[dict[str, Any]] = job.forecast.get("differences", [])
    labels = _labels(kept)
    return [
        {
            **each,
            "fields": [
                (
                    _field(each["kind"], name).verbose_name,
                    _told(each["kind"], name, old, labels),
                    _told(each["kind"], name, new, labels),
                )
                for name, old, new in each["fields"]
            ],
        }
        for each in kept
    ]


def _field(kind: str, name: str) -> Any:
    return MODEL_OF[kind]._meta.get_field(name)


def _related(kind: str, name: str) -> Any:
    field = _field(kind, name)
    return field.related_model if isinstance(field, ForeignKey | ManyToManyField) else None


def _labels(kept: Sequence[dict[str, Any]]) -> dict[Any, dict[Any, str]]:
    """{model: {id: its label}} of everything that the changes name: one query a model."""
    wanted: dict[Any, set[Any]] = {}
    for each in kept:
        for name, *values in each["fields"]:
            if model := _related(each["kind"], name):
                for value in values:
                    wanted.setdefault(model, set()).update(_ids(value))
    return {
        model: {pk: str(row) for pk, row in model.objects.in_bulk(ids).items()}
        for model, ids in wanted.items()
    }


def _ids(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _told(kind: str, name: str, value: Any, labels: Mapping[Any, Mapping[Any, str]]) -> str:
    if model := _related(kind, name):
        return ", ".join(labels[model].get(pk, str(pk)) for pk in _ids(value))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    choices = dict(_field(kind, name).flatchoices or ())
    return str(choices.get(value, value) if value is not None else "")[:LONGEST]
