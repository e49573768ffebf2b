"""What is going to end says so in its answers and in the description."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework import mixins, routers, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.deprecation import Ending, headers_of
from api.fields import SparseSerializer
from api.views import Resource
from taxonomy.models import Sector
from tests.api.callers import inside
from tests.factories import SectorFactory, UserFactory

SOON = Ending(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC), "Use `codes`.")
LATER = Ending(datetime(2027, 6, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
WORDS = "Deprecated since 2027-01-01; gone from 2028-03-01 on. Use `codes`."
HEADERS = {
    "Deprecation": "@1798761600",
    "Sunset": "Wed, 01 Mar 2028 00:00:00 GMT",
    "Link": '</api/>; rel="deprecation"; type="text/html"',
}


class OldSerializer(SparseSerializer, serializers.ModelSerializer[Sector]):
    ending_fields: ClassVar[dict[str, Ending]] = {"label": SOON}
    label = serializers.CharField(source="label_en", help_text="In English.")

    class Meta:
        model = Sector
        fields = ("code", "label")


class Old(mixins.ListModelMixin, Resource):
    """Sectors as they were."""

    queryset = Sector.objects.all()
    serializer_class = OldSerializer
    ordering = ("pk",)

    @action(detail=False, ending=LATER)
    def counted(self, request: Request) -> Response:
        """Count them."""
        return Response({"many": 1})


router = routers.SimpleRouter()
router.register("old", Old, basename="old")
urlpatterns = [path("api/v1/", include((router.urls, "api"))), path("", include("config.urls"))]


@pytest.fixture
def ask(db: None, settings: Any) -> Any:
    settings.ROOT_URLCONF = __name__
    for code in ("bio", "mobility"):
        SectorFactory(code=code)
    return inside(UserFactory()).get


def ending_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name in HEADERS}


def test_answers_with_a_field_that_ends_say_so(ask: Any) -> None:
    assert ending_of(ask("/api/v1/old/")) == HEADERS
    assert ending_of(ask("/api/v1/old/?fields=label")) == HEADERS
    assert ending_of(ask("/api/v1/old/?fields=code")) == {}
    assert ending_of(ask("/api/v1/sectors/")) == {}


def test_the_pages_of_a_list_are_named_beside_it(ask: Any) -> None:
    link = ask("/api/v1/old/?limit=1").headers["Link"]
    assert 'rel="next"' in link
    assert link.endswith(HEADERS["Link"])


def test_an_operation_that_ends_says_so_also_when_it_refuses(ask: Any) -> None:
    for answer in (ask("/api/v1/old/counted/"), ask("/api/v1/old/counted/", HTTP_ACCEPT="a/b")):
        assert answer.headers["Deprecation"] == "@1811808000"
        assert answer.headers["Sunset"] == "Mon, 01 Jan 2029 00:00:00 GMT"


def test_of_several_the_earliest_is_told() -> None:
    assert headers_of([LATER, SOON]) == HEADERS
    assert headers_of([]) == {}


def test_the_description_marks_both() -> None:
    told: Any = SchemaGenerator(patterns=urlpatterns[:1]).get_schema(request=None, public=True)
    label = told["components"]["schemas"]["Old"]["properties"]["label"]
    assert label["deprecated"] is True
    assert label["description"] == f"In English. {WORDS}"
    listed, counted = (told["paths"][f"/api/v1/old/{each}"]["get"] for each in ("", "counted/"))
    assert "deprecated" not in listed
    assert counted["deprecated"] is True
    assert counted["description"].endswith("gone from 2029-01-01 on.")


def test_nobody_has_less_than_a_year() -> None:
    with pytest.raises(ValueError, match="a year before"):
        Ending(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC))
