"""Small documents for the demo, made here: nobody's real certificate is in this repository."""

from collections.abc import Sequence
from typing import Final

PAGE: Final = (595, 842)
LEFT, TOP, LINE = 72, 770, 24


def pdf(lines: Sequence[str]) -> bytes:
    """A page of plain lines as a PDF; characters outside ASCII become question marks.

    >>> pdf(["Certificate"]).startswith(b"%PDF-1.4")
    True
    """
    shown = (
        f"BT /F1 14 Tf {LEFT} {TOP - number * LINE} Td ({_escaped(line)}) Tj ET"
        for number, line in enumerate(lines)
    )
    content = "\n".join(shown)
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    written, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    )
    return (written + end).encode("ascii")


def _escaped(line: str) -> str:
    plain = line.encode("ascii", "replace").decode()
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
