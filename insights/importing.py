"""Files of official trade statistics: their columns, their rows, and what is wrong with them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from companies.importing.sheets import read_sheet
from companies.importing.unreadable import UnreadableFile
from insights.choices import TradeFault, TradeUnit
from insights.trade_groups import fold_goods
from matching.choices import Direction

FIRST_YEAR: Final = 1945
NAME_LENGTH: Final = 120
VALUE: Final = re.compile(rf"value_({'|'.join(TradeUnit.values)})")
# What a country sells to the other, in the tables that have one column for each direction.
SIDES: Final = {
    Direction.JP_TO_KR: re.compile(
        rf"(?:jp_exports_to_kr|kr_imports_from_jp)_({'|'.join(TradeUnit.values)})"
    ),
    Direction.KR_TO_JP: re.compile(
        rf"(?:jp_imports_from_kr|kr_exports_to_jp)_({'|'.join(TradeUnit.values)})"
    ),
}
FLOWS: Final = {
    ("jp_flow", "export"): Direction.JP_TO_KR,
    ("jp_flow", "import"): Direction.KR_TO_JP,
    ("kr_flow", "export"): Direction.KR_TO_JP,
    ("kr_flow", "import"): Direction.JP_TO_KR,
}
PARTNERS: Final = {"rkorea", "korea", "republicofkorea", "southkorea", "japan", "kr", "jp"}
TOTAL_NAME: Final = "Grand Total"


@dataclass(frozen=True, slots=True)
class TradeRow:
    year: int
    direction: Direction
    goods: str
    value: Decimal
    is_partial_year: bool

    @property
    def key(self) -> str:
        return fold_goods(self.goods)


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` as the file counts it, from 1."""

    line: int
    column: str
    code: TradeFault
    value: str

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "code": self.code.value,
            "value": self.value[:120],
        }


@dataclass(frozen=True, slots=True)
class ParsedTrade:
    unit: str
    rows: tuple[TradeRow, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns stand. `values`: (direction or None, place), all in one unit."""

    header: Sequence[str]
    unit: str
    year: int
    values: tuple[tuple[Direction | None, int], ...]
    flow: int | None
    goods: int | None
    partner: int | None
    note: int | None


def read_trade(content: bytes, *, retrieved_on: date) -> ParsedTrade:
    """All rows of the file, good and bad. A year is partial when the statistic was retrieved before
    it had ended, or a note of the row says so.

    Raises UnreadableFile (`no_columns`: the header is not that of a trade statistic).
    """
    sheet, lines = read_sheet(content)
    columns = _columns(sheet.header)
    rows: dict[tuple[str, str, int], TradeRow] = {}
    faults: list[Fault] = []
    for line, cells in lines:
        padded = [*cells, *[""] * (len(sheet.header) - len(cells))]
        for outcome in _read(line, padded, columns, retrieved_on):
            if isinstance(outcome, Fault):
                faults.append(outcome)
                continue
            place = (outcome.key, outcome.direction, outcome.year)
            if place in rows:
                faults.append(
                    Fault(line, _name(columns, columns.year), TradeFault.REPEATED, outcome.goods)
                )
            else:
                rows[place] = outcome
    return ParsedTrade(columns.unit, tuple(rows.values()), tuple(faults))


def _columns(header: Sequence[str]) -> _Columns:
    names = [name.strip().casefold() for name in header]

    def place(*wanted: str) -> int | None:
        return next((names.index(name) for name in wanted if name in names), None)

    year, flow, goods = place("year"), place("jp_flow", "kr_flow"), place("goods")
    values: list[tuple[Direction | None, int]] = []
    units = set()
    for number, name in enumerate(names):
        if flow is not None and goods is not None and (match := VALUE.fullmatch(name)):
            values.append((None, number))
            units.add(match[1])
        for direction, pattern in SIDES.items():
            if match := pattern.fullmatch(name):
                values.append((direction, number))
                units.add(match[1])
    if year is None or len(units) != 1:
        raise UnreadableFile(TradeFault.NO_COLUMNS)
    return _Columns(
        header, units.pop(), year, tuple(values), flow, goods, place("partner"), place("note")
    )


def _read(
    line: int, cells: Sequence[str], columns: _Columns, retrieved_on: date
) -> Iterator[TradeRow | Fault]:
    """The figures of one row, or everything that is wrong with it."""
    faults = []

    def fault(place: int, code: TradeFault) -> None:
        faults.append(Fault(line, _name(columns, place), code, cells[place]))

    year = int(cells[columns.year]) if cells[columns.year].isdecimal() else 0
    if not FIRST_YEAR <= year <= retrieved_on.year:
        fault(columns.year, TradeFault.YEAR)
    if columns.partner is not None and fold_goods(cells[columns.partner]) not in PARTNERS:
        fault(columns.partner, TradeFault.PARTNER)
    goods = TOTAL_NAME if columns.goods is None else cells[columns.goods]
    if columns.goods is not None and (not fold_goods(goods) or len(goods) > NAME_LENGTH):
        fault(columns.goods, TradeFault.GOODS)
    flow = None
    if columns.flow is not None:
        flow_name = columns.header[columns.flow].strip().casefold()
        flow = FLOWS.get((flow_name, cells[columns.flow].casefold().removesuffix("s")))
        if flow is None:
            fault(columns.flow, TradeFault.FLOW)
    note = "" if columns.note is None else cells[columns.note].casefold()
    is_partial = year >= retrieved_on.year or "partial" in note
    rows = []
    for direction, place in columns.values:
        value = _value(cells[place])
        to = direction or flow
        if value is None:
            fault(place, TradeFault.VALUE)
        elif to is not None:
            rows.append(TradeRow(year, to, goods, value, is_partial))
    yield from faults or rows


def _value(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return (
        value.quantize(Decimal("0.000001")) if value.is_finite() and 0 <= value < 10**13 else None
    )


def _name(columns: _Columns, place: int) -> str:
    return str(columns.header[place])[:NAME_LENGTH]
