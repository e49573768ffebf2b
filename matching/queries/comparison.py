"""Up to three matches of one item side by side, row by row, as their firm may see them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Need, Offering
from matching.glossing import Segment
from matching.models import Match
from matching.queries.cards import MatchCard
from matching.queries.dossier.rows import mark_of
from matching.queries.facts import (
    amount_text,
    cooperation_text,
    days_text,
    employees_text,
    experience_text,
    price_text,
)

MOST: Final = 3

ItemText = Callable[[Need | Offering], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one match says to the row; `mark` is =, ≈, ≠ or ?, or empty where nothing is weighed."""

    segments: tuple[Segment, ...]
    language: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One aspect: the own item's side, and a cell of each match."""

    label: str | Promise
    own: str
    cells: tuple[Cell, ...]


def compared_rows(cards: list[MatchCard]) -> list[ComparedRow]:
    """The rows in which at least one of the cards, all of one item, says something."""
    own = cards[0].own_item
    rows = [
        ComparedRow(
            _("What it is"),
            cards[0].own_title,
            tuple(
                Cell(
                    card.title_segments,
                    card.title_language,
                    mark_of(card.match.criteria.get("product")),
                )
                for card in cards
            ),
        )
    ]
    for label, criterion, text in ITEM_ROWS:
        cells = tuple(_cell(text(card.their_item), card.match, criterion) for card in cards)
        rows.append(ComparedRow(label, text(own), cells))
    company = cards[0].own_company
    for label, criterion, said in FIRM_ROWS:
        told = tuple(
            _cell(said(card.their_company, card.is_name_hidden), card.match, criterion)
            for card in cards
        )
        rows.append(ComparedRow(label, said(company, False), told))
    return [row for row in rows if row.own or any(cell.segments for cell in row.cells)]


def _cell(text: str, match: Match, criterion: str) -> Cell:
    mark = mark_of(match.criteria.get(criterion)) if criterion else ""
    return Cell((Segment(text),) if text else (), mark=mark)


def _certifications(item: Need | Offering) -> str:
    rows = {*item.certifications.all()}
    if isinstance(item, Need):
        rows |= {*item.required_certifications.all()}
    else:
        rows |= {held.certification for held in item.company.certificates.all()}
    return ", ".join(sorted(str(row) for row in rows))


def _lead_time(item: Need | Offering) -> str:
    most = item.max_lead_time_days if isinstance(item, Need) else None
    limit = f"≤ {days_text(most)}" if most is not None else ""
    return ", ".join(part for part in (days_text(item.lead_time_days), limit) if part)


def _region(company: Company, _is_blind: bool) -> str:
    return str(company.region or company.get_country_display())


ITEM_ROWS: Final[tuple[tuple[Promise, str, ItemText], ...]] = (
    (_("HS codes"), "hs", lambda item: ", ".join(item.hs6)),
    (_("Cooperation"), "", cooperation_text),
    (_("Certifications"), "certifications", _certifications),
    (_("Annual volume"), "volume", lambda item: amount_text(item, "annual_volume")),
    (_("Minimum order"), "", lambda item: amount_text(item, "minimum_order")),
    (_("Lead time"), "lead_time", _lead_time),
    (_("Price"), "price", price_text),
    (_("Development stage"), "stage", lambda item: str(item.get_stage_display())),
)
FIRM_ROWS: Final[tuple[tuple[Promise, str, Callable[[Company, bool], str]], ...]] = (
    (_("Region"), "", _region),
    (_("Employees"), "", lambda firm, is_blind: employees_text(firm, is_blind=is_blind)),
    (
        _("Experience with the other country"),
        "experience",
        lambda firm, _is_blind: experience_text(firm),
    ),
)
