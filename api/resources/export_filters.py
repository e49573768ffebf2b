"""What of a table is taken along."""

from datetime import timedelta
from typing import Any

import django_filters
from django.utils import timezone

from api.filters import IntegerFilter
from api.resources.companies import CompanyFilter
from api.resources.items import ItemFilter
from api.resources.matches import MatchFilter, StaffMatchFilter
from companies.choices import CompanyState, ItemState
from matching.choices import OutcomeStage, Side
from matching.queries.queue import assigned_to, in_folder
from matching.queries.terms import review_terms
from taxonomy.choices import Country


class CompanyExportFilter(CompanyFilter):
    country = django_filters.ChoiceFilter(choices=Country.choices)
    state = django_filters.MultipleChoiceFilter(choices=CompanyState.choices)


class ItemExportFilter(ItemFilter):
    country = django_filters.ChoiceFilter(field_name="company__country", choices=Country.choices)
    state = django_filters.ChoiceFilter(choices=ItemState.choices)


class MatchExportFilter(MatchFilter):
    """A firm's. Only its own items can be named: whose the other one is may be hidden."""

    need = django_filters.UUIDFilter(method="about", label="id")
    offering = django_filters.UUIDFilter(method="about", label="id")
    created_since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")


class StaffMatchExportFilter(StaffMatchFilter, MatchExportFilter):
    """With what the review queue is narrowed by."""

    assigned = django_filters.CharFilter(
        method="is_assigned",
        label="`me`, `nobody`, `me_or_nobody` or a reviewer's number; for staff",
    )
    waiting_days = IntegerFilter(
        method="waits", min_value=0, max_value=3650, label="proposed so many days ago or before"
    )
    late = django_filters.BooleanFilter(
        method="is_late", label="proposed longer ago than the policy gives reviewers; for staff"
    )

    def in_folder(self, rows: Any, name: str, value: str) -> Any:
        """Of the rows themselves: each batch of the export asks anew."""
        return in_folder(rows, value, self.request.user, timezone.now())

    def is_assigned(self, rows: Any, name: str, value: str) -> Any:
        if value == "me_or_nobody":
            return assigned_to(rows, "", self.request.user)
        if value in ("me", "nobody") or (value.isascii() and value.isdigit() and len(value) < 10):
            return assigned_to(rows, value, self.request.user)
        return rows.none()

    def waits(self, rows: Any, name: str, value: int) -> Any:
        return rows.filter(created_at__lte=timezone.now() - timedelta(days=value))

    def is_late(self, rows: Any, name: str, value: bool) -> Any:
        before = review_terms().late_before(timezone.now())
        return rows.filter(created_at__lte=before) if value else rows.filter(created_at__gt=before)


class OutcomeExportFilter(django_filters.FilterSet):
    stage = django_filters.MultipleChoiceFilter(choices=OutcomeStage.choices)
    side = django_filters.ChoiceFilter(choices=Side.choices)
    match = django_filters.UUIDFilter(field_name="match_id")
    told_since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")


#: Of who sees all; a firm has some of its own.
FILTERS: dict[str, Any] = {
    "matches": StaffMatchExportFilter,
    "companies": CompanyExportFilter,
    "needs": ItemExportFilter,
    "offerings": ItemExportFilter,
    "outcomes": OutcomeExportFilter,
}
OF_FIRMS: dict[str, Any] = FILTERS | {"matches": MatchExportFilter}
