"""Shapes of what the mail pages are asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mailing.choices import Category, Decision, MessageState


class LogFilterForm(forms.Form):
    address = forms.CharField(label=_("E-mail address"), required=False, max_length=254)
    category = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("all")), *Category.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("all")), *MessageState.choices]
    )


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)
