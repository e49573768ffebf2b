"""All routes of the product, and what it is compared with: `empty/`, which does nothing, and
`bare/`, the least that Django REST framework can do to read a list or one row, to write one row,
and to write many rows at once."""

from typing import Any, ClassVar
from uuid import NAMESPACE_OID, uuid5

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.pagination import Cursor
from common.models import AuditEvent
from companies.models import Offering


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


class BareSerializer(serializers.ModelSerializer):
    class Meta:
        model = Offering
        fields: ClassVar = [field.name for field in Offering._meta.concrete_fields]


class Bare:
    """One query, nobody asked who they are."""

    queryset: Any = Offering.objects.order_by("-created_at", "pk")
    serializer_class = BareSerializer
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    filter_backends = ()


class BareList(Bare, generics.ListAPIView):
    ordering = ("-created_at", "pk")
    pagination_class = Cursor


class BareDetail(Bare, generics.RetrieveAPIView):
    pass


class BareEventSerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditEvent
        fields: ClassVar = ["id", "at", "verb", "object_type", "object_id", "data"]


class BareWrite(Bare, generics.CreateAPIView):
    """What is sent is looked at, one row is written and committed, and told."""

    queryset = AuditEvent.objects.none()
    serializer_class = BareEventSerializer

    def perform_create(self, serializer: Any) -> None:
        with transaction.atomic():
            serializer.save()


SAID = ("language", "title_en", "text_en", "cooperation", "hs6")


class BareRowSerializer(serializers.ModelSerializer):
    company = serializers.UUIDField(source="company_id")
    reference = serializers.CharField(source="source_id")

    class Meta:
        model = Offering
        fields: ClassVar = ["company", "reference", *SAID]
        validators: ClassVar[list[Any]] = []


class BareBulk(Bare, APIView):
    """Rows are looked at one by one and written in one statement; nothing is read, and nothing is
    asked of what they say together."""

    def post(self, request: Request) -> Response:
        form = BareRowSerializer(data=request.data["rows"], many=True)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        made = [
            Offering(
                id=uuid5(NAMESPACE_OID, row["source_id"]), created_at=now, material_at=now, **row
            )
            for row in form.validated_data
        ]
        with transaction.atomic():
            Offering.objects.bulk_create(
                made,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=[*SAID, "material_at", "updated_at"],
            )
        return Response({"results": [str(each.pk) for each in made]})


urlpatterns = [
    path("empty/", empty, name="empty"),
    path("bare/offerings/", BareList.as_view()),
    path("bare/offerings/<uuid:pk>/", BareDetail.as_view()),
    path("bare/events/", BareWrite.as_view()),
    path("bare/offerings/bulk/", BareBulk.as_view()),
    path("", include("config.urls")),
]
