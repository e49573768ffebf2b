"""Giving a file back: always to keep, never to run or to show inside a page of ours."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from documents.models import Document


def download(document: Document) -> HttpResponse:
    """The file as an attachment. The caller has asked whether this reader may have it."""
    response = HttpResponse(bytes(document.content), content_type=document.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, document.name) or ""
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
