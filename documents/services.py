"""Taking files in."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

import filetype
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import RuleViolated
from documents.choices import PROOFS
from documents.models import Document

NAME_LENGTH: Final = Document._meta.get_field("name").max_length or 0
# What `filetype` looks at; every type we take is told by less.
HEAD_BYTES: Final = 8192


class UnsuitableFile(RuleViolated):
    """The file is empty, too large, or not of a type that is taken."""


def media_type_of(*, name: str, content: bytes, kinds: Mapping[str, tuple[str, ...]]) -> str:
    """The media type that the bytes of a file show, when `kinds` takes it under that name.

    Raises UnsuitableFile, with a sentence for the person who chose the file.
    """
    if not content:
        raise UnsuitableFile(_("This file is empty."))
    if len(content) > settings.DOCUMENT_MAX_BYTES:
        raise UnsuitableFile(
            _("This file is larger than %(most)s MB.") % {"most": settings.DOCUMENT_MAX_BYTES >> 20}
        )
    shown = filetype.guess_mime(content[:HEAD_BYTES])
    ending = PurePath(name).suffix.lstrip(".").lower()
    if shown not in kinds or ending not in kinds[shown]:
        endings = ", ".join(sorted({end.upper() for ends in kinds.values() for end in ends}))
        raise UnsuitableFile(
            _("This file is not one of these types: %(endings)s.") % {"endings": endings}
        )
    return str(shown)


def store_document(
    *,
    name: str,
    content: bytes,
    kinds: Mapping[str, tuple[str, ...]] = PROOFS,
    actor: Any,
    now: datetime,
) -> Document:
    """Keep a file. Raises UnsuitableFile; nothing is stored then."""
    return Document.objects.create(
        name=clean_name(name),
        media_type=media_type_of(name=name, content=content, kinds=kinds),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_by=actor,
        created_at=now,
    )


def clean_name(name: str) -> str:
    """The file's own name: no folders, no signs that mislead, its ending kept when cut."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    shown = "".join(sign for sign in base if unicodedata.category(sign)[0] != "C").strip(" .")
    path = PurePath(shown or "file")
    return path.stem[: NAME_LENGTH - len(path.suffix)] + path.suffix
