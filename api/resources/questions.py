"""What the association asks a firm about its own items."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.fields import SparseSerializer
from api.resources.match_shapes import Char, Moment, PersonSerializer
from api.views import Resource
from common.permissions import require
from matching.choices import QuestionKind, QuestionState, Side
from matching.models import StaffQuestion
from matching.permissions import can_answer
from matching.queries.asked import as_asked, questions_of
from matching.services import answer_staff_question


class FirmQuestionSerializer(SparseSerializer):
    """A question as the firm reads it: of its own item, never of a match."""

    id = serializers.UUIDField(source="question.pk")
    company = serializers.UUIDField(source="question.company_id")
    kind = serializers.ChoiceField(choices=QuestionKind.choices, source="question.kind")
    sentence = Char(help_text="The question in the caller's language.")
    item_title = Char()
    words = Char(help_text="What the association adds in its own words.")
    words_language = Char()
    state = serializers.ChoiceField(choices=QuestionState.choices, source="question.state")
    asked_at = Moment(source="question.asked_at")
    due_at = Moment(source="question.due_at")
    answer = Char(source="question.answer")
    answered_by = PersonSerializer(source="question.answered_by", allow_null=True)
    closed_at = Moment(source="question.closed_at", allow_null=True)


class ReplySerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(
        max_length=2000, help_text="In Korean, Japanese or English; only the association reads it."
    )


class Questions(mixins.RetrieveModelMixin, mixins.ListModelMixin, Resource):
    """Questions that the association has put to the caller's firms."""

    scopes = (Scope.FIRM,)
    queryset = StaffQuestion.objects.none()
    serializer_class = FirmQuestionSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("state", "company")
    ordering = ("-asked_at", "-pk")
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_queryset(self) -> QuerySet[StaffQuestion]:
        return questions_of(self.request.user)

    def get_serializer(self, rows: Any = None, **more: Any) -> Any:
        if rows is not None:
            rows = [as_asked(row) for row in rows] if more.get("many") else as_asked(rows)
        return FirmQuestionSerializer(rows, **{"context": self.get_serializer_context(), **more})

    @extend_schema(
        summary="Answer a question",
        request=ReplySerializer,
        responses=FirmQuestionSerializer,
        examples=[
            OpenApiExample("Certificates", {"answer": "ISO 9001, 2027년까지."}, request_only=True)
        ],
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: Any) -> Response:
        """Once, in time, by an owner or an editor; later it is 409."""
        question = self.get_object()
        require(can_answer(request.user, question.match, Side(question.side)))
        form = ReplySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        answer_staff_question(
            question=question,
            text=form.validated_data["answer"],
            by=request.user,
            now=timezone.now(),
        )
        return Response(self.get_serializer(self.get_object()).data)
