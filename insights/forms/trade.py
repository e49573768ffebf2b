"""Handing in a file of trade statistics."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_BYTES: Final = 5 << 20


class TradeUploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("CSV or XLSX, with the columns that are described below."),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=160,
        help_text=_(
            "As it is to be quoted, such as “Trade Statistics of Japan, Ministry of Finance”. A new"
            " file of the same source takes the place of the old one."
        ),
    )
    source_url = forms.URLField(
        label=_("Address of the source"), required=False, max_length=300, assume_scheme="https"
    )
    retrieved_on = forms.DateField(
        label=_("Retrieved on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The year of this day, and later ones, count as not complete."),
    )

    def clean_file(self) -> Any:
        file: Any = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                _("This file is larger than %(most)s MB.") % {"most": MOST_BYTES >> 20}
            )
        return file

    def clean_retrieved_on(self) -> Any:
        day = self.cleaned_data["retrieved_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day

    def clean_source(self) -> str:
        return " ".join(self.cleaned_data["source"].split())


class TradeUseForm(forms.Form):
    accepts_bad_rows = forms.BooleanField(
        label=_("Leave the bad rows out and take the good ones"), required=False
    )
