"""The reviewers' desk: which match comes next, who looks at it, and what a firm is asked."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.conditional import version_of
from api.errors import refuse_fields
from api.resources.match_rows import staff_matches
from api.resources.match_shapes import (
    Char,
    ClaimSerializer,
    Moment,
    PersonSerializer,
    Shape,
    StaffMatchDetailSerializer,
)
from api.resources.matches import OfMatch, found_match
from api.resources.reviews import StaffOnly
from api.views import View
from common.errors import StateChanged
from common.formatting import ago_text
from common.permissions import require
from matching import services
from matching.choices import Direction, QuestionKind, QuestionState, Side
from matching.models import Match, StaffQuestion
from matching.permissions import can_decide
from matching.queries.queue import Wanted
from matching.rules import FAULTS, question_faults


class NextSerializer(serializers.Serializer[Any]):
    """What part of the queue one works on; nothing means all of one's own."""

    folder = serializers.ChoiceField(
        choices=("queue", "second", "held", "asked"), required=False, default="queue"
    )
    sector = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    direction = serializers.ChoiceField(
        choices=Direction.choices, required=False, default="", allow_blank=True
    )
    min_score = serializers.FloatField(min_value=0, max_value=1, required=False, default=0)
    company = serializers.UUIDField(required=False, allow_null=True, default=None)
    assigned = serializers.RegexField(
        r"^(me|nobody|anybody|[0-9]{1,9})?$",
        required=False,
        default="",
        allow_blank=True,
        help_text="`me`, `nobody`, `anybody` or a person's id; empty: one's own and nobody's.",
    )
    is_late = serializers.BooleanField(required=False, default=False)
    q = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    after = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="The match one comes from."
    )


class NextMatch(StaffOnly, View):
    """The match that the caller should look at next."""

    @extend_schema(
        summary="Claim the next match of the queue",
        request=NextSerializer,
        responses={200: StaffMatchDetailSerializer, 204: None},
        examples=[OpenApiExample("The best", {"min_score": 0.6}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """The most valuable one that nobody else looks at, claimed for the caller; what the caller
        looked at before is given back. Those who ask at the same moment get different ones. 204
        when there is none."""
        form = NextSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data, now = form.validated_data, timezone.now()
        after = Match.objects.filter(pk=data["after"]).first() if data["after"] else None
        match = services.open_next(
            wanted=Wanted(
                folder=data["folder"],
                sector=data["sector"],
                direction=data["direction"],
                min_score=round(100 * data["min_score"]),
                firm=data["company"],
                assigned=data["assigned"],
                is_late=data["is_late"],
                q=data["q"],
            ),
            reviewer=request.user,
            after=after,
            now=now,
        )
        if match is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        found = found_match(match.pk)
        told = StaffMatchDetailSerializer(
            staff_matches([found], now=now)[0], context={"request": request}
        )
        answer = Response(told.data)
        answer.version = version_of(found.updated_at)
        return answer


class TakeSerializer(serializers.Serializer[Any]):
    takes_over = serializers.BooleanField(
        required=False, default=False, help_text="Even if somebody else looks at it."
    )


class MatchClaim(StaffOnly, OfMatch):
    """Who looks at a match. A claim keeps nobody from deciding."""

    @extend_schema(summary="Claim a match", request=TakeSerializer, responses=ClaimSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """For some minutes; asked again, it is renewed. 409 when somebody else looks at it, or
        when it is decided."""
        match = self.match(pk)
        form = TakeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        claim = services.claim_match(
            match=match, reviewer=request.user, now=now, **form.validated_data
        )
        if claim is None:
            raise StateChanged(_("This match has changed in the meantime."), state=match.state)
        if claim.reviewer_id != request.user.pk:
            who = {"who": claim.reviewer.display_name, "since": ago_text(claim.since, now)}
            raise StateChanged(
                _("%(who)s is looking at this match, opened %(since)s.") % who,
                by=claim.reviewer,
                at=claim.since,
            )
        return Response(ClaimSerializer(claim).data)

    @extend_schema(summary="Give a match back", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """End the own claim, if there is one."""
        services.release_claims(reviewer=request.user, only=self.match(pk).pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class QuestionSerializer(Shape):
    """What a firm is asked about its own item; it learns nothing of the match."""

    id = serializers.UUIDField(source="pk")
    side = serializers.ChoiceField(choices=Side.choices)
    company = serializers.UUIDField(source="company_id")
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    kind_label = Char(source="get_kind_display")
    words = Char()
    words_language = Char()
    words_of_firm = Char(help_text="The same in the firm's language.")
    state = serializers.ChoiceField(choices=QuestionState.choices)
    asked_by = PersonSerializer(allow_null=True)
    asked_at = Moment()
    due_at = Moment()
    answer = Char()
    answer_language = Char()
    answered_by = PersonSerializer(allow_null=True)
    closed_at = Moment(allow_null=True)


class QuestionsOfMatchSerializer(Shape):
    results = QuestionSerializer(many=True)


class NewQuestionSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=Side.choices, help_text="Whom.")
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    words = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="In own language."
    )
    words_of_firm = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        help_text="The same in the firm's language.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        told = {name: attrs[name] for name in ("kind", "words", "words_of_firm")}
        refuse_fields(question_faults(**told), FAULTS)
        return attrs


class MatchQuestions(StaffOnly, OfMatch):
    """What the firms of a match were asked before it is decided."""

    @extend_schema(summary="Questions about a match", responses=QuestionsOfMatchSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        rows = self.match(pk).staff_questions.select_related("asked_by", "answered_by")
        return Response(QuestionsOfMatchSerializer({"results": rows}).data)

    @extend_schema(
        summary="Ask a firm",
        request=NewQuestionSerializer,
        responses={201: QuestionSerializer},
        examples=[
            OpenApiExample("Volume", {"side": "seller", "kind": "volume"}, request_only=True)
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """The firm gets a mail, and the match waits for its answer. Words that would tell who the
        other firm is are refused."""
        match = self.match(pk)
        require(can_decide(request.user, match))
        form = NewQuestionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        question = services.ask_firm(
            match=match,
            side=Side(data.pop("side")),
            actor=request.user,
            now=timezone.now(),
            **data,
        )
        services.release_claims(reviewer=request.user, only=match.pk)
        return Response(
            QuestionSerializer(question).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": request.path},
        )


class MatchQuestion(StaffOnly, OfMatch):
    """One question about a match."""

    @extend_schema(summary="Take a question back", responses={204: None})
    def delete(self, request: Request, pk: UUID, question: UUID) -> Response:
        """The firm sees it no longer, and the match takes its old place."""
        found = StaffQuestion.objects.filter(match=self.match(pk), pk=question).first()
        if found is None:
            raise Http404
        require(can_decide(request.user, found.match))
        services.withdraw_question(question=found, actor=request.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
