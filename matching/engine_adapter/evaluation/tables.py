"""Figures as tables, for the eye and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """`name` identifies it in JSON; `notes` say what the figures mean."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """Aligned columns: text to the left, numbers to the right; shares with four digits."""
        lines = [list(self.columns), *([_told(cell) for cell in row] for row in self.rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        is_text = [
            all(isinstance(row[place], str) for row in self.rows)
            for place in range(len(self.columns))
        ]
        body = [
            "  ".join(
                cell.ljust(width) if left else cell.rjust(width)
                for cell, width, left in zip(line, widths, is_text, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *(f"  {line}" for line in body), *self.notes])

    def data(self) -> list[dict[str, Any]]:
        """One object a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def _told(cell: Cell) -> str:
    return f"{cell:.4f}" if isinstance(cell, float) else f"{cell}"
