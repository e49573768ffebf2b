"""Reference data: what firms, items and their texts are described with."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers

from api.choices import Scope
from api.fields import SparseSerializer
from api.views import Resource
from common.localisation import pick
from taxonomy.choices import ConceptKind
from taxonomy.models import Certification, Concept, Region, Sector, Unit
from taxonomy.queries import search_concepts

EVERY_SCOPE = tuple(Scope.values)


class NamedSerializer(SparseSerializer):
    """A coded thing; `label` is in the caller's language."""

    code = serializers.CharField(read_only=True)
    label = serializers.SerializerMethodField()
    label_ko = serializers.CharField(read_only=True)
    label_ja = serializers.CharField(read_only=True)
    label_en = serializers.CharField(read_only=True)

    def get_label(self, row: Any) -> str:
        return pick(row, "label")[0]


class ConceptSerializer(NamedSerializer):
    kind = serializers.CharField(read_only=True)
    parent = serializers.CharField(
        source="parent.code", default=None, allow_null=True, read_only=True
    )
    sector = serializers.CharField(
        source="sector.code", default=None, allow_null=True, read_only=True
    )
    synonyms_ko = serializers.ListField(child=serializers.CharField(), read_only=True)
    synonyms_ja = serializers.ListField(child=serializers.CharField(), read_only=True)
    synonyms_en = serializers.ListField(child=serializers.CharField(), read_only=True)
    hs6 = serializers.ListField(child=serializers.CharField(), read_only=True)


class RegionSerializer(NamedSerializer):
    country = serializers.CharField(read_only=True)


class UnitSerializer(NamedSerializer):
    dimension = serializers.CharField(read_only=True)
    factor = serializers.FloatField(read_only=True)


class ConceptFilter(django_filters.FilterSet):
    sector = django_filters.CharFilter(field_name="sector__code")
    kind = django_filters.ChoiceFilter(choices=ConceptKind.choices)
    parent = django_filters.CharFilter(field_name="parent__code")
    hs6 = django_filters.CharFilter(method="with_hs6", label="HS-6 code")
    q = django_filters.CharFilter(method="named", label="words in any of the three languages")

    class Meta:
        model = Concept
        fields: ClassVar[list[str]] = []

    def with_hs6(self, rows: QuerySet[Concept], name: str, value: str) -> QuerySet[Concept]:
        return rows.filter(hs6__contains=[value])

    def named(self, rows: QuerySet[Concept], name: str, value: str) -> QuerySet[Concept]:
        return rows.filter(pk__in=search_concepts(value).values("pk"))


class Coded(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """A list of coded things in the order of their codes."""

    scopes = EVERY_SCOPE
    lookup_field = "code"
    ordering = ("code",)


class Concepts(Coded):
    """The concepts in use: narrower ones name their `parent`."""

    queryset = Concept.objects.filter(is_active=True).select_related("parent", "sector")
    serializer_class = ConceptSerializer
    filterset_class = ConceptFilter


class Sectors(Coded):
    """The industries that the association matches in."""

    queryset = Sector.objects.all()
    serializer_class = NamedSerializer


class Certifications(Coded):
    """Certifications that firms hold and needs ask for."""

    queryset = Certification.objects.all()
    serializer_class = NamedSerializer


class Regions(Coded):
    """Regions of Korea and Japan, by ISO 3166-2."""

    queryset = Region.objects.all()
    serializer_class = RegionSerializer
    filterset_fields = ("country",)


class Units(Coded):
    """Units of volumes; `factor` leads to the unit that its dimension is compared in."""

    queryset = Unit.objects.all()
    serializer_class = UnitSerializer
    filterset_fields = ("dimension",)
