"""Shapes of what staff decide about matches and runs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from matching.choices import RejectReason
from taxonomy.models import Sector


class RejectForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"), choices=RejectReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == RejectReason.OTHER and not cleaned.get("note"):
            self.add_error("note", _("Give the reason in words."))
        return cleaned


class HoldForm(forms.Form):
    until = forms.DateField(
        label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class RunForm(forms.Form):
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.all(),
        required=False,
        empty_label=_("All sectors"),
    )
    includes_prospects = forms.BooleanField(
        label=_("Include unclaimed firms"),
        required=False,
        help_text=_("Their matches are for staff only: they show whom to invite."),
    )
