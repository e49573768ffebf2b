"""Matches as files for people who work with data: CSV for spreadsheets, JSON lines for programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from common.localisation import LANGUAGES, pick
from common.tabling import Column, Tally, written
from companies.models import Company, Item, Need, Offering
from matching.choices import Direction
from matching.engine_adapter import DEFAULT_WEIGHTS
from matching.engine_adapter.simulated import KINDS, unpack
from matching.models import Match
from matching.queries.simulation import firms_of, items_of
from matching.wording import sentences

CHUNK: Final = 2000
SUFFIXES: Final = (".csv", ".jsonl")

SIMULATED: Final = (
    *("change", "direction", "need_id", "offering_id", "need_title", "offering_title"),
    *("buyer_id", "buyer_name", "seller_id", "seller_name"),
    *("old_score", "new_score", "old_rank", "new_rank"),
)

#: One flat row a match; the reasons of one language are one cell with a line for each.
COLUMNS: Final[tuple[str | Column, ...]] = (
    *("need_id", "offering_id", "need_title", "offering_title"),
    *(
        f"{side}_{fact}"
        for side in ("buyer", "seller")
        for fact in ("id", "number", "country", "name")
    ),
    *("state", "is_prospect", "rank", "score", "confidence"),
    *DEFAULT_WEIGHTS,
    *(Column(f"reasons_{language}", separator="\n") for language in LANGUAGES),
)

Row = dict[str, Any]


def export_matches(matches: "QuerySet[Match]", path: Path) -> int:
    """Write `matches` to `path`, as its suffix says (.csv or .jsonl); return how many.

    Memory does not grow with their number. The file appears only when it is complete. Raises
    ValueError for another suffix.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path.name}: the name must end in {' or '.join(SUFFIXES)}")
    unfinished = path.with_name(f".{path.name}.part")
    tally = Tally()
    try:
        with unfinished.open("wb") as file:
            for part in written(path.suffix[1:], COLUMNS, rows(matches), tally=tally):
                file.write(part)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return tally.rows


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
