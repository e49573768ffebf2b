"""Only the files we mean to take, as what they are, and given back so that nothing runs."""

import io
import zipfile

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook
from pytest_django import Settings

from documents.choices import WORKING_PAPERS
from documents.forms import DocumentField
from documents.models import Document
from documents.responses import download
from documents.services import UnsuitableFile, clean_name, store_document
from tests.factories import UserFactory

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
PAGE = b"<!doctype html><script>alert(1)</script>"
PROGRAM = b"MZ" + bytes(300)


def store(name: str, content: bytes, **kinds: object) -> Document:
    return store_document(
        name=name,
        content=content,
        actor=UserFactory(),
        now=timezone.now(),
        **kinds,  # type: ignore[arg-type]
    )


@pytest.mark.django_db
def test_a_file_is_kept_as_it_is() -> None:
    document = store("ISO 9001 인증서.pdf", PDF)
    document.refresh_from_db()
    assert bytes(document.content) == PDF
    assert (document.media_type, document.size) == ("application/pdf", len(PDF))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("page.html", PAGE),
        ("page.pdf", PAGE),
        ("invoice.pdf", PROGRAM),
        ("invoice.pdf.exe", PDF),
        ("picture.pdf", PNG),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("papers.zip", b"PK\x03\x04" + bytes(64)),
    ],
)
def test_other_files_are_refused_whatever_they_are_called(name: str, content: bytes) -> None:
    with pytest.raises(UnsuitableFile):
        store(name, content)
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_a_file_may_be_so_large_and_no_larger(settings: Settings) -> None:
    settings.DOCUMENT_MAX_BYTES = len(PDF)
    store("fits.pdf", PDF)
    with pytest.raises(UnsuitableFile):
        store("too-large.pdf", PDF + b" ")


@pytest.mark.django_db
def test_a_workbook_is_a_working_paper_but_no_proof() -> None:
    stream = io.BytesIO()
    Workbook().save(stream)
    assert store("prices.xlsx", stream.getvalue(), kinds=WORKING_PAPERS).pk
    with pytest.raises(UnsuitableFile):
        store("prices.xlsx", stream.getvalue())


@pytest.mark.django_db
def test_an_archive_is_no_workbook() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("run.exe", PROGRAM)
    with pytest.raises(UnsuitableFile):
        store("prices.xlsx", stream.getvalue(), kinds=WORKING_PAPERS)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\scans\\登記.pdf", "登記.pdf"),
        ("report\u202efdp.exe.pdf", "reportfdp.exe.pdf"),
        ("line\r\nbreak.pdf", "linebreak.pdf"),
        ("…" * 300 + ".pdf", "…" * 196 + ".pdf"),
    ],
)
def test_the_name_is_only_a_name(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.django_db
def test_a_file_is_given_back_to_keep_and_never_runs() -> None:
    response = download(store("사업자등록증.pdf", PDF))
    assert response.content == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"


def test_the_form_says_at_the_field_what_is_wrong() -> None:
    class Handed(forms.Form):
        file = DocumentField()

    good = Handed({}, {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert good.is_valid()
    assert good.cleaned_data["file"].read() == PDF
    bad = Handed({}, {"file": SimpleUploadedFile("a.pdf", PAGE)})
    assert "JPEG" in bad.errors["file"][0]
