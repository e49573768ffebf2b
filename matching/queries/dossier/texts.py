"""Texts of a side in its own language, with the reader's words beside its terms."""

from collections.abc import Iterable
from typing import Any

from common.localisation import LANGUAGES, active_language, pick
from companies.models import Company, Need, Offering
from matching.glossing import Segment, gloss
from matching.queries.dossier.rows import Row
from taxonomy.models import Concept

Told = Need | Offering | Company


def text_row(
    label: str, left: Told, right: Told, field: str, concepts: Iterable[Concept], mark: str = ""
) -> Row:
    """A text of each side in its own language, with the reader's words for its terms."""
    left_words, left_language = _glossed(left, field, concepts)
    right_words, right_language = _glossed(right, field, concepts)
    return Row(
        label,
        left_words,
        right_words,
        mark,
        need_language=left_language,
        offering_language=right_language,
    )


def _glossed(of: Told, field: str, concepts: Iterable[Concept]) -> tuple[list[Segment], str]:
    reader = active_language()
    own = of.native_language if isinstance(of, Company) else of.language
    text, language = pick(of, field, order=(own, reader, *LANGUAGES))
    return gloss(text, language=language, reader=reader, concepts=concepts), language


def names(rows: Any) -> str:
    return ", ".join(sorted(str(each) for each in rows))
