"""Rows and groups of rows of the comparison."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from matching.glossing import Segment

#: From this value of a criterion on the sides are called equal, from the second one close.
EQUAL: Final = 0.85
CLOSE: Final = 0.4
#: In place of a criterion's value: the row is not marked.
NO_MARK: Final = object()


@dataclass(frozen=True, slots=True)
class Row:
    """One aspect of both sides. `mark` is =, ≈, ≠ or ?; texts may carry glosses.

    `is_required`: the buyer excludes who does not meet it. `note`: said below the label.
    `is_of_need_only`: there is no such fact of an offering. `href_…`: where the text leads.
    """

    label: str
    need: list[Segment]
    offering: list[Segment]
    mark: str = ""
    is_required: bool = False
    is_of_need_only: bool = False
    note: str = ""
    need_language: str = ""
    offering_language: str = ""
    need_href: str = ""
    offering_href: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.need and not self.offering


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind: those that say something, and the labels of those of which nobody does."""

    title: str
    rows: list[Row]
    unsaid: list[str]
    asked_of_need: int
    asked_of_offering: int

    @classmethod
    def of(cls, title: str, rows: Iterable[Row]) -> "Group":
        every = list(rows)
        return cls(
            title=title,
            rows=[each for each in every if not each.is_blank],
            unsaid=[each.label for each in every if each.is_blank],
            asked_of_need=len(every),
            asked_of_offering=sum(not each.is_of_need_only for each in every),
        )

    @property
    def said_by_need(self) -> int:
        return sum(bool(each.need) for each in self.rows)

    @property
    def said_by_offering(self) -> int:
        return sum(bool(each.offering) for each in self.rows)


def mark_of(value: float | None) -> str:
    if value is None:
        return "?"
    return "=" if value >= EQUAL else "≈" if value >= CLOSE else "≠"


def plain(text: str) -> list[Segment]:
    return [Segment(text)] if text else []


def row(
    label: str,
    left: str,
    right: str,
    value: object = NO_MARK,
    *,
    is_required: bool = False,
    note: str = "",
) -> Row:
    """A row of plain texts; with `value` (None: unknown) it is marked, unless both are blank."""
    is_marked = value is not NO_MARK and bool(left or right)
    return Row(
        label,
        plain(left),
        plain(right),
        mark_of(value if isinstance(value, float | int) else None) if is_marked else "",
        is_required=is_required and bool(left),
        note=note,
    )
