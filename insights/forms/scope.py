"""Which rows the figures are asked for: the address of a page says it all, and can be shared."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from insights.choices import Period
from insights.queries.scope import Scope, month_before
from matching.choices import Direction
from taxonomy.models import Sector

MONTHS_OF_A_YEAR: Final = 12


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class ScopeForm(forms.Form):
    """All fields optional; without a period the last 12 months."""

    period = forms.ChoiceField(label=_("Period"), choices=Period.choices, required=False)
    first = _day(_("First day"))
    last = _day(_("Last day"))
    sector = forms.ModelChoiceField(
        label=_("Sector"),
        queryset=Sector.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("All sectors"),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=[("", _("Both directions")), *Direction.choices],
        required=False,
    )

    def __init__(self, data: QueryDict, *, today: date) -> None:
        # Two days alone are a range of one's own.
        data = data.copy()
        data.setdefault("period", Period.OWN if data.get("first") else Period.YEAR)
        super().__init__(data)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("period") != Period.OWN:
            return cleaned
        first, last = cleaned.get("first"), cleaned.get("last")
        if first is None and "first" not in self.errors:
            self.add_error("first", _("Choose the first day of the range."))
        if last is None and "last" not in self.errors:
            self.add_error("last", _("Choose the last day of the range."))
        if first and last and first > last:
            self.add_error("last", _("The last day comes before the first."))
        return cleaned

    def scope(self) -> Scope:
        """What is asked for; where that makes no sense, the last 12 months."""
        self.is_valid()
        values = self.cleaned_data
        sector = values.get("sector")
        first, last = self._days(values)
        return Scope(first, last, sector.pk if sector else None, values.get("direction", ""))

    def query(self) -> str:
        """The fields that are set, for the addresses of other pages."""
        asked = QueryDict(mutable=True)
        for name in self.fields:
            if value := self.data.get(name):
                asked[name] = value
        return asked.urlencode()

    def _days(self, values: dict[str, Any]) -> tuple[date, date]:
        today = self.today
        begins = today.replace(day=1)
        period = values.get("period")
        if period == Period.OWN and not self.errors:
            return values["first"], values["last"]
        if period == Period.THIS_MONTH:
            return begins, today
        if period == Period.LAST_MONTH:
            return month_before(today, 1), begins - timedelta(days=1)
        if period == Period.QUARTER:
            return month_before(today, (today.month - 1) % 3), today
        return month_before(today, MONTHS_OF_A_YEAR - 1), today
