"""Matches: a firm's own as its inbox shows them, all of them for staff."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import filters
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.conditional import version_of
from api.filters import IntegerFilter, unknown_parameters
from api.models import Token
from api.permissions import scopes_of
from api.resources.match_rows import firm_matches, staff_matches
from api.resources.match_shapes import (
    FirmMatchDetailSerializer,
    FirmMatchSerializer,
    StaffMatchDetailSerializer,
    StaffMatchSerializer,
)
from api.views import Resource, View
from common.permissions import Denied, require
from companies.models import Company, Membership
from matching.choices import Direction, MatchState, Side
from matching.models import Match, MatchQuerySet
from matching.permissions import can_answer_as, place_of, side_of
from matching.queries.cards import matches_for_cards
from matching.queries.queue import FOLDERS, Wanted, review_matches
from matching.queries.review import find_match

EITHER = PolymorphicProxySerializer(
    component_name="Match",
    serializers=[FirmMatchSerializer, StaffMatchSerializer],
    resource_type_field_name=None,
    many=True,
)
EITHER_WHOLE = PolymorphicProxySerializer(
    component_name="MatchDetail",
    serializers=[FirmMatchDetailSerializer, StaffMatchDetailSerializer],
    resource_type_field_name=None,
)


FIELDS = OpenApiParameter(
    "fields",
    {"type": "array", "items": {"type": "string"}},
    style="form",
    explode=False,
    description="Only these fields, separated by commas.",
)
PEOPLE = ("assigned_to", "first_approved_by", "decided_by")
STAFF_ROWS = Match.objects.select_related(
    "need__company", "offering__company", "run__policy", "introduction", *PEOPLE
)


def sees_all(request: Any) -> bool:
    """Staff in their browser, or with a token for the staff's work."""
    if not request.user.is_association_staff:
        return False
    return not isinstance(request.auth, Token) or Scope.REVIEWER in scopes_of(request.auth)


def matches_of(request: Any, rows: MatchQuerySet) -> MatchQuerySet:
    """Those of `rows` that the caller may know of."""
    return rows.visible_to(request.user) if sees_all(request) else rows.of_member(request.user)


class MatchFilter(django_filters.FilterSet):
    """Of a firm's own matches: nothing here may tell who a hidden firm is."""

    state = django_filters.MultipleChoiceFilter(choices=MatchState.choices)
    direction = django_filters.ChoiceFilter(choices=Direction.choices)
    sector = django_filters.CharFilter(method="in_sector", label="code of a sector of either firm")
    company = django_filters.UUIDFilter(
        method="of_company", label="one of the caller's firms; for staff any firm"
    )
    item = django_filters.UUIDFilter(
        method="about", label="one of the caller's items; for staff any item"
    )
    changed_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
    awaiting = django_filters.ChoiceFilter(
        choices=[("me", "me"), ("other", "other")],
        method="waiting_for",
        label="whose answer is waited for; for staff `me` is the queue, `other` are the firms",
    )

    def in_sector(self, rows: Any, name: str, value: str) -> Any:
        firms = Company.objects.filter(sectors__code=value).values("pk")
        return rows.filter(Q(need__company__in=firms) | Q(offering__company__in=firms))

    def of_company(self, rows: Any, name: str, value: UUID) -> Any:
        if not self._own().filter(company=value).exists():
            return rows.none()
        return _either(rows, Q(need__company=value), Q(offering__company=value))

    def about(self, rows: Any, name: str, value: UUID) -> Any:
        own = self._own()
        return _either(
            rows,
            Q(need=value, need__company__in=own),
            Q(offering=value, offering__company__in=own),
        )

    def waiting_for(self, rows: Any, name: str, value: str) -> Any:
        now = timezone.now()
        today = timezone.localdate(now)
        for item in ("need", "offering"):
            rows = rows.exclude(**{f"{item}__valid_until__lt": today})
        rows = rows.awaiting_answers().exclude(expires_at__lte=now)
        mine = Match.objects.unanswered_by(self.request.user).order_by().values("pk")
        return rows.filter(pk__in=mine) if value == "me" else rows.exclude(pk__in=mine)

    def _own(self) -> Any:
        return Membership.objects.filter(user=self.request.user).values("company")


class StaffMatchFilter(MatchFilter):
    min_score = django_filters.NumberFilter(
        field_name="score", lookup_expr="gte", min_value=0, max_value=1, label="0 to 1; for staff"
    )
    folder = django_filters.ChoiceFilter(
        choices=list(FOLDERS.items()), method="in_folder", label="of the review queue; for staff"
    )
    run = django_filters.UUIDFilter(label="the run that found it; for staff")
    policy = IntegerFilter(
        field_name="run__policy__version", label="version of the run's policy; for staff"
    )
    is_prospect = django_filters.BooleanFilter(label="with an unclaimed firm; for staff")
    q = django_filters.CharFilter(method="named", label="words of a firm or a title; for staff")

    def of_company(self, rows: Any, name: str, value: UUID) -> Any:
        return _either(rows, Q(need__company=value), Q(offering__company=value))

    def about(self, rows: Any, name: str, value: UUID) -> Any:
        return rows.filter(Q(need=value) | Q(offering=value))

    def waiting_for(self, rows: Any, name: str, value: str) -> Any:
        return rows.awaiting_answers() if value == "other" else self._listed(rows, Wanted())

    def in_folder(self, rows: Any, name: str, value: str) -> Any:
        return self._listed(rows, Wanted(folder=value, assigned="anybody"))

    def named(self, rows: Any, name: str, value: str) -> Any:
        return rows.naming(value)

    def _listed(self, rows: Any, wanted: Wanted) -> Any:
        found = review_matches(wanted, user=self.request.user, now=timezone.now())
        return rows.filter(pk__in=found.order_by().values("pk"))


class Matches(Resource):
    """Matches, for firms their own, for staff all.

    A program that keeps a copy asks for `?ordering=updated_at&changed_since=…`: what changes
    meanwhile comes at the end.
    """

    scopes = (Scope.FIRM, Scope.REVIEWER)
    queryset = Match.objects.none()
    filter_backends: ClassVar = [*Resource.filter_backends, filters.OrderingFilter]
    ordering_fields = ("created_at", "updated_at")
    ordering = ("-created_at", "-pk")
    lookup_value_regex = "[0-9a-f-]{36}"

    @property
    def filterset_class(self) -> Any:
        is_described = getattr(self, "swagger_fake_view", False)
        return StaffMatchFilter if is_described or sees_all(self.request) else MatchFilter

    @extend_schema(summary="List matches", parameters=[FIELDS], responses=EITHER)
    def list(self, request: Request) -> Response:
        of_staff = StaffMatchFilter.base_filters.keys() - self.filterset_class.base_filters
        if unknown := sorted(of_staff & request.query_params.keys()):
            raise unknown_parameters(unknown)
        rows = STAFF_ROWS if sees_all(request) else firm_rows()
        found = self.filter_queryset(matches_of(request, rows))
        page = self.paginate_queryset(found) or []
        now, context = timezone.now(), self.get_serializer_context()
        told: Any
        if sees_all(request):
            told = StaffMatchSerializer(staff_matches(page, now=now), many=True, context=context)
        else:
            own = firm_matches(request.user, page, now=now)
            told = FirmMatchSerializer(own, many=True, context=context)
        return self.get_paginated_response(told.data)

    @extend_schema(summary="Read a match", parameters=[FIELDS], responses=EITHER_WHOLE)
    def retrieve(self, request: Request, pk: str) -> Response:
        now, context = timezone.now(), self.get_serializer_context()
        told: Any
        if sees_all(request):
            match = found_match(_uuid(pk))
            told = StaffMatchDetailSerializer(staff_matches([match], now=now)[0], context=context)
        else:
            match = one(matches_of(request, firm_rows()), _uuid(pk))
            own = firm_matches(request.user, [match], now=now)[0]
            told = FirmMatchDetailSerializer(own, context=context)
        answer = Response(told.data)
        answer.version = version_of(match.updated_at)
        return answer


#: Enough to know who may speak for a side; what it says is done to the match as it is locked.
SIDES = Match.objects.select_related("need", "offering").only(
    "is_prospect", "published_at", "need__company", "offering__company"
)


class MatchPart:
    """Mixin of views of what hangs on one match: strangers do not find it."""

    request: Any

    def match(self, pk: UUID) -> Match:
        match: Match = one(matches_of(self.request, Match.objects.with_sides()), pk)
        return match

    def own_side(self, match: Match) -> Side | None:
        """The caller's side; None for staff."""
        return None if sees_all(self.request) else side_of(self.request.user, match)

    def acting_side(self, match: Match) -> Side:
        """The side that the caller may speak for; 403 for others."""
        return self._spoken_for(place_of(self.request.user, match))

    def asked(self, pk: UUID) -> tuple[Match, Side]:
        """The match, of which no more is read than whose it is, and the side that the caller may
        speak for: `match` and `acting_side` at the least cost."""
        match: Match = one(SIDES, pk)
        place = place_of(self.request.user, match)
        if not sees_all(self.request) and (place is None or not match.is_told):
            raise Http404
        return match, self._spoken_for(place)

    def _spoken_for(self, place: tuple[Side, Membership] | None) -> Side:
        if place is None:
            require(Denied(_("Staff of the association do not act for a firm.")))
            raise Http404
        require(can_answer_as(place[1]))
        return place[0]


class OfMatch(MatchPart, View):
    """One address below a match."""


def firm_rows() -> MatchQuerySet:
    return matches_for_cards().select_related("introduction").prefetch_related("answers__by")


def found_match(pk: UUID) -> Match:
    match = find_match(pk)
    if match is None:
        raise Http404
    return match


def one(rows: Any, pk: UUID) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _either(rows: Any, buying: Q, selling: Q) -> Any:
    """Two branches, each by its own index: an OR over both would read every match."""
    found = [Match.objects.filter(way).order_by().values("pk") for way in (buying, selling)]
    return rows.filter(pk__in=found[0].union(found[1], all=True))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
