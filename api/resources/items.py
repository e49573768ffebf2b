"""Offerings and needs: a firm's own, and all of them for staff."""

from typing import Any, ClassVar, Final

import django_filters
from django.db import models, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import filters, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.coded import Coded
from api.conditional import require_version, version_of
from api.errors import refuse_fields
from api.fields import SparseSerializer, with_codes
from api.resources.bulk_items import BulkItems, store
from api.views import Resource
from common.localisation import LANGUAGES, pick
from common.permissions import require
from companies.choices import Cooperation, ItemState
from companies.models import Company, Item, Need, Offering
from companies.permissions import can_edit_company
from companies.rules import FAULTS, MOST_CODES, item_faults, said
from companies.searching import with_words
from companies.services import close_item, open_item
from taxonomy.models import Certification, Concept, Currency, Region, Unit

RELATED: Final = ("concepts", "certifications", "wish_regions", "required_certifications")


def coded(model: Any, *, many: bool = False) -> Any:
    """A reference to a coded row by its code."""
    rows = model.objects.filter(is_active=True) if model is Concept else model.objects.all()
    optional = {"required": False} if many else {"required": False, "allow_null": True}
    return Coded(slug_field="code", queryset=rows, many=many, **optional)


class ItemSerializer(SparseSerializer, serializers.ModelSerializer[Any]):
    """`title` is in the caller's language, as far as the firm wrote it in that one."""

    title = serializers.SerializerMethodField()
    company = serializers.PrimaryKeyRelatedField(queryset=Company.objects.all())
    reference = serializers.CharField(
        source="source_id",
        read_only=True,
        help_text="The firm's own, by which bulks find the item.",
    )
    cooperation = serializers.ListField(
        child=serializers.ChoiceField(choices=Cooperation.choices), allow_empty=False
    )
    concepts = coded(Concept, many=True)
    certifications = coded(Certification, many=True)
    wish_regions = coded(Region, many=True)
    unit = coded(Unit)
    currency = coded(Currency)
    hs6 = serializers.ListField(
        child=serializers.RegexField(
            r"^\d{6}$", error_messages={"invalid": FAULTS["not_six_digits"]}
        ),
        required=False,
        max_length=MOST_CODES,
        error_messages={"max_length": FAULTS["too_many_codes"]},
    )

    class Meta:
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "company",
            "reference",
            "state",
            "language",
            "title",
            *(f"{field}_{language}" for field in ("title", "text") for language in LANGUAGES),
            "cooperation",
            "concepts",
            "hs6",
            "certifications",
            "annual_volume",
            "minimum_order",
            "unit",
            "lead_time_days",
            "price_min",
            "price_max",
            "currency",
            "incoterm",
            "stage",
            "wish_min_employees",
            "wish_experienced",
            "wish_regions",
            "valid_until",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("id", "state", "created_at", "updated_at")
        extra_kwargs: ClassVar = {
            "language": {"help_text": "In which the firm wrote it; there is a title in it."}
        }

    def get_title(self, item: Item) -> str:
        return pick(item, "title")[0]

    def validate_company(self, company: Company) -> Company:
        """An unknown firm and a stranger's firm are told alike."""
        if self.instance is not None and company != self.instance.company:
            raise serializers.ValidationError(_("An item stays with its firm."))
        if not Company.objects.of_member(self.context["request"].user).filter(pk=company.pk):
            raise serializers.ValidationError(_("This is none of your firms."))
        return company

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the item would stand afterwards."""
        company = attrs.get("company") or self.context["company"]
        refuse_fields(item_faults(said(self.instance, attrs), country=company.country), FAULTS)
        return attrs


class OfferingSerializer(ItemSerializer):
    class Meta(ItemSerializer.Meta):
        model = Offering


class NeedSerializer(ItemSerializer):
    required_certifications = coded(Certification, many=True)
    current_source_country = serializers.RegexField(
        r"^[A-Z]{2}$",
        required=False,
        allow_blank=True,
        error_messages={"invalid": FAULTS["not_a_country_code"]},
    )

    class Meta(ItemSerializer.Meta):
        model = Need
        fields = (
            *ItemSerializer.Meta.fields,
            "required_certifications",
            "max_lead_time_days",
            "is_volume_required",
            "current_source_country",
            "is_single_sourced",
            "risk_reason",
            "accepts_substitutes",
            "stock_cover_days",
            "needed_by",
            "seats",
        )


class ItemFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        method="with_words",
        max_length=100,
        label="a product or an HS code in any of the three languages: a concept or a narrower one, "
        "or the words as they are written; all words must be met",
    )
    company = django_filters.UUIDFilter(field_name="company_id")
    state = django_filters.ChoiceFilter(choices=ItemState.choices)
    concept = django_filters.CharFilter(method="of_concept", label="code of a concept")
    hs6 = django_filters.CharFilter(method="with_hs6", label="HS-6 code")
    country = django_filters.CharFilter(field_name="company__country", label="of the firm")
    changed_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    def with_words(self, rows: Any, name: str, value: str) -> Any:
        return with_words(rows, value)

    def of_concept(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(pk__in=rows.model.objects.filter(concepts__code=value).values("pk"))

    def with_hs6(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(hs6__contains=[value])


class Items(BulkItems, mixins.ListModelMixin, Resource):
    """What offerings and needs have in common; staff read all, firms read and write their own."""

    scopes = (Scope.FIRM, Scope.REVIEWER, Scope.DATA)
    filterset_class = ItemFilter
    filter_backends: ClassVar = [*Resource.filter_backends, filters.OrderingFilter]
    ordering_fields = ("created_at", "updated_at")
    ordering = ("-created_at", "-pk")
    lookup_value_regex = "[0-9a-f-]{36}"
    model: type[Offering] | type[Need]
    #: With all that is shown of them, put together once.
    rows: Any

    def get_queryset(self) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = self.rows.visible_to(self.request.user)
        return found

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A title and a text in at least one language, and a concept or an HS code. A price has a
        currency, a volume a unit; partners are wished for in regions of the other country."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        require(can_edit_company(request.user, form.validated_data["company"]))
        item = self.model(company=form.validated_data["company"])
        self._store(item, form, is_new=True)
        answer = self._told(item, status.HTTP_201_CREATED)
        answer.headers["Location"] = f"{request.path}{item.pk}/"
        return answer

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Judged as the item would stand afterwards, by the rules for a new one. What changes
        nothing leaves the version as it is."""
        with transaction.atomic():
            item = self.get_object()
            require(can_edit_company(request.user, item.company))
            require_version(request, item)
            form = self.get_serializer(item, data=request.data, partial=True)
            form.context["company"] = item.company
            form.is_valid(raise_exception=True)
            self._store(item, form, is_new=False)
        return self._told(item)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Take the item out of matching."""
        return self._move(request, close_item)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Bring a closed item back."""
        return self._move(request, open_item)

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except (ValueError, TypeError):
            raise Http404 from None

    def _move(self, request: Request, service: Any) -> Response:
        item = self.get_object()
        require(can_edit_company(request.user, item.company))
        service(item=item, actor=request.user, now=timezone.now())
        return self._told(item)

    def _store(self, item: Any, form: Any, *, is_new: bool) -> None:
        actor, now = self.request.user, timezone.now()
        store(item, form.validated_data, is_new=is_new, actor=actor, now=now)

    def _told(self, item: Any, code: int = status.HTTP_200_OK) -> Response:
        """As it stands now, which a write may have changed in more than what was sent."""
        return self._answer(self.get_queryset().get(pk=item.pk), code)

    def _answer(self, item: Any, code: int = status.HTTP_200_OK) -> Response:
        answer = Response(self.get_serializer(item).data, status=code)
        answer.version = version_of(item.updated_at)
        return answer


class Offerings(Items):
    """What firms supply."""

    model = Offering
    rows = with_codes(Offering.objects.select_related("unit", "currency"), *RELATED[:-1])
    queryset = Offering.objects.none()
    serializer_class = OfferingSerializer


class Needs(Items):
    """What firms look for."""

    model = Need
    rows = with_codes(Need.objects.select_related("unit", "currency"), *RELATED)
    queryset = Need.objects.none()
    serializer_class = NeedSerializer
