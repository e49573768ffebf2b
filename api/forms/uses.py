"""What readers of the log of uses ask it."""

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.trail import day_field
from api.queries.uses import UsesFilter

ALL: Final = ("", _("all"))
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class UsesForm(forms.Form):
    """A filter that cannot be read is said so and left out; the others hold."""

    who = forms.CharField(label=_("Person: name or e-mail"), required=False, max_length=100)
    method = forms.ChoiceField(
        label=_("Method"), required=False, choices=[ALL, *((each, each) for each in METHODS)]
    )
    outcome = forms.ChoiceField(
        label=_("Answer"),
        required=False,
        choices=[
            ALL,
            ("answered", _("answered")),
            ("refused", _("refused")),
            ("failed", _("failed")),
        ],
    )
    since = day_field(_("From (day)"))
    until = day_field(_("To (day)"))
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def wanted(self) -> UsesFilter:
        self.is_valid()
        return UsesFilter(**{name: value for name, value in self.cleaned_data.items() if value})
