"""Forms of administrators about people, and of a person who is taken on."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.forms import LANGUAGE_CHOICES
from accounts.models import User
from common.localisation import active_language

ROLES = [(role.value, role.label) for role in StaffRole if role]


class StaffInvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=StaffRole.REVIEWER)
    language = forms.ChoiceField(
        label=_("Language of the mail"), choices=LANGUAGE_CHOICES, initial=active_language
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[*ROLES, ("", StaffRole.NONE.label)]
    )


class JoinStaffForm(forms.Form):
    """What an invited person says of themselves: a name, a language, a password."""

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=LANGUAGE_CHOICES)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class PeopleForm(forms.Form):
    q = forms.CharField(label=_("Name, e-mail address or firm"), required=False, max_length=100)
