"""Offerings and needs: saved, closed, reopened."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import StateChanged, refuse
from common.localisation import LANGUAGES
from common.transitions import move
from companies.choices import CompanyState, ItemState
from companies.mails import write_items_ending
from companies.models import Company, Item, Need, Offering
from companies.rules import FAULTS, item_faults, said
from companies.signals import item_changed, item_closed

ITEM_TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    ItemState.DRAFT: (ItemState.OPEN, ItemState.CLOSED),
    ItemState.OPEN: (ItemState.CLOSED,),
    ItemState.CLOSED: (ItemState.OPEN,),
}

# An item that is still current is renewed for so many months; its firm is told so long before.
VALID_MONTHS: Final = 12
TOLD_BEFORE: Final = timedelta(days=14)


def ready_item(
    *,
    item: Item,
    related: Mapping[str, Iterable[models.Model]],
    is_material: bool = True,
    now: datetime,
) -> None:
    """Judge the item as `save_item` does, and set what follows from its new values; nothing is
    written."""
    is_new = item._state.adding
    refuse(item_faults(said(item, related), country=item.company.country), FAULTS)
    if not getattr(item, f"title_{item.language}", ""):
        languages = (item.company.native_language, *LANGUAGES)
        item.language = next(each for each in languages if getattr(item, f"title_{each}"))
    if not is_new and item.machine_made:
        item.machine_made = _still_machine_made(item)
    if is_new:
        item.created_at = now
    if is_new or is_material:
        item.material_at = now


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
    matters for matching changed, so that a pair declined before may be proposed again. A machine's
    words that somebody has written over are labelled as such no longer, and the language is one
    that has a title: if need be the firm's own, or the first there is.
    Raises RuleViolated for what `item_faults` finds. Sends `item_changed`.
    """
    is_new = item._state.adding
    ready_item(item=item, related=related, is_material=is_material, now=now)
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


def _still_machine_made(item: Item) -> list[str]:
    """What is empty is nobody's words."""
    stored = type(item)._default_manager.filter(pk=item.pk).values(*item.machine_made).get()
    return [name for name, words in stored.items() if words and getattr(item, name) == words]


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


def a_year_from(today: date) -> date:
    """The last valid day of what is written or renewed today."""
    years, month = divmod(today.month - 1 + VALID_MONTHS, 12)
    first = date(today.year + years, month + 1, 1)
    # The 29th of February has no day like it in the next year: the 28th.
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=today.day - 1), last)


def renew_item(*, item: Item, actor: User, now: datetime) -> Item:
    """Say that an open item is still current: it is valid for another 12 months from today.

    One that was past its last day takes part in the matching again. Raises StateChanged when it
    was closed.
    """
    today = timezone.localdate(now)
    was_over = item.valid_until is not None and item.valid_until < today
    until = a_year_from(today)
    with transaction.atomic():
        changed = type(item)._default_manager.filter(pk=item.pk, state=ItemState.OPEN)
        if not changed.update(valid_until=until, updated_at=now):
            raise StateChanged(_("This has been closed in the meantime. Open it again first."))
        item.valid_until = until
        audit.record(
            f"{item._meta.model_name}.renewed", item, actor=actor, now=now, until=until.isoformat()
        )
        if was_over:
            item_changed.send(sender=type(item), item_id=item.pk, now=now)
    return item


def tell_of_ending_items(*, now: datetime) -> int:
    """Write to each firm once about its open items whose last valid day comes within 14 days.

    An item whose last day was moved is told of again before the new one. Returns how many firms.
    """
    today = timezone.localdate(now)
    ending: dict[Any, list[Item]] = {}
    for model in (Offering, Need):
        found = model.objects.filter(
            state=ItemState.OPEN,
            valid_until__gte=today,
            valid_until__lte=today + TOLD_BEFORE,
            company__state=CompanyState.VERIFIED,
        ).exclude(told_until=models.F("valid_until"))
        for item in found.order_by("valid_until", "pk"):
            ending.setdefault(item.company_id, []).append(item)
    companies = Company.objects.in_bulk(ending)
    for company_id, items in ending.items():
        with transaction.atomic():
            for item in items:
                type(item)._default_manager.filter(pk=item.pk).update(told_until=item.valid_until)
            write_items_ending(companies[company_id], items=items, now=now)
    return len(ending)
