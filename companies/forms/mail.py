"""Which mails a person wants, how often, and in which language."""

from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import LANGUAGE_CHOICES
from accounts.models import User
from accounts.queries import has_promotional_consent, refuses_mail
from accounts.wording import PROMOTIONAL
from mailing.choices import Category, Frequency, Weekday
from mailing.models import MailPreference

NONE: Final = "none"


class MailPreferenceForm(forms.Form):
    """As it stands for `user`; `cleaned_data` is what `companies.services.choose_mail` takes."""

    frequency = forms.TypedChoiceField(
        label=_("Mails about matches"),
        choices=[*Frequency.choices, (NONE, _("none: I look on Gagyo myself"))],
        coerce=lambda value: None if value == NONE else Frequency(value),
        empty_value=None,
        widget=forms.RadioSelect,
    )
    weekday = forms.TypedChoiceField(
        label=_("Day of the weekly mail"), choices=Weekday.choices, coerce=int
    )
    wants_promotion = forms.BooleanField(
        label=PROMOTIONAL.sentence,  # type: ignore[arg-type]
        required=False,
    )
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=LANGUAGE_CHOICES)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        stored = MailPreference.objects.filter(user=user).first() or MailPreference()
        refuses = refuses_mail(user, Category.MATCHES)
        kwargs["initial"] = {
            "frequency": NONE if refuses else stored.frequency,
            "weekday": stored.weekday,
            "wants_promotion": has_promotional_consent(user, now=timezone.now())
            and not refuses_mail(user, Category.PROMOTIONAL),
            "language": user.language,
        }
        super().__init__(*args, **kwargs)
