"""How much memory a file takes: `python -m tests.companies.hungry KIND` prints the peak in MB.

The process only reads: first what it says, then row by row as an import does.
"""

import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Final

MB: Final = 1 << 20


def korean_list() -> bytes:
    """50 MB of CP949, as lists of firms are."""
    row = "가교전자 주식회사," + "반도체용 감광액과 시험 소켓의 제조 및 판매 " * 20 + ",경기도\n"
    content = "회사명,주요제품,지역\n".encode("cp949") + row.encode("cp949") * 60_000
    return content[: 50 * MB]


def open_quotation_mark() -> bytes:
    return b'a,b\n1,"' + b"2,3\n" * (12 * MB)


def web_table() -> bytes:
    row = "<tr><td>가교전자</td><td>감광액</td></tr>\n"
    return ("<html><table>" + row * 60_000).encode()


def unpacking_workbook() -> bytes:
    """A sheet that unpacks to just less than is refused by its size, without a single row."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
            'PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.spreadsheetml.worksheet+xml"/></Types>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _block in range(390):
                sheet.write(b" " * MB)
    return file.getvalue()


def read(content: bytes) -> str:
    from companies.importing.sheets import read_sheet
    from companies.importing.unreadable import UnreadableFile

    try:
        _sheet, rows = read_sheet(content)
        return f"{sum(1 for _row in rows)} rows"
    except UnreadableFile as error:
        return error.code


def peak_mb() -> int:
    """Of this program alone: what `getrusage` tells begins with what the parent took."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    outcome = read(globals()[sys.argv[1]]())
    sys.stdout.write(f"{outcome}|{peak_mb()}")
