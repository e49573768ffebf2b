"""Which rows a question is about: a range of days, and if wished one sector or one direction."""

from dataclasses import dataclass, replace
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Scope:
    """Days of Seoul and Tokyo, both included; `sector` is a key, `direction` a Direction."""

    first: date
    last: date
    sector: int | None = None
    direction: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> "Scope":
        """The period before: whole months for whole months, else as many days."""
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            months = 12 * (self.last.year - self.first.year) + self.last.month - self.first.month
            first = month_before(self.first, months + 1)
        else:
            first = self.first - timedelta(days=self.days)
        return replace(self, first=first, last=self.first - timedelta(days=1))


def month_before(day: date, months: int) -> date:
    """The first of the month that lies `months` before that of `day`."""
    index = 12 * day.year + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
