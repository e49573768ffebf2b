"""Draws that several parts of the generator make."""

import math
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


def weighted(rng: Random, rows: Sequence[T], weights: Sequence[float]) -> T:
    return rng.choices(rows, weights)[0]


def some(rng: Random, options: Sequence[T], most: int) -> tuple[T, ...]:
    """Between one and `most` of the options, in their own order; none when there are none."""
    if not options:
        return ()
    count = rng.randint(1, min(most, len(options)))
    chosen = set(rng.sample(range(len(options)), count))
    return tuple(option for position, option in enumerate(options) if position in chosen)


def log_uniform(rng: Random, low: float, high: float) -> Decimal:
    """Between `low` and `high`, evenly over the magnitudes, as people round: two digits."""
    value = math.exp(rng.uniform(math.log(low), math.log(high)))
    return rounded(value)


def rounded(value: float) -> Decimal:
    """Two significant digits, at least a hundredth."""
    magnitude = 10.0 ** (math.floor(math.log10(value)) - 1)
    return max(Decimal(str(round(round(value / magnitude) * magnitude, 2))), Decimal("0.01"))


def random_uuid(rng: Random) -> UUID:
    """A random UUID that the seed decides."""
    return UUID(int=rng.getrandbits(128), version=4)
