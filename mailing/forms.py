"""Shapes of what the mail pages are asked."""

from operator import itemgetter
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from mailing.choices import Category, Decision, MessageState, SuppressionReason
from mailing.kinds import NAMES, kind_name
from mailing.queries import LogFilter

ALL: Final = ("", _("all"))


def kinds() -> list[tuple[str, Any]]:
    named = [(kind, kind_name(kind)) for kind in NAMES]
    return [ALL, *sorted(named, key=itemgetter(1))]


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class LogFilterForm(forms.Form):
    """A filter that cannot be read is said so and left out; the others hold."""

    address = forms.CharField(label=_("E-mail address"), required=False, max_length=254)
    firm = forms.CharField(label=_("Firm: name or number"), required=False, max_length=100)
    match = forms.CharField(label=_("Match: address of its page"), required=False, max_length=300)
    category = forms.ChoiceField(label=_("Kind"), required=False, choices=[ALL, *Category.choices])
    kind = forms.ChoiceField(label=_("Mail"), required=False, choices=kinds)
    since = _day(_("From (day)"))
    until = _day(_("To (day)"))
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[ALL, *MessageState.choices],
        widget=forms.HiddenInput,
    )
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    about = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    @property
    def wanted(self) -> LogFilter:
        self.is_valid()
        return LogFilter(**{name: value for name, value in self.cleaned_data.items() if value})


class RefusalFilterForm(forms.Form):
    address = forms.CharField(label=_("E-mail address"), required=False, max_length=254)
    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[ALL, *SuppressionReason.choices]
    )
    category = forms.ChoiceField(label=_("Kind"), required=False, choices=[ALL, *Category.choices])

    @property
    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class LiftForm(forms.Form):
    """Why an address is written to again; kept in the audit trail."""

    why = forms.CharField(label=_("How do you know that it works?"), max_length=300)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)
