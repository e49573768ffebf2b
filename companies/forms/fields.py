"""Pickers of coded things, found in all three languages at once, lists of HS codes, and numbers as
people type them."""

import re
import unicodedata
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError

from common.localisation import LANGUAGES, active_language
from companies.rules import FAULTS
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


@cache
def _countries(language: str) -> list[tuple[str, str]]:
    names = Locale(language).territories
    known = set.intersection(*(set(Locale(each).territories) for each in LANGUAGES))
    codes = [code for code in known if re.fullmatch(r"[A-Z]{2}", code) and code != "ZZ"]
    return sorted(((code, names[code]) for code in codes), key=lambda pair: pair[1])


class CountryPicker(forms.Select):
    """A country, found by its name in every language and by its two letters."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-picker": "", **(attrs or {})}, choices)

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> list[Any]:
        self.choices = [("", "–"), *_countries(active_language())]
        return super().optgroups(name, value, attrs)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            names = (Locale(language).territories[value] for language in LANGUAGES)
            option["attrs"]["data-search"] = " ".join([value, *names])
        return option


def _as_digits(value: Any) -> Any:
    """１２,０００ as 12000: full width and grouped, as people and spreadsheets write numbers."""
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value).strip()
    return re.sub(r"(?<=\d)[,\s](?=\d{3}(?:\D|$))", "", plain)


class AmountField(forms.DecimalField):
    """A decimal number; groups and full-width digits are understood, phones show digits."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_as_digits(value))

    def prepare_value(self, value: Any) -> Any:
        """12000 rather than 12000.00."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class CountField(forms.IntegerField):
    """A whole number in the same way."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_as_digits(value))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


def typed_field(db_field: Any, **kwargs: Any) -> Any:
    """For `formfield_callback`: numbers of a model as AmountField and CountField."""
    kind = {"DecimalField": AmountField, "PositiveIntegerField": CountField}.get(
        db_field.get_internal_type()
    )
    if kind is not None:
        kwargs["form_class"] = kind
    return db_field.formfield(**kwargs)


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
            raise ValidationError(FAULTS["not_six_digits"])

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial or "") != self.to_python(data))
