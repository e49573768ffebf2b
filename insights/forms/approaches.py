"""Forms about firms that have not registered."""

from django import forms
from django.utils.translation import gettext_lazy as _

from insights.choices import ApproachResult, ApproachWay


class ApproachForm(forms.Form):
    way = forms.ChoiceField(label=_("Way"), choices=ApproachWay.choices)
    on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was said or sent. No names or contact data of people."),
    )


class ResultForm(forms.Form):
    result = forms.ChoiceField(label=_("What came of it"), choices=ApproachResult.choices)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was said. No names or contact data of people."),
    )


class ApproachFilterForm(forms.Form):
    """A GET form."""

    q = forms.CharField(label=_("Firm"), required=False, max_length=100)
    result = forms.ChoiceField(
        label=_("What came of it"),
        choices=[("", _("any")), *ApproachResult.choices],
        required=False,
    )
