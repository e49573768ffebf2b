"""Writes: loading the data files, and what staff change by hand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from taxonomy.models import Certification, Concept, Currency, Named, Region, Sector, Unit
from taxonomy.reading import ReferenceData, Row, split_list


@dataclass(frozen=True, slots=True)
class LoadResult:
    """How many rows of a table the load wrote anew, changed, left alone, or retired."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    kept_edited: int = 0
    retired: int = 0


@transaction.atomic
def load_reference_data(*, data: ReferenceData) -> dict[str, LoadResult]:
    """Bring the tables in line with the files; rows that staff edited stay as staff left them.

    Idempotent: a second load of the same files changes nothing. Concepts that left the files are
    retired (`is_active` false), never deleted, because items may point to them.
    """
    results = {
        "sectors": _load(Sector, data.tables["sectors"], _sector_fields),
        "currencies": _load(Currency, data.tables["currencies"], _no_more_fields),
        "units": _load(Unit, data.tables["units"], _unit_fields),
        "regions": _load(Region, data.tables["regions"], _region_fields),
    }
    sectors = dict(Sector.objects.values_list("code", "pk"))
    results["certifications"] = _load(
        Certification,
        data.tables["certifications"],
        lambda row: {"sector_id": sectors.get(row["sector"])},
    )
    results["concepts"] = _load_concepts(data.concepts, sectors)
    return results


def _labels(row: Row) -> dict[str, Any]:
    return {"label_ko": row["ko"], "label_ja": row["ja"], "label_en": row["en"]}


def _no_more_fields(row: Row) -> dict[str, Any]:
    return {}


def _sector_fields(row: Row) -> dict[str, Any]:
    return {"position": int(row["position"])}


def _unit_fields(row: Row) -> dict[str, Any]:
    return {"dimension": row["dimension"], "factor": float(row["factor"])}


def _region_fields(row: Row) -> dict[str, Any]:
    return {"country": row["country"]}


def _load(model: type[Named], rows: Sequence[Row], more: Any) -> LoadResult:
    wanted = [(row["code"], _labels(row) | more(row)) for row in rows]
    return _upsert(model, wanted)


def _load_concepts(rows: Sequence[Row], sectors: dict[str, int]) -> LoadResult:
    """Generation by generation, so that a parent is there to be pointed at."""
    ids: dict[str, int] = {}
    results = []
    for generation in _generations(rows):
        wanted = [
            (
                row["code"],
                _labels(row)
                | {
                    "kind": row["kind"],
                    "parent_id": ids.get(row["parent"]),
                    "sector_id": sectors.get(row["sector"]),
                    "synonyms_ko": split_list(row["ko_synonyms"]),
                    "synonyms_ja": split_list(row["ja_synonyms"]),
                    "synonyms_en": split_list(row["en_synonyms"]),
                    "hs6": split_list(row["hs6"]),
                    "is_active": True,
                },
            )
            for row in generation
        ]
        results.append(_upsert(Concept, wanted))
        codes = [row["code"] for row in generation]
        ids |= dict(Concept.objects.filter(code__in=codes).values_list("code", "pk"))
    retired = (
        Concept.objects.filter(edited_at=None, is_active=True)
        .exclude(code__in=ids)
        .update(is_active=False)
    )
    return LoadResult(
        created=sum(result.created for result in results),
        changed=sum(result.changed for result in results),
        unchanged=sum(result.unchanged for result in results),
        kept_edited=sum(result.kept_edited for result in results),
        retired=retired,
    )


def _generations(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The roots, then their children, and so on. Every parent stands before its children."""
    depth: dict[str, int] = {}
    generations: list[list[Row]] = []
    for row in rows:
        depth[row["code"]] = depth.get(row["parent"], -1) + 1
        while len(generations) <= depth[row["code"]]:
            generations.append([])
        generations[depth[row["code"]]].append(row)
    return iter(generations)


def _upsert(model: type[Named], wanted: Iterable[tuple[str, dict[str, Any]]]) -> LoadResult:
    wanted = list(wanted)
    codes = [code for code, _ in wanted]
    present = {row.code: row for row in model._default_manager.filter(code__in=codes)}
    created, changed, unchanged, kept_edited = [], [], 0, 0
    fields: list[str] = []
    for code, values in wanted:
        fields = list(values)
        row = present.get(code)
        if row is None:
            created.append(model(code=code, **values))
        elif row.edited_at is not None:
            kept_edited += 1
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
        else:
            unchanged += 1
    model._default_manager.bulk_create(created, batch_size=2000)
    if changed:
        names = [name.removesuffix("_id") for name in fields]
        model._default_manager.bulk_update(changed, names, batch_size=500)
    return LoadResult(
        created=len(created), changed=len(changed), unchanged=unchanged, kept_edited=kept_edited
    )
