"""What a person says of a new token, and what readers of the log of uses ask it."""

import uuid
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import has_staff_role
from api.choices import SCOPE_ROLE, Scope

ON_A_DAY: Final = "day"
ENDS: Final = [
    ("30", _("in 30 days")),
    ("90", _("in 90 days")),
    ("365", _("in 365 days")),
    (ON_A_DAY, _("on the day below")),
]


class EndFields(forms.Form):
    """When a key stops working."""

    end = forms.ChoiceField(label=_("It ends"), choices=ENDS, initial="90")
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Only when you chose “on the day below”."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("end") == ON_A_DAY and not data.get("ends_on") and "ends_on" in data:
            self.add_error("ends_on", _("Say on which day it ends."))
        return data

    def expires_at(self, now: datetime) -> datetime:
        """The end of the chosen day in Seoul and Tokyo, or so many days from now."""
        if self.cleaned_data["end"] != ON_A_DAY:
            return now + timedelta(days=int(self.cleaned_data["end"]))
        day_after = self.cleaned_data["ends_on"] + timedelta(days=1)
        return timezone.make_aware(datetime.combine(day_after, time.min))


class TokenForm(EndFields):
    """`number` makes a form that is sent again the same token (`issue_token`)."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("By which you know it again, such as the program it is for."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may be used for"), widget=forms.CheckboxSelectMultiple
    )
    number = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("name", "scopes", "end", "ends_on")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scope_choices(user)  # type: ignore[attr-defined]
        self.fields["scopes"].initial = [Scope.FIRM] if not user.is_association_staff else []
        self.fields["number"].initial = uuid.uuid4


def scope_choices(user: User) -> list[tuple[str, Any]]:
    """What the person's role allows; for staff no firm, since they have none."""
    staff = [
        (scope.value, scope.label)
        for scope in Scope
        if SCOPE_ROLE[scope] and has_staff_role(user, SCOPE_ROLE[scope])
    ]
    return staff or [(Scope.FIRM.value, Scope.FIRM.label)]
