"""How the proposals and introductions are spread over the firms, from the poorest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from insights.definitions import Source
from insights.queries.scope import Scope
from insights.queries.sources import rows_of

STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Point:
    """The share of all that the given share of firms has, those with the least first."""

    firms: float
    proposals: float
    introductions: float


def lorenz_curve(scope: Scope) -> list[Point]:
    """From 0 to all firms in steps of a tenth; empty when no firm has anything."""
    rows = list(rows_of(Source.FIRMS, scope).values_list("proposals", "introductions"))
    if not any(proposals for proposals, _introductions in rows):
        return []
    proposals, introductions = (_shares(sorted(column)) for column in zip(*rows, strict=True))
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
