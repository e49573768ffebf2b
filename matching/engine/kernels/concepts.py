"""The concepts of items, spread over their ancestors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matching.engine.compiling import kernel


class Concepts(NamedTuple):
    """What needs ask for and offerings show, and the lexicon's lines of ancestors.

    `wanted` int32 and `weight` float64: concepts of needs; `shown` int32 and `firmness` float32:
    concepts of offerings and all their ancestors; records say which part is an item's. By
    concept: `line[line_start[k]:line_start[k + 1]]` int32 are k and its ancestors, `content`,
    `step` (content less the parent's) and `kind_weight` float64.
    """

    wanted: Any
    weight: Any
    shown: Any
    firmness: Any
    line_start: Any
    line: Any
    content: Any
    step: Any
    kind_weight: Any


@kernel
def closure(begin, end, concept, firmness, line_start, line, concepts):
    """(start (n + 1,), concept, firmness): each item's concepts with all their ancestors.

    Each once, at its firmest. Item i names `concept[begin[i]:end[i]]`, of
    `concepts` there are.
    """
    room = 0
    for item in range(len(begin)):
        for place in range(begin[item], end[item]):
            room += line_start[concept[place] + 1] - line_start[concept[place]]
    start = np.zeros(len(begin) + 1, np.int64)
    shown = np.empty(room, np.int32)
    firm = np.empty(room, np.float32)
    strongest = np.zeros(concepts, np.float32)
    total = 0
    for item in range(len(begin)):
        first = total
        for place in range(begin[item], end[item]):
            for step in range(line_start[concept[place]], line_start[concept[place] + 1]):
                ancestor = line[step]
                if strongest[ancestor] == 0:
                    shown[total] = ancestor
                    total += 1
                strongest[ancestor] = max(strongest[ancestor], firmness[place])
        for place in range(first, total):
            firm[place] = strongest[shown[place]]
            strongest[shown[place]] = 0
        start[item + 1] = total
    return start, shown[:total], firm[:total]
