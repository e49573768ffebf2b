"""How many matches an item has. A higher layer knows, and plugs it in here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """Of what the firm has been told: waiting for answers, and introduced."""

    open: int = 0
    introduced: int = 0


Counter = Callable[[Collection[UUID]], dict[UUID, MatchCounts]]

_counter: Counter | None = None


def use_counter(counter: Counter) -> None:
    """Called once by the layer that owns the matches, when the applications are ready."""
    global _counter
    _counter = counter


def matches_of(item_ids: Collection[UUID]) -> dict[UUID, MatchCounts]:
    """{item id: counts}; items without matches are absent. One query for each kind of item."""
    if _counter is None:
        raise RuntimeError("No counter is plugged in: see matching.apps")
    return _counter(item_ids)
