"""What staff decide about firms, and how they map a list's columns."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.checking import AGES, Folder, Wanted
from companies.choices import JoinState, ProofFault, ReturnReason, Verdict, VerificationCheck
from taxonomy.choices import Country
from taxonomy.models import Sector


class VerifyForm(forms.Form):
    """`required`: what must be ticked, and is marked so."""

    checked = forms.MultipleChoiceField(
        label=_("Checked"),
        choices=VerificationCheck.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say what you have checked.")},
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )

    def __init__(self, *args: Any, required: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        must = _("%(check)s (required)")
        field: Any = self.fields["checked"]
        field.choices = [
            (check.value, must % {"check": check.label} if check in required else check.label)
            for check in VerificationCheck
        ]


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


class VerdictForm(forms.Form):
    """What staff say of one document."""

    verdict = forms.ChoiceField(choices=Verdict.choices)
    fault = forms.ChoiceField(
        choices=[("", _("Why is it rejected?")), *ProofFault.choices], required=False
    )


class CheckingForm(forms.Form):
    """Which firms staff look at; a filter that makes no sense is passed over."""

    state = forms.ChoiceField(
        choices=[("", _("all firms")), *Folder.choices], required=False, widget=forms.HiddenInput
    )
    q = forms.CharField(label=_("Name or official number"), required=False, max_length=100)
    country = forms.ChoiceField(
        label=_("Country"), choices=[("", _("all")), *Country.choices], required=False
    )
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.all(),
        to_field_name="code",
        empty_label=_("all"),
        required=False,
    )
    age = forms.ChoiceField(
        label=_("Waiting"), choices=[("", _("any time")), *AGES.items()], required=False
    )

    @property
    def folder(self) -> str:
        return str(self._clean_data.get("state", ""))

    @property
    def wanted(self) -> Wanted:
        given = self._clean_data
        sector = given.get("sector")
        return Wanted(
            words=given.get("q", ""),
            country=given.get("country", ""),
            sector=sector.code if sector else "",
            age=given.get("age", ""),
        )

    @property
    def _clean_data(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data
