"""What figures are broken down by."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import DateField, F, Func, Q
from django.db.models.functions import TruncDate, TruncMonth

from accounts.models import User
from common.formatting import date_text, month_text
from common.localisation import Language
from insights.definitions import Source
from insights.queries.scope import Scope, month_before
from mailing.kinds import kind_name
from matching.choices import Direction, MatchState, reason_label
from taxonomy.choices import Country
from taxonomy.models import Sector

DAYS_SHOWN: Final = 31


@dataclass(frozen=True, slots=True)
class Grouped:
    """A value of each row: one query for all groups."""

    expression: Any
    where: Q = field(default_factory=Q)


# The day of a row, by source.
_DAY: Final[dict[str, Any]] = {
    Source.JOURNEYS: F("proposed_on"),
    Source.DECISIONS: F("decided_on"),
    Source.RATINGS: TruncDate("at"),
    Source.MAILS: TruncDate("created_at"),
}
_MONTH: Final[dict[str, Any]] = {
    Source.JOURNEYS: TruncMonth("proposed_on"),
    Source.DECISIONS: TruncMonth("decided_on"),
    Source.RATINGS: TruncMonth("at", output_field=DateField()),
    Source.MAILS: TruncMonth("created_at", output_field=DateField()),
}


def grouping(dimension: str, source: str) -> Grouped | None:
    """How the rows of `source` are grouped; None when each group is a scope of its own."""
    if dimension == "month":
        return Grouped(_MONTH[source])
    if dimension == "day":
        return Grouped(_DAY[source])
    if dimension in BECAUSE:
        return Grouped(F("end_reason"), Q(state=BECAUSE[dimension]))
    if dimension == "direction" and source == Source.RATINGS:
        return Grouped(F("match__direction"))
    if dimension == "reviewer":
        return Grouped(F("decided_by"), Q(is_automatic=False))
    if dimension == "sector":
        # A journey of firms in two sectors counts in both.
        if source in (Source.JOURNEYS, Source.DECISIONS):
            return Grouped(Func(F("sectors"), function="unnest", set_returning=True))
        return None
    return Grouped(F(dimension))


BECAUSE: Final[dict[str, str]] = {
    "rejected_because": MatchState.REJECTED,
    "declined_because": MatchState.DECLINED,
    "withdrawn_because": MatchState.WITHDRAWN,
}


def scope_of(dimension: str, scope: Scope) -> Scope:
    """The scope a breakdown is made for: days are shown of the last month only."""
    if dimension == "day" and scope.days > DAYS_SHOWN:
        return replace(scope, first=scope.last - timedelta(days=DAYS_SHOWN - 1))
    return scope


def parts(dimension: str, scope: Scope) -> list[tuple[Any, str, Scope]]:
    """(key, label, scope) of each group of a dimension whose groups are scopes of their own."""
    sectors = Sector.objects.filter(pk=scope.sector) if scope.sector else Sector.objects.all()
    return [(each.pk, str(each), replace(scope, sector=each.pk)) for each in sectors]


def labels(dimension: str, scope: Scope, found: list[Any]) -> list[tuple[Any, str]]:
    """(key, label) of the groups in their order; months and days without rows as well."""
    if dimension == "month":
        return [(month, month_text(month)) for month in _months(scope)]
    if dimension == "day":
        days = [scope.first + timedelta(days=number) for number in range(scope.days)]
        return [(day, date_text(day, "short")) for day in days]
    if dimension == "reviewer":
        people = User.objects.in_bulk([key for key in found if key])
        named = [(key, people[key].display_name if key in people else "–") for key in found]
        return sorted(named, key=lambda pair: pair[1])
    if dimension == "sector":
        return [(key, label) for key, label, _part in parts(dimension, scope)]
    if dimension in _ALL:
        return [(key, str(label)) for key, label in _ALL[dimension]]
    named = [(key, _LABELS[dimension](key)) for key in sorted(found)]
    return sorted(named, key=lambda pair: pair[1]) if dimension == "kind" else named


def _months(scope: Scope) -> list[date]:
    count = 12 * (scope.last.year - scope.first.year) + scope.last.month - scope.first.month
    return [month_before(scope.last, number) for number in range(count, -1, -1)]


# Shown also when there are no rows of them.
_ALL: Final[dict[str, Any]] = {"direction": Direction.choices, "country": Country.choices}
_LABELS: Final[dict[str, Callable[[Any], str]]] = {
    "language": lambda key: str(Language(key).label),
    "kind": kind_name,
    **dict.fromkeys(BECAUSE, reason_label),
}
