"""Cross-lingual retrieval over customs headings, both ways."""

from pathlib import Path

from matching.engine.evaluation import headings as measuring
from matching.engine.features import Document, extract
from matching.engine.text import Lexicon
from matching.engine.types import JP, KR
from matching.engine_adapter.evaluation.files import read_headings
from matching.engine_adapter.evaluation.tables import Cell, Table

COLUMNS = ("features", "direction", "R@1", "R@10", "MRR", "score R@1", "score R@10", "score MRR")


def evaluate_headings(folder: Path, lexicon: Lexicon) -> Table:
    """Recall and mean reciprocal rank of each ablation; raises Absent without headings."""
    paths = read_headings(folder)
    korean, japanese = ([path[side] for path in paths] for side in (0, 1))
    of_korean, of_japanese = (
        extract([Document(path) for path in side], lexicon) for side in (korean, japanese)
    )
    rows: list[list[Cell]] = []
    for name in measuring.ABLATIONS:
        ko, ja = (measuring.ablated(part, name) for part in (of_korean, of_japanese))
        for direction, asked, said, asks in (("ko → ja", ko, ja, KR), ("ja → ko", ja, ko, JP)):
            by_overlap, by_score = measuring.search(asked, said, lexicon, asks=asks)
            rows.append([name, direction, *_figures(by_overlap), *_figures(by_score)])
    for direction, texts, others in (
        ("ko → ja", korean, japanese),
        ("ja → ko", japanese, korean),
    ):
        found = measuring.plain_search(texts, others)
        rows.append(["plain character n-grams", direction, *_figures(found), "", "", ""])
    return Table(
        "headings",
        f"Cross-lingual: {len(paths)} customs headings, each asked for among all",
        COLUMNS,
        rows,
        (
            "R@1, R@10, MRR: in the order in which retrieval hands candidates on;",
            "score: in the order of the finished score with the product fit alone.",
        ),
    )


def _figures(found: measuring.Found) -> list[Cell]:
    return [found.recall_1, found.recall_10, found.mrr]
