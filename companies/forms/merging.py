"""Which value of two records stays."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.formatting import date_text, number_text
from common.localisation import LANGUAGES
from companies.models import Company
from companies.services.merging import CHOSEN

SURVIVOR, ABSORBED = "survivor", "absorbed"


class MergeForm(forms.Form):
    """For each fact that differs, whose value the merged firm has; and the reason."""

    note = forms.CharField(
        label=_("Reason in words"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )

    def __init__(self, survivor: Company, absorbed: Company, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.native_language = survivor.native_language
        for name in CHOSEN:
            mine, theirs = getattr(survivor, name), getattr(absorbed, name)
            if mine == theirs or theirs in ("", None):
                continue
            column: Any = Company._meta.get_field(name)
            is_empty = mine in ("", None)
            self.fields[name] = forms.ChoiceField(
                label=column.verbose_name,
                choices=[(SURVIVOR, value_text(mine)), (ABSORBED, value_text(theirs))],
                initial=ABSORBED if is_empty else SURVIVOR,
                widget=forms.RadioSelect,
            )

    @property
    def facts(self) -> list[tuple[forms.BoundField, str]]:
        """Each fact that differs, and the language that its values are in."""
        return [
            (self[name], name[-2:] if name[-2:] in LANGUAGES else self.native_language)
            for name in self.fields
            if name != "note"
        ]

    @property
    def chosen(self) -> dict[str, str]:
        """As `merge_companies` takes them."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "note"}

    @property
    def proposed(self) -> dict[str, str]:
        """What is chosen when nobody has chosen yet."""
        return {name: str(field.initial) for name, field in self.fields.items() if name != "note"}


def value_text(value: Any) -> str:
    if value in ("", None):
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int):
        return number_text(value)
    return date_text(value) if hasattr(value, "isoformat") else str(value)
