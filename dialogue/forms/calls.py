"""Proposing times for a call."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.localisation import active_language
from dialogue.calendars import warnings
from dialogue.choices import CALL_HORIZON, CALL_SLOTS, CallLength, CallPlace

HALF_HOURS = [time(hour, minute) for hour in range(8, 21) for minute in (0, 30)]
TIMES = [("", "–"), *((f"{each:%H:%M}", f"{each:%H:%M}") for each in HALF_HOURS)]


class CallForm(forms.Form):
    """Up to three times; unusual ones (holidays, weekends, nights) have to be confirmed."""

    minutes = forms.TypedChoiceField(
        label=_("Length"), choices=CallLength.choices, coerce=int, initial=CallLength.HOUR
    )
    place = forms.ChoiceField(label=_("Where"), choices=CallPlace.choices, initial=CallPlace.VIDEO)
    url = forms.URLField(
        label=_("Link to your video room"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("From the service your firm uses. It can also follow in a message."),
    )
    is_confirmed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.warnings: list[str] = []
        today = timezone.localdate(now)
        for number in range(1, CALL_SLOTS + 1):
            self.fields[f"day{number}"] = forms.DateField(
                label=_("Day"),
                required=number == 1,
                widget=forms.DateInput(
                    attrs={
                        "type": "date",
                        "min": today.isoformat(),
                        "max": (today + CALL_HORIZON).isoformat(),
                    },
                    format="%Y-%m-%d",
                ),
            )
            self.fields[f"time{number}"] = forms.ChoiceField(
                label=_("Start time"), required=number == 1, choices=TIMES
            )

    def rows(self) -> list[tuple[int, Any, Any]]:
        return [(n, self[f"day{n}"], self[f"time{n}"]) for n in range(1, CALL_SLOTS + 1)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        slots = []
        for number in range(1, CALL_SLOTS + 1):
            day, start = cleaned.get(f"day{number}"), cleaned.get(f"time{number}")
            if day and start:
                slots.append(self._slot(number, day, start))
            elif day and not self.has_error(f"time{number}"):
                self.add_error(f"time{number}", _("Choose a time for this day."))
            elif start and not self.has_error(f"day{number}"):
                self.add_error(f"day{number}", _("Choose a day for this time."))
        cleaned["slots"] = slots
        if cleaned.get("place") != CallPlace.VIDEO:
            cleaned["url"] = ""
        if not self.errors:
            self._ask_about(slots, cleaned)
        return cleaned

    def _slot(self, number: int, day: date, start: str) -> datetime:
        moment = timezone.make_aware(datetime.combine(day, time.fromisoformat(start)))
        if moment <= self.now:
            self.add_error(f"day{number}", _("Choose a time that is still to come."))
        elif moment > self.now + CALL_HORIZON - timedelta(days=1):
            self.add_error(f"day{number}", _("Choose a time within the next six months."))
        return moment

    def _ask_about(self, slots: list[datetime], cleaned: dict[str, Any]) -> None:
        for slot in slots:
            self.warnings += warnings(slot, cleaned["minutes"], active_language())
        self.warnings = list(dict.fromkeys(self.warnings))
        if self.warnings and not cleaned.get("is_confirmed"):
            self.add_error(
                None, _("Some of these times are unusual. Change them, or confirm them below.")
            )
