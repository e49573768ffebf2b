"""Guarded state changes: one UPDATE that names the old state, and exactly one row or an error."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.errors import StateChanged

M = TypeVar("M", bound=models.Model)


def move(
    instance: M,
    *,
    to: str,
    allowed: Mapping[str, Iterable[str]],
    field: str = "state",
    guard: models.Q | None = None,
    **changes: Any,
) -> M:
    """Move `instance` from its present state to `to`, writing `changes` in the same UPDATE.

    `allowed` is the model's transition table {from: (to, …)}. Raises StateChanged when the table
    forbids the step or when another process moved the row first; `guard` names what else must
    still hold in that UPDATE. Updates `instance` in memory.
    """
    old = getattr(instance, field)
    if to not in allowed.get(old, ()):
        raise StateChanged(_("This has changed in the meantime."), state=old, wanted=to)
    changed = (
        type(instance)
        ._default_manager.filter(guard or models.Q(), pk=instance.pk, **{field: old})
        .update(**{field: to}, **changes)
    )
    if changed != 1:
        raise StateChanged(_("This has changed in the meantime."), state=old, wanted=to)
    setattr(instance, field, to)
    for name, value in changes.items():
        setattr(instance, name, value)
    return instance
