"""Which matches a supervisor looks at while tuning: pinned ones, else ten of various kinds."""

from typing import Any, Final

from matching.choices import Direction, MatchState
from matching.models import Match, MatchQuerySet, PinnedMatch
from taxonomy.models import Sector

SHOWN: Final = 10
_DECIDED: Final = (
    MatchState.APPROVED,
    MatchState.INTRODUCED,
    MatchState.REJECTED,
    MatchState.DECLINED,
    MatchState.EXPIRED,
)


def watched_by(user: Any) -> tuple[list[Match], bool]:
    """At most ten matches with their policies and sides, and whether `user` has pinned them.

    Without pins: the best proposal of each sector, the weakest of each direction, and decided ones
    of every state; filled up with the best there are.
    """
    pinned = list(
        PinnedMatch.objects.filter(user=user)
        .order_by("at", "pk")
        .values_list("match_id", flat=True)
    )
    ids = pinned or _various()
    found = Match.objects.with_sides().select_related("run__policy").in_bulk(ids[:SHOWN])
    return [found[pk] for pk in ids[:SHOWN] if pk in found], bool(pinned)


def _various() -> list[Any]:
    waiting = Match.objects.queue()
    best: list[MatchQuerySet] = [
        waiting.filter(need__concepts__sector=sector).order_by("-value", "pk")
        for sector in Sector.objects.all()
    ]
    weakest = [
        waiting.filter(direction=direction).order_by("value", "pk") for direction in Direction
    ]
    decided = [Match.objects.filter(state=state).order_by("-value", "pk") for state in _DECIDED]
    picked = [rows.values_list("pk", flat=True)[:1] for rows in (*best, *weakest, *decided)]
    picked.append(waiting.order_by("-value", "pk").values_list("pk", flat=True)[:SHOWN])
    first, *others = picked
    # A union keeps no order; what was asked for first comes first again by looking it up.
    return list(dict.fromkeys(pk for rows in (first, *others) for pk in rows))
