"""Documents that a firm hands in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from companies.choices import ProofKind
from documents.forms import DocumentField


class ProofForm(forms.Form):
    """One document with its kind."""

    kind = forms.ChoiceField(label=_("Kind of document"), choices=ProofKind.choices)
    file = DocumentField(
        label=_("File"), help_text=_("PDF, JPEG or PNG. Only staff of the association see it.")
    )

    @property
    def upload(self) -> dict[str, Any]:
        """`name` and `content`, as the services take them."""
        return read_upload(self.cleaned_data["file"])


class ReplacementForm(forms.Form):
    file = DocumentField(label=_("Newer file"))

    @property
    def upload(self) -> dict[str, Any]:
        return read_upload(self.cleaned_data["file"])


def read_upload(file: UploadedFile[bytes]) -> dict[str, Any]:
    """`name` and `content` of an uploaded file."""
    return {"name": file.name or "", "content": file.read()}
