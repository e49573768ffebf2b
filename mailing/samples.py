"""One list of every kind of mail, each with an example of what it says.

Every app names its own mails in `mail_samples.py`, as `SAMPLES`: what staff preview, what the tests
render, and what docs/mail.md tells of. A template that is in no row fails the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Final

from django.apps import apps

from common.localisation import in_language
from mailing.choices import Category
from mailing.links import absolute_url
from mailing.rendering import Rendered, render_mail

MODULE: Final = "mail_samples"
# Whom the examples are written to.
ADDRESS: Final = "sato@shinsei.example"
READER: Final = SimpleNamespace(pk=0, email=ADDRESS)

Words = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """A kind of mail: `context(language)` makes believable, unsaved objects for its template.

    It runs with `language` active. `variant` tells apart several rows of one kind.
    """

    kind: str
    category: Category
    template: str
    context: Callable[[str], Words]
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.variant}" if self.variant else self.kind

    def render(self, language: str) -> Rendered:
        with in_language(language):
            context = self.context(language)
        return render_mail(
            template=self.template,
            category=self.category,
            address=ADDRESS,
            language=language,
            context=context,
            user=READER,
        )


def all_samples() -> dict[str, Sample]:
    """name → sample, of every app that sends mails, lowest app first."""
    found: dict[str, Sample] = {}
    for app in reversed(list(apps.get_app_configs())):
        name = f"{app.name}.{MODULE}"
        if find_spec(name) is None:
            continue
        for sample in import_module(name).SAMPLES:
            if sample.name in found:
                raise ValueError(f"Two samples are called {sample.name}.")
            found[sample.name] = sample
    return found


def sample_link(path: str = "/") -> str:
    """An address as mails have it; it opens nothing that belongs to anybody."""
    return absolute_url(path)


def in_words(ko: str, ja: str, en: str) -> dict[str, str]:
    """A text of an example in three languages."""
    return {"ko": ko, "ja": ja, "en": en}
