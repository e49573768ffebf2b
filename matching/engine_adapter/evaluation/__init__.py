"""How good the engine is on a folder of public lists and on planted truth.

Nothing here reads or writes the database: the lexicon is that of the data files.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from matching.engine.text import Lexicon
from matching.engine_adapter.evaluation.files import Absent, UnusableFolder
from matching.engine_adapter.evaluation.headings import evaluate_headings
from matching.engine_adapter.evaluation.lists import (
    Market,
    evaluate_fairness,
    evaluate_inquiries,
    evaluate_partners,
    evaluate_stability,
    read_market,
)
from matching.engine_adapter.evaluation.planted import evaluate_planted
from matching.engine_adapter.evaluation.tables import Table
from matching.engine_adapter.vocabulary import shipped_lexicon
from taxonomy.reading import BadReferenceData

__all__ = ["SECTIONS", "Absent", "Evaluation", "Table", "UnusableFolder"]


class Evaluation:
    """One folder under evaluation; what several sections need is read once.

    `firms`: of each country in the planted market. Raises UnusableFolder for a path that is no
    folder.
    """

    def __init__(self, folder: Path, *, firms: int) -> None:
        if not folder.is_dir():
            raise UnusableFolder(f"{folder} is not a folder")
        self.folder = folder
        self.firms = firms

    @cached_property
    def lexicon(self) -> Lexicon:
        try:
            return shipped_lexicon()
        except BadReferenceData as error:
            raise UnusableFolder(f"The lexicon cannot be read: {error}") from error

    @cached_property
    def market(self) -> Market:
        return read_market(self.folder, self.lexicon)

    def tables(self, names: Sequence[str]) -> Iterator[tuple[str, Table | Absent]]:
        """Each section by name, as its table or as what it lacks; in the order of `names`.

        Raises UnusableFolder for a file that is there and cannot be used.
        """
        for name in names:
            try:
                yield name, SECTIONS[name](self)
            except Absent as absence:
                yield name, absence


SECTIONS: Final[dict[str, Callable[[Evaluation], Table]]] = {
    "headings": lambda given: evaluate_headings(given.folder, given.lexicon),
    "partners": lambda given: evaluate_partners(given.market),
    "fairness": lambda given: evaluate_fairness(given.market),
    "stability": lambda given: evaluate_stability(given.market),
    "inquiries": lambda given: evaluate_inquiries(given.folder, given.lexicon),
    "planted": lambda given: evaluate_planted(given.firms, given.lexicon),
}
