"""A form field for files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from documents.choices import PROOFS
from documents.services import UnsuitableFile, media_type_of


class DocumentField(forms.FileField):
    """A file that `documents.services.store_document` will take; says at the field why not.

    The cleaned value is the uploaded file, rewound.
    """

    def __init__(self, *, kinds: Mapping[str, tuple[str, ...]] = PROOFS, **kwargs: Any) -> None:
        self.kinds = kinds
        endings = ",".join(f".{ending}" for ends in kinds.values() for ending in ends)
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": endings}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            try:
                media_type_of(name=file.name or "", content=file.read(), kinds=self.kinds)
            except UnsuitableFile as error:
                raise forms.ValidationError(str(error), code="unsuitable") from error
            file.seek(0)
        return file
