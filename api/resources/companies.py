"""Firms: one's own whole, verified ones as the directory shows them, all of them for staff."""

from typing import Any, ClassVar

import django_filters
from django.db import models, transaction
from django.utils import timezone
from rest_framework import filters, mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.conditional import require_version, version_of
from api.errors import refuse_fields
from api.fields import SparseSerializer, with_codes
from api.resources.bulk import BulkFirms
from api.resources.items import coded
from api.views import Resource
from common.permissions import require
from companies.choices import CompanyState
from companies.masking import without_contacts, without_identity
from companies.models import Company
from companies.permissions import can_edit_company, can_see_details
from companies.rules import FAULTS, PROFILE, company_faults
from companies.searching import Search, find
from companies.services import save_company
from companies.wording import blind_description
from taxonomy.choices import Country
from taxonomy.models import Region, Sector

WRITABLE = ("name_en", *PROFILE)
# What everybody may read of a verified firm, and what people of verified firms read besides.
PUBLIC = ("id", "country", "state", "name", "sectors", "about_ko", "about_ja", "about_en",
          "verified_until")  # fmt: skip
DETAILS = (*PUBLIC, "region", "founded_on", "employees", "industry", "website",
           "has_partner_experience")  # fmt: skip


class CompanySerializer(SparseSerializer, serializers.ModelSerializer[Company]):
    """`name` is in the caller's language, or a description while the firm hides its name. Fields
    that the caller may not read are left out."""

    name = serializers.SerializerMethodField()
    sectors = coded(Sector, many=True)
    region = coded(Region)

    class Meta:
        model = Company
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "country",
            "official_number",
            "state",
            "source",
            "name",
            "name_ko",
            "name_ja",
            "name_kana",
            *WRITABLE,
            "submitted_at",
            "verified_at",
            "verified_until",
            "created_at",
            "updated_at",
        )
        read_only_fields = tuple(name for name in fields if name not in WRITABLE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        firm: Any = self.instance
        told = {"region": firm.region, **attrs}
        refuse_fields(company_faults(told, country=firm.country), FAULTS)
        return attrs

    def get_name(self, firm: Company) -> str:
        return firm.display_name if self._may_name(firm) else blind_description(firm)

    def to_representation(self, firm: Company) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(firm)
        user = self.context["request"].user
        if user.is_association_staff or firm.pk in self.context["own"]:
            return told
        readable = set(DETAILS if self.context["sees_details"] else PUBLIC)
        if firm.is_name_hidden:
            readable -= {"website"}
        told = {name: value for name, value in told.items() if name in readable}
        for name in ("about_ko", "about_ja", "about_en"):
            if name in told:
                told[name] = (
                    without_identity(told[name], firm)
                    if firm.is_name_hidden
                    else without_contacts(told[name])
                )
        return told

    def _may_name(self, firm: Company) -> bool:
        user = self.context["request"].user
        return (
            not firm.is_name_hidden or user.is_association_staff or firm.pk in self.context["own"]
        )


class CompanyFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        method="with_words",
        max_length=100,
        label="a firm, a product or an HS code in any of the three languages, as in the directory: "
        "all words must be met; verified firms, for staff those in any state",
    )
    country = django_filters.ChoiceFilter(choices=Country.choices)
    state = django_filters.ChoiceFilter(choices=CompanyState.choices)
    sector = django_filters.CharFilter(method="in_sector", label="code of a sector")
    official_number = django_filters.CharFilter(method="numbered")
    changed_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    def with_words(self, rows: Any, name: str, value: str) -> Any:
        found = find(Search(words=value, is_everywhere=True), viewer=self.request.user)
        if found.is_loose or found.is_broad or found.is_similar:
            return rows.none()
        return rows.filter(pk__in=found.entries.order_by().values("pk"))

    def in_sector(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(pk__in=Company.objects.filter(sectors__code=value).values("pk"))

    def numbered(self, rows: Any, name: str, value: str) -> Any:
        """Among the firms whose number the caller may read: staff all, others their own."""
        user = self.request.user
        known = rows if user.is_association_staff else rows.filter(memberships__user=user)
        return known.filter(official_number=value)


class Companies(BulkFirms, mixins.ListModelMixin, Resource):
    """Firms. Writing needs If-Match; country, number, legal name and state do not change here."""

    scopes = (Scope.FIRM, Scope.REVIEWER, Scope.DATA)
    queryset = Company.objects.none()
    serializer_class = CompanySerializer
    filterset_class = CompanyFilter
    filter_backends: ClassVar = [*Resource.filter_backends, filters.OrderingFilter]
    ordering_fields = ("created_at", "updated_at")
    ordering = ("-created_at", "-pk")
    lookup_value_regex = "[0-9a-f-]{36}"
    #: With all that is shown of them, put together once.
    rows: Any = with_codes(Company.objects.select_related("region"), "sectors")

    def get_queryset(self) -> models.QuerySet[Company]:
        found: models.QuerySet[Company] = self.rows.visible_to(self.request.user)
        return found

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        user = self.request.user
        own = set(user.memberships.values_list("company", flat=True))
        some = Company(state="verified")
        return {**context, "own": own, "sees_details": bool(can_see_details(user, some))}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Needs If-Match. At least one sector, and a region of the firm's own country; country,
        number, legal name and state do not change here."""
        with transaction.atomic():
            firm = self.get_object()
            require(can_edit_company(request.user, firm))
            require_version(request, firm)
            form = self.get_serializer(firm, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            data = dict(form.validated_data)
            sectors = data.pop("sectors", None)
            changed = {name for name, value in data.items() if getattr(firm, name) != value}
            if sectors is not None and set(sectors) != set(firm.sectors.all()):
                changed.add("sectors")
            for name, value in data.items():
                setattr(firm, name, value)
            save_company(
                company=firm,
                sectors=sectors,
                changed=changed,
                actor=request.user,
                now=timezone.now(),
            )
        return self._told(firm)

    def _told(self, firm: Company) -> Response:
        """As it stands now, which a write may have changed in more than what was sent."""
        return self._answer(self.get_queryset().get(pk=firm.pk))

    def _answer(self, firm: Company) -> Response:
        answer = Response(self.get_serializer(firm).data)
        answer.version = version_of(firm.updated_at)
        return answer
