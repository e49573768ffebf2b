"""Which column means what: the fields, the presets for known lists, and a good first guess."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.importing.unreadable import UnreadableFile
from taxonomy.choices import Country

IGNORE: Final = ""
# What an error file adds behind the list's own columns; a re-import passes them over.
LINE_COLUMN: Final = "gagyo_line"
FAULT_COLUMN: Final = "gagyo_fault"

# Field code → (label, headers that agencies use for it, folded by `fold_header`).
FIELDS: Final[Mapping[str, tuple[str | Promise, tuple[str, ...]]]] = {
    "source_id": (_("identifier in the list"), ("id", "관리번호", "edinetコード", "管理番号")),
    "official_number": (
        _("official number"),
        (
            "사업자등록번호",
            "사업자번호",
            "法人番号",
            "提出者法人番号",
            "corporatenumber",
            "officialnumber",
            "businessnumber",
        ),
    ),
    "name_ko": (_("Korean name"), ("회사명", "기업명", "업체명", "상호", "nameko")),
    "name_ja": (_("Japanese name"), ("会社名", "企業名", "法人名", "提出者名", "商号", "nameja")),
    "name_en": (
        _("English name"),
        (
            "영문명",
            "영문회사명",
            "英文名",
            "英語名",
            "提出者名英字",
            "nameen",
            "companyname",
            "name",
        ),
    ),
    "name_kana": (_("name in kana"), ("カナ", "フリガナ", "提出者名ヨミ", "nameyomi", "namekana")),
    "stock_code": (_("stock code"), ("종목코드", "証券コード", "seccode", "stockcode")),
    "website": (_("website"), ("홈페이지", "웹사이트", "ホームページ", "url", "website")),
    "region": (_("region"), ("지역", "시도", "都道府県", "region")),
    "address": (_("address"), ("주소", "소재지", "住所", "所在地", "address")),
    "founded_on": (_("founded"), ("설립일", "設立日", "設立年月日", "foundedon")),
    "representative": (_("representative"), ("대표자", "대표자명", "代表者", "representative")),
    "employees": (_("employees"), ("종업원수", "직원수", "従業員数", "employees")),
    "industry": (_("industry"), ("업종", "業種", "提出者業種", "industry", "edinetindustry")),
    "about": (_("about the firm"), ("회사소개", "기업소개", "会社概要", "about")),
    "offerings": (
        _("products (become offerings)"),
        (
            "주요제품",
            "생산품",
            "품목",
            "취급품목",
            "主要製品",
            "取扱製品",
            "事業内容",
            "businessoverviewja",
            "products",
        ),
    ),
    "needs": (
        _("wanted products (become needs)"),
        ("구매희망", "수요품목", "item", "調達品", "needs"),
    ),
    "enquiries": (_("number of enquiries"), ("inquiries", "문의건수", "引合件数")),
}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a file is read: {column position: field}, and what holds for every row."""

    columns: Mapping[int, str]
    country: str
    source_list: str
    language: str
    # Rows are wishes of one firm that the association runs, not firms of their own.
    is_enquiries: bool = False
    # {field: digits}: codes that spreadsheets turn into numbers get their zeros back.
    widths: Mapping[str, int] = field(default_factory=dict)
    # A row with fewer cells than the header is a broken line, not a row with blanks at its end.
    is_width_certain: bool = True

    @property
    def tells(self) -> frozenset[str]:
        return frozenset(self.columns.values())


@dataclass(frozen=True, slots=True)
class Preset:
    """A known list: recognised by its headers."""

    code: str
    label: str | Promise
    country: str
    source_list: str
    language: str
    columns: Mapping[str, str]
    is_enquiries: bool = False
    widths: Mapping[str, int] = field(default_factory=dict)

    def missing(self, header: Sequence[str]) -> list[str]:
        """The list's columns that do not stand in `header` exactly once."""
        folded = Counter(map(fold_header, header))
        return [name for name in self.columns if folded[fold_header(name)] != 1]


def fold_header(name: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name).casefold())


PRESETS: Final[tuple[Preset, ...]] = (
    Preset(
        code="kr_listed",
        label=_("Korea Exchange: listed firms"),
        country=Country.KR,
        source_list="krx",
        language="ko",
        columns={
            "회사명": "name_ko",
            "종목코드": "source_id",
            "업종": "industry",
            "주요제품": "offerings",
            "홈페이지": "website",
            "지역": "region",
        },
        widths={"source_id": 6},
    ),
    Preset(
        code="jp_listed",
        label=_("Japanese listed firms with business overview"),
        country=Country.JP,
        source_list="jp_listed",
        language="ja",
        columns={
            "corporate_number": "official_number",
            "sec_code": "stock_code",
            "name_ja": "name_ja",
            "name_en": "name_en",
            "name_yomi": "name_kana",
            "address": "address",
            "edinet_industry": "industry",
            "business_overview_ja": "offerings",
            "website": "website",
            "employees": "employees",
        },
    ),
    Preset(
        code="jp_filers",
        label=_("EDINET code list: Japanese filers"),
        country=Country.JP,
        source_list="edinet",
        language="ja",
        columns={
            "ＥＤＩＮＥＴコード": "source_id",
            "提出者名": "name_ja",
            "提出者名（英字）": "name_en",
            "提出者名（ヨミ）": "name_kana",
            "所在地": "address",
            "提出者業種": "industry",
            "証券コード": "stock_code",
            "提出者法人番号": "official_number",
        },
    ),
    Preset(
        code="jp_enquiries",
        label=_("Enquiries of Japanese buyers"),
        country=Country.JP,
        source_list="jp_enquiries",
        language="ko",
        columns={"item": "needs", "inquiries": "enquiries"},
        is_enquiries=True,
    ),
)
# A file with this share of a list's columns is that list with columns missing.
NEAR: Final = 0.6
PRESET_BY_CODE: Final = {preset.code: preset for preset in PRESETS}


def find_preset(header: Sequence[str]) -> Preset | None:
    """The preset whose headers all stand in `header`; the one with most headers wins."""
    fitting = [preset for preset in PRESETS if not preset.missing(header)]
    return max(fitting, key=lambda preset: len(preset.columns), default=None)


def nearest_preset(header: Sequence[str]) -> Preset | None:
    """The list that `header` must be meant for: most of its columns are there, some are not."""

    def share(preset: Preset) -> float:
        return 1 - len(preset.missing(header)) / len(preset.columns)

    best = max(PRESETS, key=share)
    return best if len(best.columns) > 2 and share(best) >= NEAR else None


def guess_columns(header: Sequence[str], preset: Preset | None = None) -> dict[int, str]:
    """{column position: field} by the preset, else by what the headers say; each field once.

    A header that stands twice says nothing.
    """
    by_name = (
        {fold_header(name): code for name, code in preset.columns.items()}
        if preset
        else {alias: code for code, (_label, aliases) in FIELDS.items() for alias in aliases}
    )
    folded = [fold_header(name) for name in header]
    guess: dict[int, str] = {}
    for position, name in enumerate(folded):
        code = by_name.get(name, IGNORE)
        if code and code not in guess.values() and folded.count(name) == 1:
            guess[position] = code
    return guess


def guess_country(columns: Mapping[int, str]) -> str:
    """The country whose firms a list names in their own script; "" when it names both or none."""
    names = {"name_ko", "name_ja"} & set(columns.values())
    return {"name_ko": Country.KR, "name_ja": Country.JP}[names.pop()] if len(names) == 1 else ""


def named_columns(header: Sequence[str], columns: Mapping[str, str]) -> dict[int, str]:
    """{position: field} of {header: field}. Raises UnreadableFile(`missing_column` or
    `repeated_column`) for a header that does not stand in the file exactly once."""
    found = {}
    for name, code in columns.items():
        if (times := list(header).count(name)) != 1:
            raise UnreadableFile("repeated_column" if times else "missing_column", column=name)
        found[list(header).index(name)] = code
    return found


def own_columns(header: Sequence[str]) -> int:
    """How many of the columns are the list's own: those that an error file added come last."""
    added = (LINE_COLUMN, FAULT_COLUMN)
    return len(header) - len(added) if tuple(header[-len(added) :]) == added else len(header)
