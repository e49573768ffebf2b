"""The registry says the same as the document, and what it says makes sense."""

from pathlib import Path

from insights.definitions import FIGURES, GROUP_OF, MEANINGS, Measure
from insights.definitions.gaps import TITLE

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/insights.md"


def documented() -> str:
    """The table of all figures as it must stand in the document."""
    lines = ["| code | figure | what is counted |", "|---|---|---|"]
    for figure in FIGURES.values():
        group = GROUP_OF[figure.code].title
        lines.append(f"| `{figure.code}` | {group}: {figure.label} | {figure.counted} |")
    for code, meaning in MEANINGS.items():
        lines.append(f"| `{code}` | {TITLE}: {meaning.label} | {meaning.counted} |")
    return "\n".join(lines)


def test_the_document_holds_every_definition() -> None:
    assert documented() in DOCUMENT.read_text(encoding="utf-8")


def test_every_figure_says_what_it_counts_and_which_day() -> None:
    for figure in (*FIGURES.values(), *MEANINGS.values()):
        assert str(figure.counted).endswith(".")
        assert str(figure.dated).endswith(".")


def test_shares_are_of_figures_from_the_same_rows() -> None:
    for figure in FIGURES.values():
        if figure.measure == Measure.SHARE:
            part, whole = FIGURES[figure.part], FIGURES[figure.of]
            assert part.measure == whole.measure == Measure.COUNT
            assert part.source == whole.source == figure.source
        assert bool(figure.value) == (figure.measure in (Measure.MEDIAN, Measure.P90, Measure.GINI))
