"""What staff decide about firms, and how they map a list's columns."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState, JoinState, ReturnReason, VerificationCheck


class VerifyForm(forms.Form):
    checked = forms.MultipleChoiceField(
        label=_("Checked"),
        choices=VerificationCheck.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say what you have checked.")},
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )


class ReturnForm(forms.Form):
    reasons = forms.MultipleChoiceField(
        label=_("Reasons"),
        choices=ReturnReason.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one reason.")},
    )
    note = forms.CharField(
        label=_("In words, for the firm"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=1000,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if ReturnReason.OTHER in cleaned.get("reasons", []) and not cleaned.get("note"):
            self.add_error("note", _("Give the reason in words."))
        return cleaned


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Reason in words"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )


class DecisionForm(forms.Form):
    """Whether a person is let in."""

    decision = forms.ChoiceField(
        choices=[
            (JoinState.ACCEPTED, JoinState.ACCEPTED.label),
            (JoinState.REFUSED, JoinState.REFUSED.label),
        ]
    )


class VerificationFilterForm(forms.Form):
    state = forms.ChoiceField(
        choices=[("", _("All states")), *CompanyState.choices],
        required=False,
        widget=forms.HiddenInput,
    )
    q = forms.CharField(label=_("Name or official number"), required=False, max_length=100)
