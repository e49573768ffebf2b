"""How much of what a need asks for an offering names, in concepts and their ancestors.

A concept k of a need is covered by an offering as far down as the two lines of ancestors agree:
content(deepest common ancestor) / content(k) (Lin 1998 with Resnik's asymmetric reading), so a
more specific offering covers it whole and a sibling in part. Along a line of ancestors these
values are running sums, which makes the best match over an offering's concepts a plain sum over
the ancestors it shares, and the whole a table look-up per pair instead of a comparison of trees.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.features import BODY, TITLE, concept_keys
from matching.engine.text import Lexicon
from matching.engine.types import Features, Floats, Ints, Longs, Ragged, begins_run

_OTHERS_COUNT: Final = 0.35  # the further concepts of a need beside its foremost
# A need that names only what a thing is for, or its industry, is never fully covered; one that
# names a broad group of products is covered in part.
_LEAST_SUBSTANCE: Final = 0.3
_LEAST_WITHOUT_PRODUCT: Final = 0.6
_IS_PRODUCT: Final = 0.5  # kind weight
_IN_PASSING: Final = 0.85  # a concept from the running text, against one from the title
_AS_QUALIFIER: Final = 0.6  # 화장품 in 화장품 유리용기


class Closeness:
    """Concept coverage of needs by offerings of one snapshot."""

    def __init__(self, lexicon: Lexicon, needs: Features, offerings: Features) -> None:
        self._lexicon = lexicon
        self._step = _steps(lexicon)
        self._wanted, self._weight = _direct(lexicon, needs)
        self._shown, self._firmness = _closure(lexicon, offerings)
        #: (needs,) in [0, 1]: how tradable and specific the foremost concept of each need is.
        self.substance: Floats = np.zeros(len(needs), np.float32)
        np.maximum.at(self.substance, self._wanted.row_of_value, self._weight.astype(np.float32))

    def coverage(self, need: Ints, offering: Ints) -> Floats:
        """Share in [0, 1] of each need's concepts that its offering covers; NaN: no concepts."""
        rows, place = np.unique(need, return_inverse=True)
        table = self._table(rows)
        shown = self._shown.take(offering)
        firmness = Ragged(self._shown.start, self._firmness).take(offering).values
        pair = shown.row_of_value
        gained = table[place[pair], shown.values] * firmness
        total = np.bincount(pair, gained, len(need))
        known = (self._wanted.lengths[need] > 0) & (shown.lengths > 0)
        return np.where(known, np.minimum(total, 1), np.nan).astype(np.float32)

    def shared(self, need: int, offering: int) -> list[tuple[int, int]]:
        """(concept of the need, deepest ancestor of it in the offering), most telling first."""
        shown = set(self._shown.row(offering).tolist())
        weight = self._weight[self._wanted.start[need] : self._wanted.start[need + 1]]
        found = []
        for concept, heavy in zip(self._wanted.row(need).tolist(), weight, strict=True):
            line = self._lexicon.ancestors.row(concept).tolist()
            common = next((ancestor for ancestor in line if ancestor in shown), None)
            if common is not None:
                found.append((-heavy * self._lexicon.content[common], concept, common))
        return [(concept, common) for _, concept, common in sorted(found)]

    def wanted(self, need: int) -> list[int]:
        """The need's concepts, most telling first."""
        weight = self._weight[self._wanted.start[need] : self._wanted.start[need + 1]]
        order = np.lexsort((self._wanted.row(need), -weight))
        return [int(concept) for concept in self._wanted.row(need)[order]]

    def _table(self, rows: NDArray[np.integer]) -> Floats:
        """(rows, concepts): what an offering that shows a concept adds to a need's coverage."""
        wanted = self._wanted.take(rows)
        weight = Ragged(self._wanted.start, self._weight).take(rows).values
        lines = self._lexicon.ancestors.take(wanted.values)
        row = np.repeat(wanted.row_of_value, lines.lengths)
        content = self._lexicon.content[wanted.values]
        gain = np.repeat(weight / content, lines.lengths) * self._step[lines.values]
        size = len(self._lexicon)
        table = np.bincount(row * size + lines.values, gain, len(rows) * size)
        total = np.bincount(wanted.row_of_value, weight, len(rows))
        foremost = np.zeros(len(rows))
        np.maximum.at(foremost, wanted.row_of_value, weight)
        asked = foremost + _OTHERS_COUNT * (total - foremost)
        names_product = np.zeros(len(rows), np.bool_)
        tradable = self._lexicon.weight[wanted.values] >= _IS_PRODUCT
        names_product[wanted.row_of_value[tradable]] = True
        least = np.where(names_product, _LEAST_SUBSTANCE, _LEAST_WITHOUT_PRODUCT)
        asked = np.maximum(asked, least)
        return (table.reshape(len(rows), size) / asked[:, None]).astype(np.float32)


def _steps(lexicon: Lexicon) -> NDArray[np.float64]:
    """content of each concept less that of its parent: what one step down the line adds."""
    parent = np.full(len(lexicon), -1)
    lines = lexicon.ancestors
    has_parent = lines.lengths > 1
    parent[has_parent] = lines.values[lines.start[:-1][has_parent] + 1]
    above = np.where(has_parent, lexicon.content[parent], 0.0)
    return lexicon.content - above


def _known(lexicon: Lexicon, features: Features) -> tuple[Longs, Ints, NDArray[np.float64]]:
    """(item, concept row, firmness) of all stored concepts that the lexicon still has."""
    values = features.concepts.values
    concept = lexicon.rows_of_keys(concept_keys(values))
    level = values & np.uint32(15)
    firm = np.where(level >= TITLE, 1.0, np.where(level >= BODY, _IN_PASSING, _AS_QUALIFIER))
    kept = concept >= 0
    return features.concepts.row_of_value[kept], concept[kept], firm[kept]


def _direct(lexicon: Lexicon, needs: Features) -> tuple[Ragged, NDArray[np.float64]]:
    item, concept, firm = _known(lexicon, needs)
    order = np.lexsort((concept, item))
    item, concept, firm = item[order], concept[order], firm[order]
    weight = lexicon.weight[concept] * lexicon.content[concept] * firm
    start = np.searchsorted(item, np.arange(len(needs) + 1))
    return Ragged(start, concept), weight


def _closure(lexicon: Lexicon, offerings: Features) -> tuple[Ragged, Floats]:
    """Every offering's concepts with all their ancestors, each once at its firmest."""
    item, concept, firm = _known(lexicon, offerings)
    lines = lexicon.ancestors.take(concept)
    item = np.repeat(item, lines.lengths)
    firm = np.repeat(firm, lines.lengths)
    order = np.lexsort((-firm, lines.values, item))
    item, concept, firm = item[order], lines.values[order], firm[order]
    first = begins_run(item, concept)
    start = np.searchsorted(item[first], np.arange(len(offerings) + 1))
    return Ragged(start, concept[first]), firm[first].astype(np.float32)
