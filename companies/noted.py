"""What staff have written about a firm among themselves; a higher layer plugs it in here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Remark:
    """A note as staff read it; `author` is empty when the person is gone."""

    text: str
    author: str
    at: datetime
    is_pinned: bool


Reader = Callable[[UUID], list[Remark]]

_reader: Reader | None = None


def use_reader(reader: Reader) -> None:
    """Called once by the layer that owns the notes, when the applications are ready."""
    global _reader
    _reader = reader


def remarks_on(company_id: UUID) -> list[Remark]:
    """The notes on the firm, pinned ones first, then the newest; for staff alone. One query."""
    if _reader is None:
        raise RuntimeError("No reader is plugged in: see matching.apps")
    return _reader(company_id)
