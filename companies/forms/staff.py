"""What staff decide about firms, and how they map a list's columns."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.choices import CompanyState, JoinState, ReturnReason, VerificationCheck
from companies.importing.mapping import FIELDS, IGNORE, PRESETS
from companies.models import ImportJob
from taxonomy.choices import Country


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
    reason = forms.ChoiceField(label=_("Reason"), choices=ReturnReason.choices)
    note = forms.CharField(
        label=_("In words, for the firm"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=1000,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == ReturnReason.OTHER and not cleaned.get("note"):
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
        label=_("State"),
        choices=[("", _("All states")), *CompanyState.choices],
        required=False,
    )
    q = forms.CharField(label=_("Name or official number"), required=False, max_length=100)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("CSV, XLSX, or a web table saved as .xls; at most 50 MB.")
    )


class MappingForm(forms.Form):
    """One select for each column of the file, and what holds for the whole of it."""

    preset = forms.ChoiceField(
        label=_("Known list"),
        choices=[("", _("none of these")), *((preset.code, preset.label) for preset in PRESETS)],
        required=False,
    )
    country = forms.ChoiceField(
        label=_("Country of the firms"), choices=[("", "–"), *Country.choices], required=False
    )
    source_list = forms.SlugField(
        label=_("Name of the public list"),
        required=False,
        max_length=60,
        help_text=_("The same name at the next import finds the same firms again."),
    )
    is_all_or_nothing = forms.BooleanField(label=_("Import all rows or none"), required=False)
    save_as = forms.CharField(label=_("Save this mapping as"), required=False, max_length=80)

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        choices = [(IGNORE, _("ignore")), *((code, label) for code, (label, _a) in FIELDS.items())]
        for position, name in enumerate(job.header):
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=name or str(position + 1),
                choices=choices,
                required=False,
                initial=job.columns.get(str(position), IGNORE),
            )
        self.initial |= {
            "preset": job.preset,
            "country": job.country,
            "source_list": job.source_list,
            "is_all_or_nothing": job.is_all_or_nothing,
        }

    @property
    def columns(self) -> dict[int, str]:
        return {
            position: code
            for position in range(len(self.job.header))
            if (code := self.cleaned_data.get(f"column_{position}", IGNORE))
        }

    def column_fields(self) -> list[Any]:
        return [self[f"column_{position}"] for position in range(len(self.job.header))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for position in range(len(self.job.header)):
            name = f"column_{position}"
            code = cleaned.get(name, IGNORE)
            if code and code in used:
                self.add_error(name, _("Another column is mapped to this field already."))
            used[code] = name
        return cleaned
