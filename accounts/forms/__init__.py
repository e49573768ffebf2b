"""Forms about people."""

from typing import Any, ClassVar, Final

import phonenumbers
from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import ConsentKind, ConsentWay
from accounts.models import User
from accounts.services import give_consents
from accounts.wording import WORDINGS, Wording
from common.localisation import active_language

# A number without a country code is one of the reader's country.
PHONE_REGIONS: Final = {"ko": "KR", "ja": "JP"}
# Each language in its own words: whoever needs it can read it.
LANGUAGE_CHOICES: Final = [("ko", "한국어"), ("ja", "日本語"), ("en", "English")]


class SignupForm(AllauthSignupForm):
    """Opens an account: e-mail address, password, name, language and the three consents.

    Only the terms are required; the other two start unticked and change nothing else.
    """

    field_order: ClassVar = ["email", "password1", "name", "language", *ConsentKind.values]

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=LANGUAGE_CHOICES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = active_language()
        for kind, wording in WORDINGS.items():
            self.fields[kind] = forms.BooleanField(
                label=wording.sentence,  # type: ignore[arg-type]
                required=wording.is_required,
            )
        self.fields[ConsentKind.TERMS].error_messages["required"] = _(
            "An account needs your agreement to the terms of use."
        )

    def consent_fields(self) -> list[tuple[forms.BoundField, Wording]]:
        """Each consent's field with the facts that have to stand beside it."""
        return [(self[kind], wording) for kind, wording in WORDINGS.items()]

    @property
    def given_kinds(self) -> list[str]:
        return [kind for kind in WORDINGS if self.cleaned_data[kind]]

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """The account and the consents given with it, or neither."""
        user: User = super().save(request)
        give_consents(
            user=user,
            kinds=self.given_kinds,
            language=active_language(),
            ip_address=get_adapter().get_client_ip(request),
            way=ConsentWay.SIGNUP,
            now=timezone.now(),
        )
        return user


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person may change about themselves."""

    class Meta:
        model = User
        fields = ("name", "name_kana", "title", "phone", "language")
        labels: ClassVar = {"language": _("Language of pages and mails")}
        help_texts: ClassVar = {
            "name_kana": _("How your name is read; Japanese partners will ask for it."),
            "title": _("Shown to a firm you are introduced to, when you agreed to that."),
            "phone": _("With the country code, such as +82 2 6000 0000."),
        }
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "title": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["language"] = forms.ChoiceField(
            label=self.fields["language"].label, choices=LANGUAGE_CHOICES
        )

    def clean_phone(self) -> str:
        """The number in its international form; empty stays empty."""
        typed: str = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, PHONE_REGIONS.get(active_language()))
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise forms.ValidationError(
                _("This is not a telephone number. Write it as +82 2 6000 0000.")
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class ConsentForm(forms.Form):
    """One consent, given or withdrawn by a button."""

    kind = forms.ChoiceField(choices=ConsentKind.choices)
    step = forms.ChoiceField(choices=[("give", "give"), ("withdraw", "withdraw")])
