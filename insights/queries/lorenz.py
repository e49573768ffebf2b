"""How the proposals and introductions are spread over the firms, from the poorest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np

from insights.queries.firms import firms_of
from insights.queries.scope import Scope

STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Point:
    """The share of all that the given share of firms has, those with the least first."""

    firms: float
    proposals: float
    introductions: float


def lorenz_curve(scope: Scope) -> list[Point]:
    """From 0 to all firms in steps of a tenth; empty when no firm has anything."""
    firms = firms_of(scope)
    if not firms.columns["proposals"].any():
        return []
    proposals, introductions = (
        _shares(np.repeat(*firms.spread(name)).tolist()) for name in ("proposals", "introductions")
    )
    return [Point(step / STEPS, proposals[step], introductions[step]) for step in range(STEPS + 1)]


def _shares(numbers: Sequence[int]) -> list[float]:
    """The share of the sum that each tenth of the firms reaches; within a firm in proportion."""
    sums = [0, *accumulate(numbers)]
    total = sums[-1] or 1
    shares = []
    for step in range(STEPS + 1):
        whole, rest = divmod(step * len(numbers), STEPS)
        part = numbers[whole] * rest / STEPS if rest else 0.0
        shares.append((sums[whole] + part) / total)
    return shares
