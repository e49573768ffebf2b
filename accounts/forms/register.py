"""What the consent register is asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentKind, ConsentWay
from accounts.forms.trail import day_field
from accounts.queries.register import RegisterFilter, wording_versions
from common.localisation import Language

ALL = ("", _("all"))


class RegisterForm(forms.Form):
    """A filter that cannot be read is said so and left out; the others hold."""

    who = forms.CharField(label=_("Name, e-mail address or firm"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_("Consent"), required=False, choices=[ALL, *ConsentKind.choices]
    )
    version = forms.ChoiceField(label=_("Wording"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[ALL, *Language.choices]
    )
    way = forms.ChoiceField(
        label=_("How it was given"), required=False, choices=[ALL, *ConsentWay.choices]
    )
    standing = forms.ChoiceField(
        label=_("Stands now"),
        required=False,
        choices=[ALL, ("yes", _("stands")), ("no", _("has ended"))],
    )
    on = day_field(_("As it stood on"))
    person = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = [(version, version) for version in wording_versions()]
        self.fields["version"].choices = [ALL, *versions]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> RegisterFilter:
        self.is_valid()
        return RegisterFilter(**{name: value for name, value in self.cleaned_data.items() if value})
