"""A firm's own list of offerings or needs: its columns, and one row → one item or its faults."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, Final

from common.localisation import LANGUAGES, active_language
from common.spreadsheets import plain_cell
from companies import tagging
from companies.choices import Incoterm, ItemKind, Stage
from companies.importing.mapping import IGNORE, fold_header, own_columns
from companies.importing.rows import SHOWN, CellFault, why_unusable
from companies.rules import PRICES, TEXTS, TITLES, VOLUMES, item_faults
from taxonomy.models import Certification, Concept, Currency, Unit

# Field code → its header in Korean, Japanese and English; further headers that people use.
COLUMNS: Final[Mapping[str, tuple[tuple[str, str, str], tuple[str, ...]]]] = {
    "source_id": (
        ("품목 코드", "品目コード", "Article code"),
        ("코드", "품번", "品番", "code", "sku"),
    ),
    "title_ko": (
        ("품목명(한국어)", "品目名（韓国語）", "Title (Korean)"),
        ("품명", "품목명", "제품명"),
    ),
    "title_ja": (
        ("품목명(일본어)", "品目名（日本語）", "Title (Japanese)"),
        ("品名", "品目名", "製品名"),
    ),
    "title_en": (
        ("품목명(영어)", "品目名（英語）", "Title (English)"),
        ("title", "product", "name"),
    ),
    "text_ko": (("설명(한국어)", "説明（韓国語）", "Description (Korean)"), ("설명", "제품설명")),
    "text_ja": (("설명(일본어)", "説明（日本語）", "Description (Japanese)"), ("説明", "製品説明")),
    "text_en": (("설명(영어)", "説明（英語）", "Description (English)"), ("description", "text")),
    "concepts": (("품목 개념", "品目概念", "Concepts"), ("분류", "分類", "category", "concept")),
    "hs6": (("HS 코드", "HSコード", "HS codes"), ("hs", "hscode", "hs6", "세번")),
    "annual_volume": (
        ("연간 수량", "年間数量", "Annual volume"),
        ("volume", "capacity", "생산능력"),
    ),
    "minimum_order": (("최소 주문량", "最低発注数量", "Minimum order"), ("moq",)),
    "unit": (("단위", "単位", "Unit"), ()),
    "lead_time_days": (
        ("납기(일)", "納期（日）", "Lead time (days)"),
        ("납기", "納期", "leadtime"),
    ),
    "price_min": (("최저 가격", "最低価格", "Lowest price"), ()),
    "price_max": (
        ("최고 가격", "最高価格", "Highest price"),
        ("단가", "単価", "price", "가격", "価格"),
    ),
    "currency": (("통화", "通貨", "Currency"), ()),
    "incoterm": (("인코텀즈", "インコタームズ", "Incoterm"), ("incoterms",)),
    "stage": (("개발 단계", "開発段階", "Development stage"), ("stage",)),
    "certifications": (("인증", "認証", "Certifications"), ("certification",)),
    "max_lead_time_days": (("최대 납기(일)", "最大納期（日）", "Lead time at most (days)"), ()),
    "valid_until": (("유효 기간", "有効期限", "Valid until"), ()),
}
ONLY_NEEDS: Final = ("max_lead_time_days",)
LIMITS: Final = {"source_id": 80} | {
    f"{name}_{language}": most
    for name, most in (("title", 200), ("text", 5000))
    for language in LANGUAGES
}
WHOLE: Final = ("lead_time_days", "max_lead_time_days")
TOGETHER: Final = 200
SEVERAL: Final = re.compile(r"[,;|\n、，；]+")
# An article code of the firm's own is told from one that was made of a title.
MADE: Final = "title:"


@dataclass(frozen=True, slots=True)
class OwnItem:
    """What a row says; blank cells are absent. `related`: ids of many-to-many rows."""

    line: int
    source_id: str
    values: Mapping[str, Any]
    related: Mapping[str, list[int]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return next((self.values[name] for name in TITLES if self.values.get(name)), "")


def fields_of(kind: str) -> list[str]:
    return [code for code in COLUMNS if kind == ItemKind.NEED or code not in ONLY_NEEDS]


def label_of(code: str, language: str | None = None) -> str:
    return COLUMNS[code][0][LANGUAGES.index(language or active_language())]


def column_of(code: str, columns: Mapping[int, str], header: Sequence[str]) -> str:
    """The header over a field; of a title or text that has no column, over one in another
    language; "" when there is none."""
    same = next((names for names in (TITLES, TEXTS) if code in names), ())
    for name in (code, *same):
        for position, mapped in columns.items():
            if mapped == name:
                return header[position]
    return ""


def guess_own_columns(header: Sequence[str], kind: str) -> dict[int, str]:
    """{position: field} by what the headers say in any language; each field once."""
    by_name = {
        fold_header(alias): code
        for code in fields_of(kind)
        for alias in (*COLUMNS[code][0], *COLUMNS[code][1])
    }
    folded = [fold_header(name) for name in header]
    guess: dict[int, str] = {}
    for position, name in enumerate(folded):
        code = by_name.get(name, IGNORE)
        if code and code not in guess.values() and folded.count(name) == 1:
            guess[position] = code
    return guess


def read_own_rows(
    rows: Iterable[tuple[int, list[str]]],
    header: Sequence[str],
    columns: Mapping[int, str],
    *,
    country: str,
    is_width_certain: bool,
) -> Iterable[tuple[int, list[str], OwnItem | list[CellFault]]]:
    """(line, cells, item or every fault of the row). An article that stood in an earlier row is a
    fault. Where no concept and no HS code is given, concepts are taken from the text. Rules are
    held against what the row says alone; `plan_own_items` knows what the firm has stored."""
    words = _Words()
    seen: set[str] = set()
    rows = iter(rows)
    while batch := list(islice(rows, TOGETHER)):
        read = [
            _Row(line, cells, header, columns, words, country, is_width_certain)
            for line, cells in batch
        ]
        tags = tagging.tag([row.text for row in read])
        for row, tagged in zip(read, tags, strict=True):
            yield row.line, row.cells, row.outcome(tagged, seen)


class _Words:
    """Coded things by every name they have, folded."""

    def __init__(self) -> None:
        self.concepts = self._by_name(Concept, has_synonyms=True)
        self.certifications = self._by_name(Certification)
        self.units = self._by_name(Unit)
        self.currencies = self._by_name(Currency)
        self.incoterms = {_fold(code): code for code in Incoterm.values}
        self.stages = {_fold(each): each for each in Stage.values} | {
            _fold(str(label)): code for code, label in Stage.choices
        }

    @staticmethod
    def _by_name(model: Any, *, has_synonyms: bool = False) -> dict[str, int]:
        names = ["code", *(f"label_{language}" for language in LANGUAGES)]
        lists = [f"synonyms_{language}" for language in LANGUAGES] if has_synonyms else []
        rows = model.objects.filter(is_active=True) if has_synonyms else model.objects.all()
        found: dict[str, int] = {}
        for row in rows.order_by("pk").values_list("pk", *names, *lists):
            told: list[Any] = list(row[1:])
            pk = int(row[0])
            synonyms = (each for listed in told[len(names) :] for each in listed)
            for label in (*told[: len(names)], *synonyms):
                found.setdefault(_fold(label), pk)
        return found


class _Row:
    """One row on its way to an item; every fault is noted, never only the first."""

    def __init__(
        self,
        line: int,
        cells: list[str],
        header: Sequence[str],
        columns: Mapping[int, str],
        words: _Words,
        country: str,
        is_width_certain: bool,
    ) -> None:
        self.line, self.cells, self.header = line, cells, header
        self.columns, self.words, self.country = columns, words, country
        self.faults: list[CellFault] = []
        self.raw: dict[str, str] = {}
        self.unusable: set[str] = set()
        if len(cells) > len(header):
            self.faults.append(CellFault("", "too_many_cells", cells[-1][:SHOWN]))
        elif is_width_certain and len(cells) < own_columns(header):
            self.faults.append(CellFault("", "too_few_cells", ""))
        else:
            self._take()

    def _take(self) -> None:
        for position, code in self.columns.items():
            value = self.cells[position].strip() if position < len(self.cells) else ""
            value = plain_cell(value)
            if why := why_unusable(value, LIMITS.get(code, 1000)):
                self.fault(code, why, value)
                self.unusable.add(code)
            elif value:
                self.raw[code] = value

    @property
    def text(self) -> str:
        return "\n".join(self.raw[code] for code in (*TITLES, *TEXTS) if code in self.raw)

    def fault(self, code: str, why: str, value: str = "") -> None:
        column = column_of(code, self.columns, self.header)
        self.faults.append(CellFault(column, why, value[:SHOWN]))

    def outcome(self, tagged: list[int], seen: set[str]) -> OwnItem | list[CellFault]:
        if any(each.code in ("too_many_cells", "too_few_cells") for each in self.faults):
            return self.faults
        values: dict[str, Any] = {code: self.raw[code] for code in LIMITS if code in self.raw}
        source_id = values.pop("source_id", "")
        titles = [values[name] for name in TITLES if name in values]
        values |= self._numbers() | self._coded()
        related, hs6 = self._related(), self._codes()
        if hs6:
            values["hs6"] = hs6
        self._hold_to_rules(values)
        if not related.get("concepts") and not hs6 and not self.faults:
            if tagged:
                related["concepts"] = tagged
            else:
                self.fault("concepts", "no_concept", titles[0])
        source_id = source_id or MADE + _digest(_fold(titles[0]) if titles else "")
        if source_id in seen and not self.faults:
            self.fault("source_id", "article_repeated", self.raw.get("source_id", ""))
        if self.faults:
            return self.faults
        seen.add(source_id)
        return OwnItem(self.line, source_id, values, related)

    def _hold_to_rules(self, values: Mapping[str, Any]) -> None:
        """A blank cell says nothing; of one that is faulty in itself the rules are not told."""
        ruled = (*TITLES, *PRICES, *VOLUMES, "unit", "currency", "hs6")
        blank = {name: None for name in ruled if name not in {*self.raw, *self.unusable}}
        told = blank | {name: values[name] for name in ruled if name in values}
        for name, code in item_faults(told, country=self.country).items():
            self.fault(name, code, self.raw.get(name, ""))

    def _numbers(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for code in (*VOLUMES, *PRICES, *WHOLE):
            if text := self.raw.get(code):
                number = _number(text)
                if number is None or (code in WHOLE and (number < 0 or number % 1)):
                    self.fault(code, "not_a_number" if code in WHOLE else "not_an_amount", text)
                else:
                    found[code] = int(number) if code in WHOLE else number
        if text := self.raw.get("valid_until"):
            found["valid_until"] = _date(text)
            if found["valid_until"] is None:
                self.fault("valid_until", "not_a_date", text)
        return found

    def _coded(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        known: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
            ("unit", "unit_id", self.words.units),
            ("currency", "currency_id", self.words.currencies),
            ("incoterm", "incoterm", self.words.incoterms),
            ("stage", "stage", self.words.stages),
        )
        for code, name, names in known:
            if text := self.raw.get(code):
                found[name] = names.get(_fold(text))
                if found[name] is None:
                    self.fault(code, "not_known", text)
        return found

    def _related(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for code in ("concepts", "certifications"):
            names: Mapping[str, int] = getattr(self.words, code)
            for text in filter(None, map(str.strip, SEVERAL.split(self.raw.get(code, "")))):
                if (pk := names.get(_fold(text))) is None:
                    self.fault(code, "not_known", text)
                else:
                    found.setdefault(code, []).append(pk)
        return {code: list(dict.fromkeys(ids)) for code, ids in found.items()}

    def _codes(self) -> list[str]:
        found = []
        for text in filter(None, re.split(r"[,;\s、，]+", self.raw.get("hs6", ""))):
            digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
            if len(digits) < 6:
                self.fault("hs6", "not_an_hs_code", text)
            # National codes begin with the six digits that all countries share.
            found.append(digits[:6])
        return list(dict.fromkeys(found))


def _fold(text: str) -> str:
    return re.sub(r"[\s_\-‐-―・·]", "", unicodedata.normalize("NFKC", text)).casefold()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _number(text: str) -> Decimal | None:
    bare = re.sub(r"[,\s]|일$|日$", "", unicodedata.normalize("NFKC", text))
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    is_fine = number.is_finite() and abs(number) < Decimal(10) ** 14
    return number.quantize(Decimal("0.01")) if is_fine else None


def _date(text: str) -> date | None:
    parts = re.findall(r"[0-9]+", unicodedata.normalize("NFKC", text))
    reader: Callable[..., date] = date
    try:
        return reader(*(int(part) for part in parts[:3]))
    except (TypeError, ValueError):
        return None
