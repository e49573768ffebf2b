"""What was counted stays until the journeys are counted again: nothing else changes it."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, TypeVar

from django.core.cache import cache

from insights.definitions import Source
from insights.models import Counting

Counted = TypeVar("Counted")
# Firms may lapse and matches be erased meanwhile: never longer than this.
KEPT_SECONDS: Final = 600
KEPT: Final = (Source.JOURNEYS, Source.DECISIONS, Source.FIRMS)


def kept(source: str, asked: tuple[Any, ...], count: Callable[[], Counted]) -> Counted:
    """What `count` gives; of the journeys at most as old as their last counting."""
    if source not in KEPT:
        return count()
    counting = Counting.objects.values_list("counted_at", flat=True).first()
    if counting is None:
        return count()
    name = sha256(repr((source, counting, asked)).encode()).hexdigest()
    found = cache.get(f"insights:{name}")
    if found is None:
        found = count()
        cache.set(f"insights:{name}", found, KEPT_SECONDS)
    return found  # type: ignore[no-any-return]
