"""The registry of figures: one entry each, read by pages, files, `docs/insights.md` and tests.

A new figure is one more entry here, its words in `docs/insights.md` and its own SQL in
`tests/insights/independent.py`.
"""

from typing import Final

from insights.definitions import fairness, funnel, mail, satisfaction, workload
from insights.definitions.gaps import MEANINGS, Meaning
from insights.definitions.kinds import (
    DATES,
    NARROWED,
    Breakdown,
    Figure,
    Group,
    Measure,
    Section,
    Source,
    Text,
)

_MODULES: Final = (funnel, satisfaction, fairness, mail, workload)
GROUPS: Final[dict[str, Group]] = {module.GROUP.code: module.GROUP for module in _MODULES}
FIGURES: Final[dict[str, Figure]] = {
    figure.code: figure for module in _MODULES for figure in module.FIGURES
}
GROUP_OF: Final[dict[str, Group]] = {
    code: group for group in GROUPS.values() for code in group.figures
}

__all__ = [
    "DATES",
    "FIGURES",
    "GROUPS",
    "GROUP_OF",
    "MEANINGS",
    "NARROWED",
    "Breakdown",
    "Figure",
    "Group",
    "Meaning",
    "Measure",
    "Section",
    "Source",
    "Text",
]
