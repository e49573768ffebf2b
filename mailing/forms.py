"""Shapes of what the mail pages are asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mailing.choices import Decision, MessageState
from mailing.queries import kinds


class LogFilterForm(forms.Form):
    address = forms.CharField(label=_("E-mail address"), required=False, max_length=254)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("all")), *MessageState.choices]
    )

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["kind"].choices = [("", _("all")), *((kind, kind) for kind in kinds())]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)
