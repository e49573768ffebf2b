"""Shapes of what staff decide: filters of the queue, decisions and runs."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matching.choices import Direction, RejectReason
from matching.queries.queue import FOLDERS, ReviewFilter
from taxonomy.models import Sector


def score_choices() -> list[tuple[str, str]]:
    """Asked for at each rendering: a lazy text with a figure in it would be fixed at import."""
    steps = [(str(n), gettext("%(score)s and above") % {"score": n}) for n in (50, 60, 70, 80, 90)]
    return [("", gettext("Any score")), *steps]


class ReviewFilterForm(forms.Form):
    """All fields optional: the address of a filtered queue can be kept and shared."""

    folder = forms.ChoiceField(choices=list(FOLDERS.items()), required=False)
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("All sectors"),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=[("", _("Both directions")), *Direction.choices],
        required=False,
    )
    min_score = forms.TypedChoiceField(
        label=_("Score"),
        choices=score_choices,
        coerce=int,
        empty_value=None,
        required=False,
    )
    q = forms.CharField(label=_("Firm or title"), required=False, max_length=100)

    def wanted(self) -> ReviewFilter:
        """The filter; a field that makes no sense is as if it were blank."""
        self.is_valid()
        values = self.cleaned_data
        sector = values.get("sector")
        return ReviewFilter(
            folder=values.get("folder") or "queue",
            sector=sector.code if sector else "",
            direction=values.get("direction", ""),
            min_score=values.get("min_score") or 0,
            q=values.get("q", ""),
        )


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
