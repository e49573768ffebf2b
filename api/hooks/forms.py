"""Shapes of what the pages about webhooks are asked."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from api.hooks.addresses import read_address
from api.hooks.choices import CHOSEN, STAFF_ONLY, DeliveryState, EventType
from api.hooks.models import ADDRESS_LENGTH
from common.errors import RuleViolated
from companies.models import Company

ALL: Final = ("", _("all"))
HOURS: Final = (
    ("0", _("no time: it ends at once")),
    ("1", _("one hour")),
    ("24", _("one day")),
    ("72", _("three days")),
    ("168", _("seven days")),
)


def _day(label: Any, *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class EndpointForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("By which you know it, such as “CRM”.")
    )
    address = forms.CharField(
        label=pgettext_lazy("webhook", "Address"),
        max_length=ADDRESS_LENGTH,
        help_text=_("Where we send a POST request for each event; it begins with https://."),
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    types = forms.MultipleChoiceField(
        label=pgettext_lazy("webhook", "Events"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, company: Company | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["types"]
        field.choices = [
            (each.value, each.label) for each in CHOSEN if company is None or each not in STAFF_ONLY
        ]

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            read_address(address)
        except RuleViolated as error:
            raise forms.ValidationError(str(error)) from error
        return address


class RotationForm(forms.Form):
    hours = forms.ChoiceField(label=_("The old secret stands for"), choices=HOURS, initial="24")

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["hours"]))


class ReplayForm(forms.Form):
    since = _day(_("Since (day)"), required=True)

    @property
    def moment(self) -> datetime:
        return _midnight(self.cleaned_data["since"])


class LogFilterForm(forms.Form):
    """A filter that cannot be read is said so and left out; the others hold."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ALL, *DeliveryState.choices]
    )
    type = forms.ChoiceField(label=_("Event"), required=False, choices=[ALL, *EventType.choices])
    since = _day(_("From (day)"))

    @property
    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        columns = {"state": "state", "type": "event__type", "since": "created_at__gte"}
        found = {name: value for name, value in self.cleaned_data.items() if value}
        if "since" in found:
            found["since"] = _midnight(found["since"])
        return {columns[name]: value for name, value in found.items()}
