"""What was built on the rows of an import, and therefore stays when it is taken back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from companies.built_on import among, held_by
from companies.choices import CompanySource, CompanyState, ImportedKind, KeptReason
from companies.importing.journal import MODEL_OF, STAMP, as_json
from companies.models import (
    Company,
    Duplicate,
    ImportChange,
    ImportJob,
    Item,
    Need,
    Offering,
    SearchEntry,
)

# Each kind's own rows, and what is a copy of them.
FOLLOWING: Final = (Offering, Need, SearchEntry, Duplicate)
ITEMS: Final = (ImportedKind.OFFERING, ImportedKind.NEED)
REASONS: Final = {
    "companies.joinrequest": KeptReason.ASKED,
    "companies.domainproof": KeptReason.ASKED,
    "companies.membership": KeptReason.CLAIMED,
    "matching.match": KeptReason.MATCHED,
}


@dataclass(slots=True)
class Undo:
    """All that an import did to one row. `row` is None when it is there no more."""

    kind: str
    object_id: UUID
    company_id: UUID
    lines: list[int] = field(default_factory=list)
    is_new: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    last: int = 0
    row: Any = None
    kept: str = ""


def undos_of(changes: Iterable[ImportChange]) -> list[Undo]:
    """Several changes of one row are one: the oldest `before`, the newest `after`."""
    found: dict[tuple[str, UUID], Undo] = {}
    for change in sorted(changes, key=lambda each: each.pk):
        key = (change.kind, change.object_id)
        undo = found.setdefault(key, Undo(change.kind, change.object_id, change.company_id))
        undo.lines.append(change.pk)
        undo.is_new = undo.is_new or change.before is None
        undo.before = (change.before or {}) | undo.before
        undo.after |= change.after
        undo.last = change.pk
    return list(found.values())


def judge(job: ImportJob, undos: Sequence[Undo], *, is_final: bool) -> None:
    """Fill in each row, and why it is kept. With `is_final` the rows are locked: what is found
    holds until the transaction ends."""
    companies = _rows(Company, {undo.company_id for undo in undos}, is_final)
    for kind in ITEMS:
        _fetch(undos, kind, _rows(MODEL_OF[kind], _ids(undos, kind), is_final))
    _fetch(undos, ImportedKind.COMPANY, companies)
    later = _changed_later(job, undos)
    for undo in undos:
        if undo.row is None:
            continue
        company = companies.get(undo.company_id)
        if not job.company_id and company is not None and _is_claimed(company):
            undo.kept = KeptReason.CLAIMED
        elif later.get(undo.object_id, 0) > undo.last:
            undo.kept = KeptReason.LATER
        elif _is_edited(undo):
            undo.kept = KeptReason.EDITED
    for code, model in MODEL_OF.items():
        _judge_used(model, [u for u in undos if u.kind == code and u.is_new and u.row], is_final)
    _judge_firms(undos)


def _rows(model: Any, ids: Collection[UUID], is_final: bool) -> dict[UUID, Any]:
    rows = model.objects.filter(pk__in=among(ids)).order_by("pk")
    return {row.pk: row for row in (rows.select_for_update() if is_final else rows)}


def _ids(undos: Iterable[Undo], kind: str) -> set[UUID]:
    return {undo.object_id for undo in undos if undo.kind == kind}


def _fetch(undos: Iterable[Undo], kind: str, rows: dict[UUID, Any]) -> None:
    for undo in undos:
        if undo.kind == kind:
            undo.row = rows.get(undo.object_id)


def _is_claimed(company: Company) -> bool:
    is_listed = company.source == CompanySource.IMPORT
    return is_listed and company.state != CompanyState.UNCLAIMED


def _changed_later(job: ImportJob, undos: Sequence[Undo]) -> dict[UUID, int]:
    """{row: the latest line that another import has in the journal for it}."""
    others = ImportChange.objects.filter(
        object_id__in=among({undo.object_id for undo in undos}),
        pk__gt=min((undo.last for undo in undos), default=0),
        reverted_at=None,
    ).exclude(job=job)
    found: dict[UUID, int] = {}
    for object_id, pk in others.order_by("pk").values_list("object_id", "pk"):
        found[object_id] = pk
    return found


def _is_edited(undo: Undo) -> bool:
    if undo.is_new:
        return bool(as_json(getattr(undo.row, STAMP)) != undo.after[STAMP])
    return any(
        value_of(undo.row, name) != undo.after.get(name) for name in undo.before if name != STAMP
    )


def value_of(row: Company | Item, name: str) -> Any:
    """A field's present value as the journal keeps it: ids for a many-to-many field."""
    if row._meta.get_field(name).many_to_many:
        return sorted(getattr(row, name).values_list("pk", flat=True))
    return as_json(getattr(row, name))


def _judge_used(model: type[Model], undos: Sequence[Undo], is_final: bool) -> None:
    """Records that point to a row which the import made hold it in place."""
    by_id = {undo.object_id: undo for undo in undos if not undo.kept}
    for other, name in _pointing_to(model):
        if not by_id:
            return
        for pk in held_by(other, name, by_id, is_final=is_final):
            by_id.pop(pk).kept = REASONS.get(other._meta.label_lower, KeptReason.USED)


def _pointing_to(model: type[Model]) -> Iterator[tuple[type[Model], str]]:
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or relation.concrete:
            continue
        other: Any = relation.related_model
        if other not in FOLLOWING and other._meta.auto_created is not model:
            yield other, relation.field.name  # type: ignore[union-attr]


def _judge_firms(undos: Sequence[Undo]) -> None:
    """A firm that the import made goes with all its items, or stays with all of them."""
    firms = {u.object_id: u for u in undos if u.kind == ImportedKind.COMPANY and u.is_new and u.row}
    ours = {undo.object_id for undo in undos if undo.is_new}
    for model in (Offering, Need):
        theirs = model.objects.filter(company__in=among(firms)).exclude(pk__in=among(ours))
        for company_id in theirs.order_by().values_list("company_id", flat=True).distinct():
            firms[company_id].kept = firms[company_id].kept or KeptReason.USED
    groups: dict[UUID, list[Undo]] = defaultdict(list)
    for undo in undos:
        if undo.company_id in firms:
            groups[undo.company_id].append(undo)
    for group in groups.values():
        if any(undo.kept for undo in group):
            for undo in group:
                undo.kept = undo.kept or KeptReason.TOGETHER
