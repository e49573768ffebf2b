"""One row of a list → one firm with its items, or the faults of its cells."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from common.spreadsheets import plain_cell
from companies.importing.mapping import ColumnMapping, own_columns
from companies.numbers import BadNumber, clean_number
from taxonomy.choices import Country

MAX_ITEMS: Final = 15
TITLE_LENGTH: Final = 200
LIMITS: Final = {
    "source_id": 60,
    "name_ko": 160,
    "name_ja": 160,
    "name_en": 160,
    "name_kana": 200,
    "stock_code": 12,
    "website": 300,
    "address": 300,
    "representative": 120,
    "industry": 160,
    "about": 4000,
    "offerings": 10_000,
    "needs": 10_000,
}
MAX_TEXT: Final = 5000
SHOWN: Final = 200
LOST_CHARACTER: Final = "\ufffd"
SENTENCE_END: Final = re.compile(r"[\n\r;；。]+")
NUMBERING: Final = re.compile(r"(?:^|(?<=\s))[(（]?[0-9０-９①-⑳]{1,2}[)）．.、:：]\s*")
COMMAS: Final = ",，、"
OPENING: Final = "(（[［「『"
CLOSING: Final = ")）]］」』"
TAIL: Final = re.compile(
    r"(?:\s*(?:등|외|기타|その他|他|など|등의?\s*(?:제조|판매|제조판매|제조업|생산|도소매)?))\s*[.．]?$"
)
LEAD: Final = re.compile(r"^(?:및|그리고|and|及び|および)\s+")
BULLETS: Final = " \t-–—*■●○□◇◆▶※"
NOISE: Final = re.compile(r"[\W_\d]*")
# The rows of a list of wishes belong to no firm of their own.
ENQUIRIES_ID: Final = "enquiries"
# Said in the need's own language: how many buyers asked for the same.
ENQUIRIES: Final = {"ko": "문의 %(count)s건", "ja": "引合 %(count)s件"}
# A list of products has short pieces; a sentence with a longer one is prose and stays whole.
LONGEST_PIECE: Final = 30


Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell; `column` is its header, `code` is worded in companies.wording."""

    column: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """`source_id` is stable: the same text of the same firm is the same item at a re-import."""

    source_id: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ImportedCompany:
    """A firm as the list tells it; texts are in `language`."""

    line: int
    country: str
    source_list: str
    source_id: str
    language: str
    official_number: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    employees: int | None = None
    founded_on: date | None = None
    region_name: str = ""
    about: str = ""
    offerings: tuple[ImportedItem, ...] = ()
    needs: tuple[ImportedItem, ...] = ()


def read_row(
    line: int, cells: Sequence[str], header: Sequence[str], mapping: ColumnMapping
) -> ImportedCompany | list[CellFault]:
    """Read one row: the firm, or every fault of it (never only the first)."""
    if len(cells) > len(header):
        return [CellFault("", "too_many_cells", cells[-1][:SHOWN])]
    if mapping.is_width_certain and len(cells) < own_columns(header):
        return [CellFault("", "too_few_cells", "")]
    faults: list[CellFault] = []
    raw: dict[str, str] = {}
    unusable: set[str] = set()

    def column_of(code: str) -> str:
        for position, mapped in mapping.columns.items():
            if mapped == code:
                return header[position] if position < len(header) else str(position + 1)
        return ""

    def fault(code: str, why: str, value: str = "") -> None:
        faults.append(CellFault(column=column_of(code), code=why, value=value[:SHOWN]))

    for position, code in mapping.columns.items():
        value = plain_cell(cells[position].strip()) if position < len(cells) else ""
        if why := why_unusable(value, LIMITS.get(code)):
            fault(code, why, value)
            unusable.add(code)
            value = ""
        if value.isdigit():
            value = value.zfill(mapping.widths.get(code, 0))
        raw[code] = value

    if mapping.is_enquiries:
        return faults or _enquiry(line, raw, mapping, fault, faults)

    number = ""
    if given := raw.get("official_number", ""):
        try:
            number = clean_number(given, mapping.country)
        except BadNumber as error:
            fault("official_number", f"number_{error.code}", given)
    names = {f"name_{language}" for language in ("ko", "ja", "en")}
    if not any(raw.get(name) for name in names) and not names & unusable:
        missing = "name_ko" if mapping.country == Country.KR else "name_ja"
        fault(missing if column_of(missing) else "name_en", "name_missing")
    employees = _integer(
        raw.get("employees", ""), lambda value: fault("employees", "not_a_number", value)
    )
    founded_on = _date(
        raw.get("founded_on", ""), lambda value: fault("founded_on", "not_a_date", value)
    )
    source_id = raw.get("source_id") or number or raw.get("stock_code", "")
    if not source_id and not faults:
        name = raw.get("name_ko") or raw.get("name_ja") or raw.get("name_en") or ""
        source_id = _digest(f"{name}|{raw.get('address', '')}|{raw.get('region', '')}")
    if faults:
        return faults
    stock_code = raw.get("stock_code", "") or (
        raw.get("source_id", "") if mapping.source_list == "krx" else ""
    )
    return ImportedCompany(
        line=line,
        country=mapping.country,
        source_list=mapping.source_list,
        source_id=source_id,
        language=mapping.language,
        official_number=number,
        values={
            "name_ko": _name(raw, "name_ko"),
            "name_ja": _name(raw, "name_ja"),
            "name_en": _name(raw, "name_en"),
            "name_kana": _name(raw, "name_kana"),
            "website": _website(raw.get("website", "")),
            "address": unicodedata.normalize("NFKC", raw.get("address", ""))[: LIMITS["address"]],
            "representative": raw.get("representative", ""),
            "industry": raw.get("industry", ""),
            "stock_code": stock_code[:12],
        },
        employees=employees,
        founded_on=founded_on,
        region_name=raw.get("region", "") or raw.get("address", ""),
        about=raw.get("about", ""),
        offerings=items_of(raw.get("offerings", "")),
        needs=items_of(raw.get("needs", "")),
    )


def items_of(text: str) -> tuple[ImportedItem, ...]:
    """A products cell, cut into its products: at line ends, numbering, and commas outside of
    parentheses. "등", "など" and the like at the end are dropped; each product stands once."""
    titles: dict[str, str] = {}
    for sentence in SENTENCE_END.split(NUMBERING.sub("\n", text)):
        for piece in _pieces(sentence):
            title = LEAD.sub("", TAIL.sub("", piece).strip(BULLETS))
            key = unicodedata.normalize("NFKC", title).casefold()
            if title and not NOISE.fullmatch(title) and key not in titles:
                titles[key] = title
    found = list(titles.values())
    if len(found) > MAX_ITEMS:
        # Nothing is lost: what a very long list says last becomes one item.
        rest = found[MAX_ITEMS - 1 :]
        found = [*found[: MAX_ITEMS - 1], ", ".join(rest)]
    return tuple(map(_item, found))


def _item(title: str) -> ImportedItem:
    return ImportedItem(
        source_id=_digest(unicodedata.normalize("NFKC", title).casefold()),
        title=title[:TITLE_LENGTH],
        text=title[:MAX_TEXT] if len(title) > TITLE_LENGTH else "",
    )


def _pieces(sentence: str) -> list[str]:
    """A list is cut at its commas, those in brackets aside; a sentence of prose stays whole."""
    is_balanced = sum(sign in OPENING for sign in sentence) == sum(
        sign in CLOSING for sign in sentence
    )
    pieces = [""]
    depth = 0
    for sign in sentence:
        depth += (sign in OPENING) - (sign in CLOSING)
        if sign in COMMAS and (depth <= 0 or not is_balanced):
            pieces.append("")
        else:
            pieces[-1] += sign
    pieces = [" ".join(piece.split()) for piece in pieces]
    return pieces if max(map(len, pieces)) <= LONGEST_PIECE else [" ".join(sentence.split())]


def _enquiry(
    line: int,
    raw: Mapping[str, str],
    mapping: ColumnMapping,
    fault: Callable[..., None],
    faults: list[CellFault],
) -> ImportedCompany | list[CellFault]:
    """A row of a list of wishes: one need of the account that the association runs."""
    title = raw.get("needs", "")
    count = _integer(
        raw.get("enquiries", ""), lambda value: fault("enquiries", "not_a_number", value)
    )
    if not title:
        fault("needs", "title_missing")
    if faults:
        return faults
    wish = _item(title)
    if count:
        note = ENQUIRIES[mapping.language] % {"count": count}
        wish = replace(wish, text=f"{wish.text}\n{note}".strip())
    return ImportedCompany(
        line=line,
        country=mapping.country,
        source_list=mapping.source_list,
        source_id=ENQUIRIES_ID,
        language=mapping.language,
        needs=(wish,),
    )


def why_unusable(value: str, most: int | None) -> str:
    """Why nothing can be done with a cell, whatever it means; "" when it is fine."""
    if value.startswith("=") and len(value) > 1:
        return "formula"
    if LOST_CHARACTER in value:
        return "unreadable"
    return "too_long" if most is not None and len(value) > most else ""


def _name(raw: Mapping[str, str], code: str) -> str:
    return re.sub(r"\s+", " ", raw.get(code, "").replace("\u3000", " ")).strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _integer(text: str, report: Report) -> int | None:
    bare = re.sub(r"[,\s명人名]", "", unicodedata.normalize("NFKC", text))
    if not bare:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", bare):
        report(text)
        return None
    return int(bare)


def _date(text: str, report: Report) -> date | None:
    parts = re.findall(r"[0-9]+", unicodedata.normalize("NFKC", text))
    if not text:
        return None
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    try:
        return date(*(int(part) for part in parts[:3]))
    except (TypeError, ValueError):
        report(text)
        return None


def _website(text: str) -> str:
    """The address, mended where lists break it (http:///host); unusable ones are dropped: a dead
    link is no reason to refuse a firm."""
    bare = re.sub(r"^(?:https?:/*)+", "", text.strip(), flags=re.IGNORECASE).rstrip("/")
    scheme = "https" if text.lower().startswith("https") else "http"
    try:
        host = urlsplit(f"//{bare}").hostname or ""
    except ValueError:
        return ""
    address = f"{scheme}://{bare}"
    is_usable = "." in host and not re.search(r"\s", bare) and len(address) <= LIMITS["website"]
    return address if is_usable else ""
