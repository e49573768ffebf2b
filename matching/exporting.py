"""Matches as files for people who work with data: CSV for spreadsheets, JSON lines for programs."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from django.db.models import QuerySet

from common.localisation import LANGUAGES, pick
from companies.models import Company, Item
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.models import Match
from matching.wording import sentences

CHUNK: Final = 2000
# A cell that begins like this is a formula to a spreadsheet, whoever wrote it.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

Row = dict[str, Any]
Writer = Callable[[TextIO, Iterator[Row]], int]


def export_matches(matches: "QuerySet[Match]", path: Path) -> int:
    """Write `matches` to `path`, as its suffix says (.csv or .jsonl); return how many.

    Memory does not grow with their number. The file appears only when it is complete. Raises
    ValueError for another suffix.
    """
    if path.suffix not in WRITERS:
        raise ValueError(f"{path.name}: the name must end in {' or '.join(WRITERS)}")
    encoding, write = WRITERS[path.suffix]
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("w", encoding=encoding, newline="") as file:
            written = write(file, rows(matches))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def rows(matches: "QuerySet[Match]") -> Iterator[Row]:
    """One flat row a match: both sides, the figures, each criterion (None: unknown) and, for
    each language, the reasons as a list of sentences as the buyer reads them."""
    found = matches.select_related("need__company", "offering__company").order_by(
        "need_id", "rank", "pk"
    )
    for match in found.iterator(chunk_size=CHUNK):
        yield {
            "need_id": str(match.need_id),
            "offering_id": str(match.offering_id),
            "need_title": _title(match.need),
            "offering_title": _title(match.offering),
            **_firm("buyer", match.buyer),
            **_firm("seller", match.seller),
            "state": match.state,
            "is_prospect": match.is_prospect,
            "rank": match.rank,
            "score": round(match.score, 6),
            "confidence": round(match.confidence, 6),
            **{name: match.criteria.get(name) for name in DEFAULT_WEIGHTS},
            **{f"reasons_{language}": _reasons(match, language) for language in LANGUAGES},
        }


def _title(item: Item) -> str:
    """In the language the firm wrote it in, if it did."""
    return pick(item, "title", item.language)[0]


def _firm(side: str, company: Company) -> Row:
    return {
        f"{side}_id": str(company.pk),
        f"{side}_number": company.official_number,
        f"{side}_country": company.country,
        f"{side}_name": company.native_name,
    }


def _reasons(match: Match, language: str) -> list[str]:
    told = sentences(match, language=language)
    return [*told.fits, *told.accepts, *told.missing]


def _write_csv(file: TextIO, found: Iterator[Row]) -> int:
    writer, count = None, 0
    for row in found:
        if writer is None:
            writer = csv.DictWriter(file, fieldnames=list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})
        count += 1
    return count


def _cell(value: Any) -> Any:
    """A list is one cell with a line for each entry; text can never be a formula."""
    text = "\n".join(value) if isinstance(value, list) else value
    if isinstance(text, str) and text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return text


def _write_jsonl(file: TextIO, found: Iterator[Row]) -> int:
    count = 0
    for row in found:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
    return count


# The byte order mark tells spreadsheets that the text is UTF-8.
WRITERS: Final[dict[str, tuple[str, Writer]]] = {
    ".csv": ("utf-8-sig", _write_csv),
    ".jsonl": ("utf-8", _write_jsonl),
}
