"""Many items at once: what `save_item` does for one, in a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from accounts.models import User
from common import audit
from companies.models import Item
from companies.signals import items_changed


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item as it is to stand, which `ready_item` has made ready. `related`: those of its
    many-to-many fields that change."""

    item: Item
    related: Mapping[str, Collection[models.Model]]
    is_new: bool
    is_material: bool


def save_items(
    *, model: type[Item], changes: Sequence[ItemChange], actor: User | None, now: datetime
) -> None:
    """Store offerings, or needs, that are ready: all of them or none.

    Call in a transaction that holds the rows of those that are there. Raises IntegrityError when
    one of them cannot stand beside what is there. Sends `items_changed`.
    """
    if not changes:
        return
    kept = {"id", "company", "created_at"}
    fields = [each.name for each in model._meta.concrete_fields if each.name not in kept]
    with transaction.atomic():
        for change in changes:
            # A set that was taken back before has left them as if they were stored.
            change.item._state.adding = change.is_new
        model._default_manager.bulk_create(
            [change.item for change in changes],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=fields,
        )
        for name in sorted({name for change in changes for name in change.related}):
            _relate(model, name, [change for change in changes if name in change.related])
        noun = model._meta.model_name
        audit.record_all(
            [(f"{noun}.{'created' if each.is_new else 'edited'}", each.item) for each in changes],
            actor=actor,
            now=now,
        )
        moved = {each.item.pk: each.item.company_id for each in changes if each.is_material}
        if moved:
            items_changed.send(sender=model, companies=moved, now=now)


def _relate(model: type[Item], name: str, changes: Sequence[ItemChange]) -> None:
    """Let the items have just those rows of the many-to-many field."""
    field: Any = model._meta.get_field(name)
    links = field.remote_field.through._default_manager
    own, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    wanted = {(each.item.pk, row.pk) for each in changes for row in each.related[name]}
    there: dict[tuple[UUID, Any], Any] = {}
    if old := [each.item.pk for each in changes if not each.is_new]:
        found = links.filter(**{f"{own}__in": old}).values_list("pk", own, other)
        there = {(item, row): pk for pk, item, row in found}
    if gone := [pk for pair, pk in there.items() if pair not in wanted]:
        links.filter(pk__in=gone).delete()
    missing = sorted(wanted - there.keys(), key=str)
    links.bulk_create(
        [links.model(**{own: item, other: row}) for item, row in missing], ignore_conflicts=True
    )
