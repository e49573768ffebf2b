"""The supply gap map: goods that firms look for and too few verified firms supply."""

from datetime import datetime
from typing import Any, ClassVar

import django_filters
from rest_framework import mixins, serializers

from api.choices import Scope
from api.fields import SparseSerializer
from api.permissions import ForStaff
from api.views import Resource
from companies.choices import RiskReason
from insights.choices import GoodsLevel
from insights.models import GoodsGap
from insights.queries import gaps as gap_queries
from matching.choices import Direction
from taxonomy.models import Sector


class GapSerializer(SparseSerializer, serializers.ModelSerializer[GoodsGap]):
    """Goods that firms look for, and how far the verified suppliers of the other country go."""

    label = serializers.CharField(help_text="Of a concept, in the caller's language.")
    as_of = serializers.SerializerMethodField(help_text="When the market was read.")

    class Meta:
        model = GoodsGap
        fields: ClassVar[tuple[str, ...]] = (
            "level",
            "code",
            "label",
            "direction",
            "needs",
            "named",
            "single",
            "critical",
            "risks",
            "short",
            "short_single",
            "short_critical",
            "short_pressing",
            "seats",
            "taken",
            "wanted",
            "offered",
            "eligible",
            "with_room",
            "gap",
            "candidates",
            "opened_at",
            "as_of",
        )

    def get_as_of(self, row: GoodsGap) -> datetime | None:
        found: datetime | None = self.context["report"].as_of
        return found


class GapFilter(django_filters.FilterSet):
    """Those of the page, whose query reads them."""

    level = django_filters.ChoiceFilter(
        choices=GoodsLevel.choices, method="noted", label="concepts unless said"
    )
    sector = django_filters.ModelChoiceFilter(
        queryset=Sector.objects.all(), to_field_name="code", method="noted", label="its code"
    )
    direction = django_filters.ChoiceFilter(choices=Direction.choices, method="noted")
    risk = django_filters.ChoiceFilter(choices=RiskReason.choices, method="noted")
    single = django_filters.BooleanFilter(method="noted", label="single-sourced only")
    covered = django_filters.BooleanFilter(method="noted", label="also goods without a gap")
    q = django_filters.CharFilter(method="noted", label="words or an HS code")

    def noted(self, rows: Any, name: str, value: Any) -> Any:
        return rows

    def filter_queryset(self, queryset: Any) -> Any:
        report = gap_queries.latest_report()
        if report is None:
            return queryset.none()
        given = self.form.cleaned_data
        return gap_queries.goods_gaps(
            report,
            gap_queries.Wanted(
                level=given.get("level") or GoodsLevel.CONCEPT,
                sector=given.get("sector"),
                direction=given.get("direction") or "",
                risk=given.get("risk") or "",
                is_single=bool(given.get("single")),
                with_covered=bool(given.get("covered")),
                q=(given.get("q") or "")[:100].strip(),
            ),
        )


class Gaps(ForStaff, mixins.ListModelMixin, Resource):
    """The supply gap map as it was last counted, one row a good and direction."""

    scopes = (Scope.DATA,)
    queryset = GoodsGap.objects.all()
    serializer_class = GapSerializer
    filterset_class = GapFilter
    ordering = ("-gap", "pk")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "report": gap_queries.latest_report()}
