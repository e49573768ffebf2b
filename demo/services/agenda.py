"""A calendar of things to happen, played in order of time."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from django.utils import timezone

Act = Callable[[datetime], None]

OPENS: Final = 9
OFFICE_MINUTES: Final = 9 * 60
SATURDAY: Final = 5


class Agenda:
    """Acts with their times. An act gets its time as `now` and may put further ones in.

    Acts at or after `end` have not happened yet and are dropped. Same time: first come, first
    played, so that the order is always the same.
    """

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._acts: list[tuple[datetime, int, Act]] = []
        self._serial = count()

    def at(self, moment: datetime, act: Act) -> None:
        if moment < self.end:
            heapq.heappush(self._acts, (moment, next(self._serial), act))

    def play(self) -> None:
        while self._acts:
            moment, _serial, act = heapq.heappop(self._acts)
            act(moment)


def office_hour(moment: datetime, days: float, rng: Random) -> datetime:
    """A random minute between 9 and 18 o'clock (KST/JST) of the working day `days` after `moment`,
    and never before `moment` itself."""
    day = timezone.localtime(moment + timedelta(days=days))
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    opening = day.replace(hour=OPENS, minute=0, second=rng.randrange(60), microsecond=0)
    wanted = opening + timedelta(minutes=rng.randrange(OFFICE_MINUTES))
    return wanted if wanted > moment else moment + timedelta(minutes=rng.randint(5, 50))
