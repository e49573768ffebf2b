"""Days on which a call is a bad idea: public holidays of both countries, weekends, and the days
on which firms customarily close."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import holidays
from django.utils import timezone
from django.utils.translation import gettext as _

from common.formatting import date_text
from dialogue.holiday_names import holiday_name
from taxonomy.choices import Country

OPENS: Final = time(9)
CLOSES: Final = time(18)
SATURDAY: Final = 5
NATIVE: Final = {Country.KR: "ko", Country.JP: "ja"}
# Around these Korean feasts the working days before and after are often taken off as well.
FEASTS: Final = ("설날", "추석")


@dataclass(frozen=True, slots=True)
class DayNote:
    """Why a day is not like others in `country`; `is_holiday`: by law, else by custom."""

    day: date
    country: str
    name: str
    is_holiday: bool


@lru_cache(maxsize=32)
def public_holidays(country: str, year: int) -> dict[date, str]:
    """Date → the package's native name."""
    found = holidays.country_holidays(country, years=year, language=NATIVE[Country(country)])
    return dict(found.items())


def day_notes(day: date, language: str) -> list[DayNote]:
    """Holidays first, then custom, Korea before Japan; empty on an ordinary day."""
    notes = []
    for country in (Country.KR, Country.JP):
        if native := public_holidays(country, day.year).get(day):
            notes.append(DayNote(day, country, holiday_name(country, native, language), True))
        elif custom := _custom(country, day):
            notes.append(DayNote(day, country, custom, False))
    return sorted(notes, key=lambda note: not note.is_holiday)


def upcoming_notes(first: date, days: int, language: str) -> Iterator[DayNote]:
    """The public holidays of both countries from `first` on."""
    for offset in range(days):
        for note in day_notes(first + timedelta(days=offset), language):
            if note.is_holiday:
                yield note


def warnings(starts_at: datetime, minutes: int, language: str) -> list[str]:
    """Sentences, in the active language, on why this time is unusual; it can be chosen anyway."""
    start = timezone.localtime(starts_at)
    end = start + timedelta(minutes=minutes)
    found = []
    if start.weekday() >= SATURDAY:
        found.append(_("%(day)s is on a weekend.") % {"day": date_text(start.date())})
    for note in day_notes(start.date(), language):
        words = {"day": date_text(note.day), "name": note.name}
        if note.is_holiday and note.country == Country.KR:
            found.append(_("%(day)s is a public holiday in Korea: %(name)s.") % words)
        elif note.is_holiday:
            found.append(_("%(day)s is a public holiday in Japan: %(name)s.") % words)
        elif note.country == Country.KR:
            found.append(_("Many Korean firms are closed on %(day)s: %(name)s.") % words)
        else:
            found.append(_("Many Japanese firms are closed on %(day)s: %(name)s.") % words)
    if start.time() < OPENS or end.date() > start.date() or end.time() > CLOSES:
        found.append(_("The time is outside of usual office hours (9:00 to 18:00)."))
    return found


def working_day_before(day: date) -> date:
    """The last day before `day` on which firms of both countries work."""
    before = day - timedelta(days=1)
    while before.weekday() >= SATURDAY or any(
        before in public_holidays(country, before.year) for country in (Country.KR, Country.JP)
    ):
        before -= timedelta(days=1)
    return before


def _custom(country: str, day: date) -> str:
    if country == Country.KR:
        for near in (day + timedelta(days=1), day - timedelta(days=1)):
            native = public_holidays(country, near.year).get(near, "")
            for feast in FEASTS:
                if native.startswith(feast):
                    return _("around Seollal") if feast == "설날" else _("around Chuseok")
        return ""
    month_day = (day.month, day.day)
    if (4, 29) <= month_day <= (5, 6):
        return _("Golden Week")
    if (8, 12) <= month_day <= (8, 16):
        return _("Obon holidays")
    if month_day >= (12, 29) or month_day <= (1, 3):
        return _("turn of the year")
    return ""
