"""A message with its files."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from common.localisation import Language
from dialogue.choices import POST_FILES, POST_LENGTH
from dialogue.services import NewFile
from documents.choices import WORKING_PAPERS
from documents.forms import DocumentField


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class DocumentsField(DocumentField):
    """Several files, each of which `store_document` will take; the cleaned value is a list."""

    def __init__(self, **kwargs: Any) -> None:
        endings = ",".join(f".{end}" for ends in WORKING_PAPERS.values() for end in ends)
        widget = FilesInput(attrs={"accept": endings, "multiple": True})
        super().__init__(kinds=WORKING_PAPERS, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        taken = [super(DocumentsField, self).clean(each, initial) for each in files if each]
        if len(taken) > POST_FILES:
            raise forms.ValidationError(
                _("At most %(most)s files in one message.") % {"most": POST_FILES}, code="too_many"
            )
        return taken


class PostForm(forms.Form):
    """`nonce` makes a form that is sent twice one message."""

    text = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=POST_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    attachments = DocumentsField(
        label=_("Files"),
        required=False,
        help_text=_("PDF, JPG, PNG, DOCX, XLSX or PPTX; at most five files of 10 MB each."),
    )
    language = forms.ChoiceField(
        label=_("Language of the message"),
        required=False,
        choices=[("", _("recognised by itself")), *Language.choices],
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nonce"].initial = uuid.uuid4

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("text") and not cleaned.get("attachments"):
            self.add_error("text", _("Write a message or choose a file."))
        return cleaned

    def new_files(self) -> list[NewFile]:
        files: list[UploadedFile[bytes]] = self.cleaned_data["attachments"]
        return [NewFile(file.name or "", file.read()) for file in files]
