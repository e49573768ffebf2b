"""Markets whose right answers are known: how much of them is found, and where the rest is lost."""

from typing import Final

from matching.engine.evaluation.planted import find, plant
from matching.engine.text import Lexicon
from matching.engine_adapter.evaluation.tables import Cell, Table

_THREADS: Final = 2


def evaluate_planted(firms: int, lexicon: Lexicon) -> Table:
    """One row for a market of `firms` firms a side."""
    found = find(plant(firms, lexicon), threads=_THREADS)
    figures: dict[str, Cell] = {
        "firms": firms,
        "needs": found.needs,
        "partners": found.partners,
        "R@10": found.recall_10,
        "nDCG@10": found.ndcg_10,
        "candidates": found.candidates,
        "no candidate": found.no_candidate,
        "below thresholds": found.below_thresholds,
        "outranked": found.outranked,
        "ineligible": found.ineligible,
        "traps": found.traps,
    }
    return Table(
        "planted",
        "Planted truth: two directions, one to three true partners a need",
        list(figures),
        [list(figures.values())],
        (
            "candidates: share of the true pairs that retrieval finds; then how the rest is lost.",
            "ineligible: pairs shown that must not be; traps: such pairs with the need's own text.",
        ),
    )
