"""Matches as files for people who work with data: CSV for spreadsheets, JSON lines for programs."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from common.localisation import LANGUAGES, pick
from companies.models import Company, Item, Need, Offering
from matching.choices import Direction
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.engine_adapter.simulated import KINDS, unpack
from matching.models import Match
from matching.queries.simulation import firms_of, items_of
from matching.wording import sentences

CHUNK: Final = 2000
# A cell that begins like this is a formula to a spreadsheet, whoever wrote it.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

SIMULATED: Final = (
    *("change", "direction", "need_id", "offering_id", "need_title", "offering_title"),
    *("buyer_id", "buyer_name", "seller_id", "seller_name"),
    *("old_score", "new_score", "old_rank", "new_rank"),
)

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


def simulated_rows(pairs: bytes) -> Iterator[Row]:
    """The pairs of a simulation (`engine_adapter.simulated.pack`) with the names of their items
    and firms, by SIMULATED; a pair whose items are gone is left out."""
    table = unpack(pairs)
    ids = [
        (UUID(bytes=need.tobytes()), UUID(bytes=offering.tobytes()))
        for need, offering in zip(table["need"], table["offering"], strict=True)
    ]
    needs = items_of(Need, {need for need, _ in ids})
    offerings = items_of(Offering, {offering for _, offering in ids})
    firms = firms_of({item.company_id for side in (needs, offerings) for item in side.values()})
    directions = [direction.value for direction in Direction]
    for (need_id, offering_id), row in zip(ids, table, strict=True):
        need, offering = needs.get(need_id), offerings.get(offering_id)
        if need is None or offering is None:
            continue
        buyer, seller = firms[need.company_id], firms[offering.company_id]
        yield {
            "change": KINDS[row["kind"]],
            "direction": directions[row["direction"]],
            "need_id": need_id,
            "offering_id": offering_id,
            "need_title": _title(need),
            "offering_title": _title(offering),
            "buyer_id": buyer.pk,
            "buyer_name": buyer.native_name,
            "seller_id": seller.pk,
            "seller_name": seller.native_name,
            **{
                name: None if np.isnan(row[name]) else float(row[name])
                for name in ("old_score", "new_score")
            },
            **{name: int(row[name]) or None for name in ("old_rank", "new_rank")},
        }


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
