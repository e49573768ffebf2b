"""An empty list for a firm to fill in: our headers in its language, and what each wants."""

from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from companies.importing.catalogue import fields_of, label_of

SHEETS: Final = {
    "ko": ("목록", "안내"),
    "ja": ("リスト", "記入例"),
    "en": ("List", "How to fill it in"),
}
WIDE: Final = 18
EXAMPLES: Final[dict[str, tuple[str, str, str]]] = {
    "source_id": ("A-100", "A-100", "A-100"),
    "title_ko": ("고순도 식각액",) * 3,
    "title_ja": ("高純度エッチング液",) * 3,
    "title_en": ("high-purity etchant",) * 3,
    "text_ko": ("반도체 웨이퍼 공정용 식각액",) * 3,
    "text_ja": ("半導体ウェハ工程用のエッチング液",) * 3,
    "text_en": ("Etchant for semiconductor wafers",) * 3,
    "concepts": ("식각액", "エッチング液", "etchant"),
    "hs6": ("3824.99", "3824.99", "3824.99"),
    "annual_volume": ("12,000", "12,000", "12,000"),
    "minimum_order": ("200", "200", "200"),
    "unit": ("l", "l", "l"),
    "lead_time_days": ("30", "30", "30"),
    "price_min": ("10", "10", "10"),
    "price_max": ("12.5", "12.5", "12.5"),
    "currency": ("USD", "USD", "USD"),
    "incoterm": ("FOB", "FOB", "FOB"),
    "stage": ("mass_production", "mass_production", "mass_production"),
    "certifications": ("iso_9001", "iso_9001", "iso_9001"),
    "max_lead_time_days": ("45", "45", "45"),
    "valid_until": ("2027-12-31", "2027-12-31", "2027-12-31"),
}


def template_workbook(kind: str, *, language: str) -> Workbook:
    """The first sheet is the list with nothing but its header; the second shows an example."""
    book = Workbook(write_only=False)
    listed, shown = SHEETS[language]
    sheet = book.create_sheet(listed, 0)
    guide = book.create_sheet(shown, 1)
    del book[book.sheetnames[-1]]
    for column, code in enumerate(fields_of(kind), start=1):
        label = label_of(code, language)
        head = sheet.cell(1, column, label)
        head.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = WIDE
        guide.cell(column, 1, label).font = Font(bold=True)
        guide.cell(column, 2, EXAMPLES[code][("ko", "ja", "en").index(language)])
    guide.column_dimensions["A"].width = guide.column_dimensions["B"].width = 2 * WIDE
    sheet.freeze_panes = "A2"
    return book
