"""What a firm says to a match: the same services and sentences as its page."""

from datetime import UTC
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.errors import Problem, refuse_fields
from api.resources.match_shapes import AnswerSerializer
from api.resources.matches import OfMatch
from matching.choices import AnswerKind, DeclineReason, MatchState
from matching.queries.settled import is_answerable, step_after
from matching.rules import FAULTS, answer_faults
from matching.services import NoRoom, answer_match, take_back_answer


class NewAnswerSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=AnswerKind.choices)
    reason = serializers.ChoiceField(
        choices=DeclineReason.choices,
        required=False,
        default="",
        help_text="Needed to decline. The other firm is told it.",
    )
    note = serializers.CharField(
        max_length=1000, required=False, default="", allow_blank=True, help_text="In own words."
    )
    is_note_shared = serializers.BooleanField(
        default=False, help_text="The other firm may read the note; else only the association."
    )
    raises_limits = serializers.BooleanField(
        default=False,
        help_text="Raise the firm's introductions of a month, and the need's seats, if they are"
        " used up.",
    )
    seen = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The `at` of the answer one has read: a newer one of a colleague's stands.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_fields(answer_faults(kind=attrs["kind"], reason=attrs["reason"]), FAULTS)
        return attrs


class GivenAnswerSerializer(AnswerSerializer):
    """The answer, and what follows from it."""

    match_state = serializers.ChoiceField(choices=MatchState.choices, source="match.state")
    next_step = serializers.SerializerMethodField(help_text="What happens now, and by when.")

    def get_next_step(self, answer: Any) -> str:
        given, now = self.context["given"], timezone.now()
        if answer.kind != AnswerKind.INTERESTED or not is_answerable(given.match, now):
            return ""
        return step_after(given.match, self.context["side"], given.theirs, now)


class AnswersSerializer(serializers.Serializer[Any]):
    results = AnswerSerializer(many=True)


EXAMPLES = [
    OpenApiExample("Interested", {"kind": "interested"}, request_only=True),
    OpenApiExample(
        "Declined",
        {"kind": "declined", "reason": "price", "note": "목표 단가보다 높습니다."},
        request_only=True,
    ),
]


class Answers(OfMatch):
    """The answers to one match: for a firm its own, for staff those of both sides."""

    @property
    def scopes(self) -> tuple[str, ...]:  # type: ignore[override]
        return (Scope.FIRM, Scope.REVIEWER) if self.request.method == "GET" else (Scope.FIRM,)

    @extend_schema(summary="Answers to a match", responses=AnswersSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        match = self.match(pk)
        side = self.own_side(match)
        rows = match.answers.select_related("by").order_by("-round", "side")
        if side is not None:
            rows = rows.filter(side=side, round=match.round)
        return Response({"results": AnswerSerializer(rows, many=True).data})

    @extend_schema(
        summary="Answer a match",
        request=NewAnswerSerializer,
        responses={200: GivenAnswerSerializer, 201: GivenAnswerSerializer},
        examples=EXAMPLES,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """The last word counts until the match is settled. The same answer again changes nothing
        and is answered with 200."""
        match, side = self.asked(pk)
        form = NewAnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        seen = form.validated_data.pop("seen")
        try:
            given = answer_match(
                match=match,
                side=side,
                seen=seen.astimezone(UTC).isoformat() if seen else None,
                by=request.user,
                now=timezone.now(),
                **form.validated_data,
            )
        except NoRoom as error:
            raise Problem("rule-violated", str(error), remedy="raises_limits") from None
        told = GivenAnswerSerializer(given.answer, context={"given": given, "side": side}).data
        code = status.HTTP_201_CREATED if given.is_new else status.HTTP_200_OK
        return Response(told, code, headers={"Location": request.path})


class AnswerUndo(OfMatch):
    """Take the own answer back, as long as that is possible."""

    scopes = (Scope.FIRM,)

    @extend_schema(summary="Take an answer back", request=None, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        """“Interested” as long as the match is open; a decline or “not now” within the grace time
        (`settled.undo_until` of the match). Without an answer nothing happens."""
        match, side = self.asked(pk)
        take_back_answer(match=match, side=side, by=request.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
