"""What is said about changed firms, and their items as an index takes them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.live import Stated
from matching.engine.types import Bools, Firms, Items, Needs, Offerings, Ragged


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Firms as they are now, with all of their items; what is not stated is gone.

    Items point to rows of `firms`. Items that are not open, or of firms that are not eligible,
    are gone as well. A firm keeps its country, and an item its firm. `blocked` (m, 2) ids of
    firms, `closed` (m, 2) ids of needs and offerings: pairs that must not meet from now on, as
    in `Problem`; a need or an offering of each closed pair belongs to the firms.
    """

    firms: Firms
    offerings: Offerings
    needs: Needs
    blocked: NDArray[Any]
    closed: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """The items of a change with their records and concepts."""

    items: Items
    takes_part: Bools
    records: NDArray[Any]
    concepts: Ragged
    strength: NDArray[Any]

    def of(self, firm: int) -> Stated:
        """What takes part of one firm, by id."""
        rows = np.flatnonzero((self.items.firm == firm) & self.takes_part)
        rows = rows[np.argsort(self.items.ids[rows], kind="stable")]
        return Stated(
            self.items.ids[rows],
            self.records[rows],
            self.items.features.words.take(rows),
            self.concepts.take(rows),
            Ragged(self.concepts.start, self.strength).take(rows),
        )
