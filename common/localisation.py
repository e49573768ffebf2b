"""Facts in three languages: choosing the text to show and saying which language it is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import models
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES: Final[tuple[str, ...]] = ("ko", "ja", "en")

# Which language to fall back to: first the reader's own, then English, then what there is.
FALLBACK: Final[dict[str, tuple[str, ...]]] = {
    "ko": ("ko", "en", "ja"),
    "ja": ("ja", "en", "ko"),
    "en": ("en", "ko", "ja"),
}


class Language(models.TextChoices):
    KO = "ko", _("Korean")
    JA = "ja", _("Japanese")
    EN = "en", _("English")


def active_language() -> str:
    """The active language as one of LANGUAGES."""
    code = (get_language() or "en").split("-")[0]
    return code if code in LANGUAGES else "en"


def pick(
    obj: Any, field: str, language: str | None = None, order: Sequence[str] | None = None
) -> tuple[str, str]:
    """Return (text, language) of `obj.<field>_<language>` in the best language that is filled.

    The reader's language comes first; ("", language) when no language is filled.
    """
    language = language or active_language()
    for code in order or FALLBACK[language]:
        text = getattr(obj, f"{field}_{code}", "")
        if text:
            return text, code
    return "", language


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Run the block with `language` active: mails and documents in the recipient's language."""
    with translation.override(language):
        yield
