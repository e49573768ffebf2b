"""A machine's translation of an item, asked for by a person and labelled until one has looked."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common import audit
from common.errors import RuleViolated
from companies import translation
from companies.models import Item
from companies.signals import item_changed

FIELDS: Final = ("title", "text")
TITLE_LENGTH: Final = 200
TEXT_LENGTH: Final = 5000


def translate_item(*, item: Item, into: str, actor: Any, now: datetime) -> Item:
    """Fill what is empty, or a machine's, of title and text in the language `into`.

    The words are sent to the translation service, outside of any transaction, only by this call.
    Raises RuleViolated when there is nothing to fill, and TranslationFailed; nothing is changed
    then.
    """
    source = item.language
    wanted = [
        field
        for field in FIELDS
        if getattr(item, f"{field}_{source}")
        and (not getattr(item, f"{field}_{into}") or f"{field}_{into}" in item.machine_made)
    ]
    if into == source or not wanted:
        raise RuleViolated(_("Title and description are written in this language already."))
    words = [getattr(item, f"{field}_{source}") for field in wanted]
    found = translation.translate(words, source=source, target=into)
    limits = {"title": TITLE_LENGTH, "text": TEXT_LENGTH}
    changes: dict[str, Any] = {
        f"{field}_{into}": text[: limits[field]] for field, text in zip(wanted, found, strict=True)
    }
    changes["machine_made"] = sorted({*item.machine_made, *changes})
    with transaction.atomic():
        for name, value in changes.items():
            setattr(item, name, value)
        item.save(update_fields=[*changes, "updated_at"])
        audit.record(f"{item._meta.model_name}.translated", item, actor=actor, now=now, into=into)
        item_changed.send(sender=type(item), item_id=item.pk, now=now)
    return item


def confirm_translation(*, item: Item, actor: Any, now: datetime) -> Item:
    """A person has read the machine's words and stands by them: the label goes."""
    with transaction.atomic():
        item.machine_made = []
        item.save(update_fields=["machine_made", "updated_at"])
        audit.record(f"{item._meta.model_name}.translation_confirmed", item, actor=actor, now=now)
    return item
