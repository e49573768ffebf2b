"""The demo's documents are what they say they are, and stand where the story needs them."""

from demo.generator.papers import pdf
from documents.choices import PROOFS
from documents.services import media_type_of


def test_a_paper_is_a_pdf_that_the_product_takes() -> None:
    content = pdf(["Certificate (1)", "주식회사", "back\\slash"])
    assert media_type_of(name="a.pdf", content=content, kinds=PROOFS) == "application/pdf"
    table = content.index(b"xref")
    assert content.endswith(b"%%EOF\n")
    assert f"startxref\n{table}\n".encode() in content
    assert rb"(Certificate \(1\))" in content
