"""Numbers, money and dates as the active language writes them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import timezone
from django.utils.translation import ngettext

from common.localisation import active_language

Number = int | float | Decimal
Width = Literal["short", "medium", "long", "full"]
REMEMBERED: Final = 4096


def number_text(value: Number, digits: int | None = None) -> str:
    """Grouped by the language; `digits` fixes the number of decimals, otherwise at most three."""
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return _decimal(value, pattern, active_language())


# Lists show the same scores and days over and over; writing one costs more than all around it.
@lru_cache(maxsize=REMEMBERED, typed=True)
def _decimal(value: Number, pattern: str | None, language: str) -> str:
    return format_decimal(value, format=pattern, locale=language)


@lru_cache(maxsize=REMEMBERED, typed=True)
def _percent(share: Number, pattern: str, language: str) -> str:
    return format_percent(share, format=pattern, locale=language)


@lru_cache(maxsize=REMEMBERED)
def _date(value: date, width: Width, language: str) -> str:
    return format_date(value, format=width, locale=language)


def people_text(count: int) -> str:
    """A number of people with the language's counter: 33명, 33名."""
    return ngettext("%(number)s person", "%(number)s people", count) % {
        "number": number_text(count)
    }


def year_text(value: date) -> str:
    """The year as the language names it: 1968년, 1968年."""
    return format_skeleton("y", value, locale=active_language())


def month_text(value: date) -> str:
    """A month of a year: 2027년 3월, 2027年3月, Mar 2027."""
    return format_skeleton("yMMM", value, locale=active_language())


def quarter_text(value: date) -> str:
    """The quarter of a year: 2027년 1분기, 2027年第1四半期, Q1 2027."""
    skeleton = "yQQQQ" if active_language() == "ja" else "yQQQ"
    return format_skeleton(skeleton, value, locale=active_language())


def percent_text(share: Number, digits: int = 0) -> str:
    """A share in [0, 1] as a percentage with `digits` decimals."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return _percent(share, pattern, active_language())


def money_text(amount: Number, currency: str) -> str:
    """An amount with its ISO 4217 currency; whole amounts carry no decimals."""
    whole = amount == int(amount)
    return format_currency(
        amount,
        currency,
        locale=active_language(),
        currency_digits=not whole,
        format="¤#,##0" if whole else None,
    )


def date_text(value: date | datetime, width: Width = "medium") -> str:
    """A date; of a point in time, the date in Seoul and Tokyo."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return _date(value, width, active_language())


def moment_text(value: datetime, width: Width = "medium") -> str:
    """Date and 24-hour time in KST/JST."""
    return f"{date_text(value, width)} {timezone.localtime(value):%H:%M}"


def ago_text(value: datetime, now: datetime) -> str:
    """How long before (or after) `now`, in one unit."""
    return format_timedelta(value - now, add_direction=True, locale=active_language())


def duration_text(seconds: float) -> str:
    """Roughly how long something takes: "2 minutes"."""
    told: str = format_timedelta(
        timedelta(seconds=max(round(seconds), 1)), threshold=1.5, locale=active_language()
    )
    return told
