"""What came of an introduction."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.choices import NOTHING_YET, OutcomeStage, ValueBand
from matching.rules import FAULTS, outcome_faults

STAGES = [(NOTHING_YET, _("nothing yet")), *OutcomeStage.choices]


class OutcomeForm(forms.Form):
    """One step, or "nothing yet"; the day and a rough value may be added."""

    stage = forms.ChoiceField(label=_("What came of it?"), choices=STAGES, widget=forms.RadioSelect)
    happened_on = forms.DateField(
        label=_("When was it?"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    value_band = forms.ChoiceField(
        label=_("Value of the order"),
        required=False,
        choices=[("", "–"), *ValueBand.choices],
        help_text=_("Only the association reads this."),
    )
    note = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only the association reads this."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].error_messages["required"] = _("Choose what came of it.")

    def clean_happened_on(self) -> date | None:
        day: date | None = self.cleaned_data["happened_on"]
        for code in outcome_faults(happened_on=day, today=timezone.localdate()).values():
            raise forms.ValidationError(FAULTS[code])
        return day
