"""Many rows in one request: how they are asked for, and how each is answered."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.errors import Problem
from common.permissions import require
from companies.choices import BulkStatus
from companies.importing.wording import cell_fault
from companies.permissions import can_import
from companies.services.bulk import Outcome, upsert_firms

MOST_ROWS: Final = 1000


class BulkSerializer(serializers.Serializer[Any]):
    """`atomic`: all rows or none. Without it good rows are written and bad ones are told."""

    atomic = serializers.BooleanField(
        default=False, help_text="All rows or none; a bad row then makes the answer a 422."
    )
    rows = serializers.ListField(
        child=serializers.JSONField(), allow_empty=False, help_text=f"1 to {MOST_ROWS} rows."
    )


class FaultSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON Pointer into the body of the request.")
    code = serializers.CharField()
    detail = serializers.CharField(help_text="In the caller's language.")


class RowSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place of the row in the request, from 0.")
    status = serializers.ChoiceField(choices=BulkStatus.choices)
    id = serializers.UUIDField(allow_null=True)
    errors = FaultSerializer(many=True)


class BulkAnswerSerializer(serializers.Serializer[Any]):
    """One result a row, in the order of the rows; the counts are those of the statuses."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    invalid = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = RowSerializer(many=True)


class FirmsAnswerSerializer(BulkAnswerSerializer):
    import_id = serializers.UUIDField(
        help_text="The import by which all that was written can be taken back."
    )


class BulkFirms:
    """Mixin of the firms' resource."""

    @extend_schema(
        summary="Create or change up to 1,000 firms",
        description=(
            "Rows are told apart by `country` and `official_number`, or by your own `source_id`. "
            "The rules are those of an imported list: blanks erase nothing, a firm that another "
            "list brought is only filled where it is blank, and one that its own people look "
            "after is refused. `offerings` and `needs` are lists of product names."
        ),
        request=BulkSerializer,
        responses=FirmsAnswerSerializer,
        examples=[
            OpenApiExample(
                "Two firms",
                request_only=True,
                value={
                    "atomic": False,
                    "rows": [
                        {
                            "country": "KR",
                            "official_number": "120-88-00767",
                            "name_ko": "가교전자",
                            "website": "https://gagyo.example/",
                            "offerings": ["포토레지스트"],
                        },
                        {"country": "JP", "official_number": "1", "name_ja": "架橋電子"},
                    ],
                },
            ),
            OpenApiExample(
                "One made, one faulty",
                response_only=True,
                value={
                    "created": 1,
                    "updated": 0,
                    "unchanged": 0,
                    "invalid": 1,
                    "refused": 0,
                    "results": [
                        {
                            "index": 0,
                            "status": "created",
                            "id": "0a4f1a52-9f1c-4f3a-8d51-64a0c9c6a0fd",
                            "errors": [],
                        },
                        {
                            "index": 1,
                            "status": "invalid",
                            "id": None,
                            "errors": [
                                {
                                    "pointer": "/rows/1/official_number",
                                    "code": "number_length",
                                    "detail": "An official number has 10 digits in Korea and 13 "
                                    "in Japan.",
                                }
                            ],
                        },
                    ],
                    "import_id": "5d9c0d7e-0c0e-4a1b-9a63-2c1a5d4be7aa",
                },
            ),
        ],
    )
    @action(detail=False, methods=["post"], scopes=(Scope.DATA,))
    def bulk(self, request: Request) -> Response:
        """Create or change many firms."""
        require(can_import(request.user))
        rows, is_atomic = rows_of(request)
        done = upsert_firms(
            rows=rows, is_all_or_nothing=is_atomic, actor=request.user, now=timezone.now()
        )
        told = [_of_firm(each) for each in done.outcomes]
        return answer(told, is_atomic, import_id=done.job and str(done.job.pk))


def rows_of(request: Request) -> tuple[list[Any], bool]:
    """The rows, and whether all or none are asked for."""
    rows = request.data.get("rows") if isinstance(request.data, dict) else None
    if isinstance(rows, list) and len(rows) > MOST_ROWS:
        raise Problem(
            "too-large", _("At most %(number)s rows at once.") % {"number": f"{MOST_ROWS:,}"}
        )
    form = BulkSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data["rows"], form.validated_data["atomic"]


def answer(told: Sequence[dict[str, Any]], is_atomic: bool, **more: Any) -> Response:
    """200 with what became of each row; Problem 422 with the same when nothing was written."""
    if is_atomic and any(row["errors"] for row in told):
        faults = [fault for row in told for fault in row["errors"]]
        raise Problem(
            "invalid",
            _("Nothing was written: all rows or none were asked for."),
            errors=faults,
            results=list(told),
        )
    counts = {
        status.value: sum(row["status"] == status for row in told)
        for status in BulkStatus
        if status != BulkStatus.HELD
    }
    return Response({**counts, "results": told, **more})


def _of_firm(each: Outcome) -> dict[str, Any]:
    return {
        "index": each.index,
        "status": each.status,
        "id": each.company_id and str(each.company_id),
        "errors": [
            {
                "pointer": pointer(each.index, fault.column),
                "code": fault.code,
                "detail": cell_fault(fault.code),
            }
            for fault in each.faults
        ],
    }


def pointer(index: int, name: str = "") -> str:
    """JSON Pointer to a row or one of its fields (RFC 6901)."""
    place = f"/rows/{index}"
    return f"{place}/{name.replace('~', '~0').replace('/', '~1')}" if name else place
