"""How much of what a need asks for an offering names, in concepts and their ancestors.

A concept k of a need is covered by an offering as far down as the two lines of ancestors agree:
content(deepest common ancestor) / content(k) (Lin 1998 with Resnik's asymmetric reading), so a
more specific offering covers it whole and a sibling in part. Along a line of ancestors these
values are running sums, which makes the best match over an offering's concepts a plain sum over
the ancestors it shares, and the whole a table look-up per pair instead of a comparison of trees.
The sum itself is in `kernels/criteria.py`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine import kernels
from matching.engine.features import concept_keys
from matching.engine.kernels import Concepts
from matching.engine.text import Lexicon
from matching.engine.text.emphasis import BODY, TITLE
from matching.engine.types import Features, Floats, Ints, Longs, Ragged

_IN_PASSING: Final = 0.85  # a concept from the running text, against one from the title
_AS_QUALIFIER: Final = 0.6  # 화장품 in 화장품 유리용기


class Closeness:
    """The concepts of the needs and offerings of one snapshot, ready to be compared."""

    def __init__(self, lexicon: Lexicon, needs: Features, offerings: Features) -> None:
        self._lexicon = lexicon
        self.asked, self.weight = asked_concepts(lexicon, needs)
        self.shown, self.firmness = shown_concepts(lexicon, offerings)
        self._lines: dict[int, list[int]] = {}  # of ancestors, of the concepts asked for so far

    def pools(self) -> Concepts:
        """As the kernels take them."""
        return pools(
            self._lexicon, self.asked.values, self.weight, self.shown.values, self.firmness
        )

    def shared(self, need: int, offering: int) -> list[tuple[int, int]]:
        """(concept of the need, deepest ancestor of it in the offering), most telling first."""
        shown = set(self.shown.row(offering).tolist())
        weight = self.weight[self.asked.start[need] : self.asked.start[need + 1]]
        found = []
        for concept, heavy in zip(self.asked.row(need).tolist(), weight.tolist(), strict=True):
            line = self._lines.get(concept)
            if line is None:
                line = self._lines[concept] = self._lexicon.ancestors.row(concept).tolist()
            common = next((ancestor for ancestor in line if ancestor in shown), None)
            if common is not None:
                found.append((-heavy * float(self._lexicon.content[common]), concept, common))
        return [(concept, common) for _, concept, common in sorted(found)]

    def wanted(self, need: int) -> list[int]:
        """The need's concepts, most telling first."""
        return self._by_weight[self.asked.start[need] : self.asked.start[need + 1]].tolist()

    @cached_property
    def _by_weight(self) -> Ints:
        """As `asked.values`, but those of a need most telling first."""
        asked = self.asked
        return asked.values[np.lexsort((asked.values, -self.weight, asked.row_of_value))]


def asked_concepts(lexicon: Lexicon, needs: Features) -> tuple[Ragged, NDArray[np.float64]]:
    """Every need's concepts, and what each weighs: by kind, content and place."""
    start, concept, firm = _known(lexicon, needs)
    return Ragged(start, concept), lexicon.weight[concept] * lexicon.content[concept] * firm


def shown_concepts(lexicon: Lexicon, offerings: Features) -> tuple[Ragged, Floats]:
    """Every offering's concepts with all their ancestors, each once at its firmest."""

    start, concept, firm = _known(lexicon, offerings)
    lines = lexicon.ancestors
    start, shown, firmness = kernels.closure(
        start[:-1], start[1:], concept, firm, lines.start, lines.values, len(lexicon)
    )
    return Ragged(start, shown), firmness


def pools(
    lexicon: Lexicon, wanted: Ints, weight: NDArray[np.float64], shown: Ints, firmness: Floats
) -> Concepts:

    lines = lexicon.ancestors
    return kernels.Concepts(
        wanted=wanted,
        weight=weight,
        shown=shown,
        firmness=firmness,
        line_start=lines.start,
        line=lines.values,
        content=lexicon.content,
        step=_steps(lexicon),
        kind_weight=lexicon.weight,
    )


def _steps(lexicon: Lexicon) -> NDArray[np.float64]:
    """content of each concept less that of its parent: what one step down the line adds."""
    parent = np.full(len(lexicon), -1)
    lines = lexicon.ancestors
    has_parent = lines.lengths > 1
    parent[has_parent] = lines.values[lines.start[:-1][has_parent] + 1]
    above = np.where(has_parent, lexicon.content[parent], 0.0)
    return lexicon.content - above


def _known(lexicon: Lexicon, features: Features) -> tuple[Longs, Ints, Floats]:
    """(start (n + 1,), concept rows, firmness) of all stored concepts that the lexicon has."""
    values = features.concepts.values
    concept = lexicon.rows_of_keys(concept_keys(values))
    level = values & np.uint32(15)
    firm = np.where(level >= TITLE, 1.0, np.where(level >= BODY, _IN_PASSING, _AS_QUALIFIER))
    kept = concept >= 0
    start = np.concatenate(([0], np.cumsum(kept)))[features.concepts.start]
    return start, concept[kept], firm[kept].astype(np.float32)
