"""Offerings and needs: saved, closed, reopened."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated
from common.transitions import move
from companies.choices import ItemState
from companies.models import Item
from companies.signals import item_changed, item_closed

ITEM_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    ItemState.DRAFT: (ItemState.OPEN, ItemState.CLOSED),
    ItemState.OPEN: (ItemState.CLOSED,),
    ItemState.CLOSED: (ItemState.OPEN,),
}


def save_item(
    *,
    item: Item,
    related: Mapping[str, Iterable[models.Model]],
    is_material: bool = True,
    actor: User | None,
    now: datetime,
) -> Item:
    """Store an offering or need with its many-to-many fields, whole or not at all.

    `related`: {field: rows}, such as concepts and certifications. `is_material`: a field that
    matters for matching changed, so that a pair declined before may be proposed again.
    Raises RuleViolated without a concept or HS code. Sends `item_changed`.
    """
    is_new = item._state.adding
    concepts = list(related.get("concepts", item.concepts.all() if not is_new else []))
    if not concepts and not item.hs6:
        raise RuleViolated(_("Choose at least one concept or HS code."))
    if is_new:
        item.created_at = now
    if is_new or is_material:
        item.material_at = now
    with transaction.atomic():
        item.save()
        for name, rows in related.items():
            getattr(item, name).set(rows)
        audit.record(
            f"{item._meta.model_name}.{'created' if is_new else 'edited'}",
            item,
            actor=actor,
            now=now,
        )
        if is_new or is_material:
            item_changed.send(sender=type(item), item_id=item.pk, now=now)
    return item


def close_item(*, item: Item, actor: User, now: datetime) -> Item:
    """Take an item out of matching; proposals with it are withdrawn by the listeners."""
    return _move_item(item, ItemState.CLOSED, item_closed, actor=actor, now=now)


def open_item(*, item: Item, actor: User, now: datetime) -> Item:
    return _move_item(item, ItemState.OPEN, item_changed, actor=actor, now=now)


def _move_item(item: Item, to: str, signal: Any, *, actor: User, now: datetime) -> Item:
    with transaction.atomic():
        move(item, to=to, allowed=ITEM_TRANSITIONS)
        audit.record(f"{item._meta.model_name}.{to}", item, actor=actor, now=now)
        signal.send(sender=type(item), item_id=item.pk, now=now)
    return item
