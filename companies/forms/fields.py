"""Pickers of coded things, found in all three languages at once, and lists of HS codes."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.localisation import LANGUAGES
from taxonomy.models import Concept


class NamedSelect(forms.Select):
    """One of `taxonomy.models.Named`: each is found by its labels in every language."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-picker": "", **(attrs or {})}, choices)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if row := getattr(value, "instance", None):
            labels = (getattr(row, f"label_{language}") for language in LANGUAGES)
            option["attrs"]["data-search"] = " ".join(labels)
        return option


class NamedPicker(NamedSelect, forms.SelectMultiple):
    """Several of them."""


class ConceptPicker(forms.SelectMultiple):
    """Renders only the chosen concepts; the rest come from the search as one types."""

    def optgroups(
        self, name: str, value: list[str], attrs: dict[str, Any] | None = None
    ) -> list[Any]:
        chosen = [str(each) for each in value if str(each).isdigit()]
        concepts = Concept.objects.filter(pk__in=chosen)
        options = [
            self.create_option(name, concept.pk, str(concept), True, index, attrs=attrs)
            for index, concept in enumerate(concepts)
        ]
        return [(None, options, 0)]


class HsCodesField(forms.CharField):
    """HS codes as people type them, parted by commas, spaces or lines: 3707.90, 285000."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        codes = [
            re.sub(r"\D", "", part) for part in re.split(r"[,;\s、，]+", str(value or "")) if part
        ]
        return list(dict.fromkeys(codes))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(len(code) != 6 for code in value):
            raise ValidationError(_("An HS code has six digits, such as 3707.90."))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial or "") != self.to_python(data))
