"""What other records hold a row in place, so that an import that brought it is not taken back.

By default every record that points to a row holds it. A higher layer that knows better of its own
records says so here.
"""

from collections.abc import Callable, Collection
from typing import Any, Final
from uuid import UUID

from django.db.models.expressions import RawSQL

# (field that points to the rows, their ids, whether to lock) → the ids of rows that are held.
Judge = Callable[[str, Collection[UUID], bool], set[UUID]]

_judges: Final[dict[str, Judge]] = {}


def use_judge(label: str, judge: Judge) -> None:
    """`label`: the model whose records are judged, such as "matching.match". Called when the
    applications are ready."""
    _judges[label] = judge


def holds_nothing(field: str, ids: Collection[UUID], is_final: bool) -> set[UUID]:
    """Records that follow their row: they go with it."""
    return set()


def among(ids: Collection[UUID]) -> RawSQL:
    """For `__in`: thousands of ids as one parameter."""
    return RawSQL("SELECT unnest(%s::uuid[])", [list(ids)])


def held_by(model: Any, field: str, ids: Collection[UUID], *, is_final: bool) -> set[UUID]:
    """Which of the rows `ids` are held by records of `model` through `field`; with `is_final`
    those records stay as they are until the transaction ends."""
    if judge := _judges.get(model._meta.label_lower):
        return judge(field, ids, is_final)
    found = model._base_manager.filter(**{f"{field}__in": among(ids)})
    return set(found.values_list(f"{field}_id", flat=True))
