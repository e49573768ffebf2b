"""Shapes of what staff decide about matches and runs."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.choices import Decision, RejectReason
from matching.rules import FAULTS, HOLD_NOTE_LENGTH, review_faults
from taxonomy.models import Sector


class ReviewForm(forms.Form):
    """What a reviewer says with the decision `decision`."""

    decision: str

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            today = timezone.localdate()
            faults = review_faults(decision=self.decision, today=today, **cleaned)
            for name, code in faults.items():
                self.add_error(name, FAULTS[code])
        return cleaned


class RejectForm(ReviewForm):
    decision = Decision.REJECTED
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=RejectReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": FAULTS["reason_missing"]},
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )


class HoldForm(ReviewForm):
    decision = Decision.HELD
    until = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": FAULTS["not_in_the_future"]},
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=HOLD_NOTE_LENGTH,
        error_messages={"max_length": FAULTS["hold_note_too_long"]},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Stands beside the form that rejects.
        super().__init__(*args, **{"auto_id": "hold_%s", **kwargs})


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
