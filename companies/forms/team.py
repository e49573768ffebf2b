"""Forms about the people of a firm."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LANGUAGE_CHOICES
from common.localisation import active_language
from companies.choices import MemberRole


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=MemberRole.choices, initial=MemberRole.EDITOR)
    language = forms.ChoiceField(
        label=_("Language of the mail"), choices=LANGUAGE_CHOICES, initial=active_language
    )
