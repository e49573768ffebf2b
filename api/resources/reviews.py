"""What the staff decide about matches, and who decided what, when and why."""

from collections.abc import Callable
from typing import Any, ClassVar, Final
from uuid import UUID

import django_filters
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.conditional import require_version
from api.errors import Problem, refuse_fields
from api.fields import SparseSerializer
from api.resources.match_shapes import Char, Moment, PersonSerializer, Shape
from api.resources.matches import OfMatch
from api.views import Resource
from common.permissions import require
from matching import services
from matching.choices import Decision, MatchState, RejectReason, reason_label
from matching.models import Match, Review
from matching.permissions import can_decide, can_review
from matching.rules import FAULTS, HOLD_NOTE_LENGTH, review_faults

DECISIONS: Final[dict[str, str]] = {
    "approve": Decision.APPROVED,
    "reject": Decision.REJECTED,
    "hold": Decision.HELD,
    "send_back": Decision.SENT_BACK,
    "undo": Decision.UNDONE,
}


class StaffOnly:
    """Mixin of views: for others there is nothing here, as on the staff's pages."""

    scopes: ClassVar[tuple[str, ...]] = (Scope.REVIEWER,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if not can_review(request.user):
            raise Http404


class ReviewSerializer(SparseSerializer):
    """A decision on a match."""

    id = serializers.IntegerField(source="pk")
    match = serializers.UUIDField(source="match_id")
    decision = serializers.ChoiceField(choices=Decision.choices)
    decision_label = Char(source="get_decision_display")
    reason = serializers.ChoiceField(choices=RejectReason.choices, allow_blank=True)
    reason_label = serializers.SerializerMethodField(help_text="The reason as a sentence.")
    note = Char()
    reviewer = PersonSerializer(allow_null=True, help_text="Null: the system.")
    at = Moment()

    def get_reason_label(self, review: Review) -> str:
        return reason_label(review.reason) if review.reason else ""


class DecidedSerializer(ReviewSerializer):
    """The decision, and where the match stands after it."""

    match_state = serializers.ChoiceField(choices=MatchState.choices, source="match.state")
    publish_at = Moment(
        source="match.publish_at", allow_null=True, help_text="When the mails go out."
    )
    waits_for_second = serializers.BooleanField(help_text="A second reviewer has to approve it.")


class ReviewsOfMatchSerializer(Shape):
    results = ReviewSerializer(many=True)


class NewReviewSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(
        choices=tuple(DECISIONS),
        help_text="`send_back`: of the second reviewer, to the first. `undo`: within the grace"
        " time, a hold at any time.",
    )
    reason = serializers.ChoiceField(
        choices=RejectReason.choices, required=False, default="", help_text="Needed to reject."
    )
    note = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        help_text="Needed to send back, and to reject for another reason; at most"
        f" {HOLD_NOTE_LENGTH} characters to hold.",
    )
    until = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="Needed to hold: the day."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        told = attrs | {"decision": DECISIONS[attrs["decision"]]}
        refuse_fields(review_faults(today=timezone.localdate(), **told), FAULTS)
        return attrs


class ReviewFilter(django_filters.FilterSet):
    match = django_filters.UUIDFilter(field_name="match_id")
    decision = django_filters.MultipleChoiceFilter(choices=Decision.choices)
    reason = django_filters.ChoiceFilter(choices=RejectReason.choices)
    reviewer = django_filters.CharFilter(
        method="by", label="id of a person, `me`, or `system` for automatic approvals"
    )
    company = django_filters.UUIDFilter(method="about")
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    def by(self, rows: Any, name: str, value: str) -> Any:
        if value == "me":
            return rows.filter(reviewer=self.request.user)
        if value == "system":
            return rows.filter(reviewer=None)
        is_id = value.isascii() and value.isdecimal() and len(value) < 10
        return rows.filter(reviewer=int(value)) if is_id else rows.none()

    def about(self, rows: Any, name: str, value: UUID) -> Any:
        return rows.filter(Q(match__need__company=value) | Q(match__offering__company=value))


class Reviews(StaffOnly, mixins.ListModelMixin, Resource):
    """Every decision of the staff, the latest first."""

    queryset = Review.objects.select_related("reviewer")
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilter
    ordering_fields = ("at",)
    ordering = ("-at", "-pk")


Step = Callable[[Match, dict[str, Any], dict[str, Any]], object]
STEPS: Final[dict[str, Step]] = {
    "approve": lambda match, data, who: services.approve_match(
        match=match, note=data["note"], **who
    ),
    "reject": lambda match, data, who: services.reject_match(
        match=match, reason=data["reason"], note=data["note"], **who
    ),
    "hold": lambda match, data, who: services.hold_match(
        match=match, until=data["until"], note=data["note"], **who
    ),
    "send_back": lambda match, data, who: services.send_back(match=match, note=data["note"], **who),
    "undo": lambda match, data, who: services.undo_decision(match=match, **who),
}
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the match one has read: what was scored anew since is a 412. Without"
    " it the decision holds for the match as it is.",
)


class MatchReviews(StaffOnly, OfMatch):
    """The decisions on one match. Two reviewers never decide the same one twice."""

    @extend_schema(summary="Decisions on a match", responses=ReviewsOfMatchSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        rows = self.match(pk).reviews.select_related("reviewer").order_by("-at", "-pk")
        return Response(ReviewsOfMatchSerializer({"results": rows}).data)

    @extend_schema(
        summary="Decide on a match",
        parameters=[IF_MATCH],
        request=NewReviewSerializer,
        responses={
            201: DecidedSerializer,
            412: OpenApiResponse(description="The match has changed since it was read."),
        },
        examples=[
            OpenApiExample("Approve", {"decision": "approve"}, request_only=True),
            OpenApiExample(
                "Reject",
                {"decision": "reject", "reason": "already_partners"},
                request_only=True,
            ),
            OpenApiExample("Hold", {"decision": "hold", "until": "2026-12-01"}, request_only=True),
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """The mails of an approval go out at `publish_at`. Whoever comes second is answered with
        409, and told who was first and when (`by`, `at`, `state`)."""
        form = NewReviewSerializer(data=request.data)
        match = self.match(pk)
        require(can_decide(request.user, match))
        form.is_valid(raise_exception=True)
        decision = form.validated_data["decision"]
        with transaction.atomic():
            if "If-Match" in request.headers:
                self._as_read(request, match)
            who = {"actor": request.user, "now": timezone.now()}
            STEPS[decision](match, form.validated_data, who)
            review: Any = match.reviews.filter(reviewer=request.user).order_by("-pk")[0]
        services.release_claims(reviewer=request.user, only=match.pk)
        review.match = match
        review.waits_for_second = match.first_approved_at is not None and (
            match.state == MatchState.PROPOSED
        )
        return Response(
            DecidedSerializer(review).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": request.path},
        )

    def _as_read(self, request: Request, match: Match) -> None:
        """Refuse a match that has changed since; of one that was decided the service tells who was
        first."""
        try:
            require_version(request, match)
        except Problem as problem:
            match.refresh_from_db(fields=["state"])
            if match.state == MatchState.PROPOSED:
                last = match.reviews.select_related("reviewer").order_by("-at", "-pk").first()
                if last is not None and last.reviewer is not None:
                    problem.more |= {"by": last.reviewer.display_name, "at": last.at.isoformat()}
                raise
