"""What administrators say of a system of the association."""

import ipaddress
import uuid
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import StaffRole
from accounts.models import User
from api.choices import Scope
from api.forms.tokens import EndFields

OVERLAPS: Final = [
    ("0", _("at once")),
    ("1", _("in an hour")),
    ("24", _("in a day")),
    ("168", _("in a week")),
]


class NetworksField(forms.CharField):
    """One network a line, such as 192.0.2.0/24; comes back as their canonical texts."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def clean(self, value: Any) -> Any:
        found = []
        for word in super().clean(value).replace(",", " ").split():
            try:
                found.append(str(ipaddress.ip_network(word)))
            except ValueError:
                raise forms.ValidationError(
                    _("“%(word)s” is no network. Write it like 192.0.2.0/24."),
                    params={"word": word},
                ) from None
        return list(dict.fromkeys(found))


class SystemFields(forms.Form):
    contact = forms.ModelChoiceField(label=_("Contact person"), queryset=User.objects.none())
    networks = NetworksField(
        label=_("Networks it may come from"),
        required=False,
        help_text=_("One a line, such as 192.0.2.0/24. Empty: from everywhere."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(is_active=True, is_system=False)
        people = staff.exclude(staff_role=StaffRole.NONE).order_by("name", "pk")
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]


class SystemForm(SystemFields, EndFields):
    name = forms.CharField(
        label=_("Name of the system"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may be used for"),
        choices=[(scope.value, scope.label) for scope in (Scope.REVIEWER, Scope.DATA)],
        widget=forms.CheckboxSelectMultiple,
    )
    number = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class RotateForm(EndFields):
    overlap = forms.ChoiceField(label=_("The old key ends"), choices=OVERLAPS, initial="24")
    number = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def old_stands_for(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap"]))
