"""Business days of Korea and Japan: Monday to Friday. Public holidays of either country count as
business days, so that both sides are reminded on the same day."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

SATURDAY: Final = 5


def business_days_before(moment: datetime, days: int) -> datetime:
    """The latest time from which `days` business days have passed by `moment` (KST/JST).

    Same time of day; a moment on a weekend counts like the end of the Friday before.
    """
    local = timezone.localtime(moment)
    if local.weekday() >= SATURDAY:
        friday = local - timedelta(days=local.weekday() - SATURDAY + 1)
        local = friday.replace(hour=23, minute=59, second=59, microsecond=999999)
    while days > 0:
        local -= timedelta(days=1)
        if local.weekday() < SATURDAY:
            days -= 1
    return local


def business_days_after(moment: datetime, days: int) -> datetime:
    """When `days` business days have passed since `moment` (KST/JST): the other way round."""
    local = timezone.localtime(moment)
    if local.weekday() >= SATURDAY:
        friday = local - timedelta(days=local.weekday() - SATURDAY + 1)
        local = friday.replace(hour=23, minute=59, second=59, microsecond=999999)
    while days > 0:
        local += timedelta(days=1)
        if local.weekday() < SATURDAY:
            days -= 1
    return local


def is_business_day(moment: datetime) -> bool:
    return timezone.localtime(moment).weekday() < SATURDAY
