"""What came of an introduction, whom one meets, and how content one is."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.errors import refuse_fields
from api.resources.match_rows import introduced_at
from api.resources.match_shapes import Char, Moment, PersonSerializer, Shape
from api.resources.matches import OfMatch
from common.localisation import pick
from matching import services
from matching.choices import NOTHING_YET, Intention, OutcomeStage, Satisfied, Side, ValueBand
from matching.forms.outcomes import STAGES
from matching.models import Match, Outcome
from matching.queries.letters import contact_at
from matching.queries.outcomes import outcome_ladder
from matching.rules import FAULTS, outcome_faults


class SaidSerializer(Shape):
    """What one side said. Value and note are the association's and that side's alone."""

    side = serializers.ChoiceField(choices=Side.choices)
    is_own = serializers.BooleanField(allow_null=True, help_text="Null for staff.")
    at = Moment()
    happened_on = serializers.DateField(allow_null=True)
    value_band = serializers.ChoiceField(choices=ValueBand.choices, allow_null=True)
    note = Char(allow_null=True)


class RungSerializer(Shape):
    stage = serializers.ChoiceField(choices=OutcomeStage.choices)
    label = Char(source="stage.label", help_text="In the caller's language.")
    is_confirmed = serializers.BooleanField(help_text="Both sides have said so.")
    is_to_confirm = serializers.BooleanField(help_text="The other side has said so, we have not.")
    told = SaidSerializer(many=True)


class LadderSerializer(Shape):
    """Every step in its order, told or not; empty before the introduction."""

    results = RungSerializer(many=True)


class NewOutcomeSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField(
        choices=STAGES, help_text=f"`{NOTHING_YET}` only ends the asking for a while."
    )
    happened_on = serializers.DateField(required=False, allow_null=True, default=None)
    value_band = serializers.ChoiceField(
        choices=ValueBand.choices,
        required=False,
        allow_blank=True,
        default="",
        help_text="Roughly what the order is worth; only the association reads it.",
    )
    note = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="In own words."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        today = timezone.localdate()
        refuse_fields(outcome_faults(happened_on=attrs["happened_on"], today=today), FAULTS)
        return attrs


class Outcomes(OfMatch):
    """The ladder of results as both sides told it."""

    @property
    def scopes(self) -> tuple[str, ...]:  # type: ignore[override]
        return (Scope.FIRM, Scope.REVIEWER) if self.request.method == "GET" else (Scope.FIRM,)

    @extend_schema(summary="What came of a match", responses=LadderSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        match = self.match(pk)
        return self._ladder(match, self.own_side(match))

    @extend_schema(
        summary="Tell an outcome",
        request=NewOutcomeSerializer,
        responses=LadderSerializer,
        examples=[
            OpenApiExample(
                "A trial order",
                {"stage": "trial_order", "happened_on": "2026-11-20", "value_band": "to_100k"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """A step that is told again renews what is given; the other side is asked to confirm it.
        The answer is the ladder as it stands now."""
        match = self.match(pk)
        side = self.acting_side(match)
        form = NewOutcomeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        who: dict[str, Any] = {
            "match": match, "side": side, "by": request.user, "now": timezone.now(),
        }  # fmt: skip
        if form.validated_data["stage"] == NOTHING_YET:
            services.answer_nothing_yet(**who)
        else:
            services.record_outcome(**form.validated_data, **who)
        return self._ladder(self.match(pk), side)

    def _ladder(self, match: Match, side: Side | None) -> Response:
        if introduced_at(match) is None:
            return Response({"results": []})
        rungs = []
        for rung in outcome_ladder(match, side or Side.BUYER):
            said = [outcome for outcome in (rung.own, rung.theirs) if outcome]
            rungs.append(
                {
                    "stage": rung.stage,
                    "is_confirmed": rung.is_confirmed,
                    "is_to_confirm": side is not None and rung.is_to_confirm,
                    "told": [_told(outcome, side) for outcome in said],
                }
            )
        return Response(LadderSerializer({"results": rungs}).data)


class OutcomeStep(OfMatch):
    """One step of the ladder, as the own side told it."""

    scopes = (Scope.FIRM,)

    @extend_schema(summary="Take an outcome back", responses={204: None})
    def delete(self, request: Request, pk: UUID, stage: str) -> Response:
        """A step that was told by mistake; what the other side said stays."""
        match = self.match(pk)
        side = self.acting_side(match)
        if stage not in OutcomeStage:
            raise Http404
        services.retract_outcome(
            match=match, side=side, stage=stage, by=request.user, now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SatisfactionSerializer(Shape):
    side = serializers.ChoiceField(choices=Side.choices)
    number = serializers.IntegerField(help_text="Of the round of questions.")
    score = serializers.ChoiceField(choices=Satisfied.choices, allow_null=True)
    intention = serializers.ChoiceField(choices=Intention.choices, allow_blank=True)
    note = Char()
    by = PersonSerializer(allow_null=True)
    at = Moment()


class RatedSerializer(Shape):
    results = SatisfactionSerializer(many=True)


class RatingSerializer(serializers.Serializer[Any]):
    """Each may come by itself; the last word counts."""

    score = serializers.ChoiceField(
        choices=Satisfied.choices, required=False, allow_null=True, default=None
    )
    intention = serializers.ChoiceField(
        choices=Intention.choices, required=False, allow_blank=True, default=""
    )
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class Satisfactions(OfMatch):
    """How content the own side is; the other one never learns of it. Staff read both."""

    @property
    def scopes(self) -> tuple[str, ...]:  # type: ignore[override]
        return (Scope.FIRM, Scope.REVIEWER) if self.request.method == "GET" else (Scope.FIRM,)

    @extend_schema(summary="How content the sides are", responses=RatedSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        match = self.match(pk)
        side = self.own_side(match)
        rows = match.satisfaction.select_related("by")
        rows = rows.filter(side=side) if side else rows
        return Response(RatedSerializer({"results": rows}).data)

    @extend_schema(
        summary="Tell how content one is",
        request=RatingSerializer,
        responses=SatisfactionSerializer,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Asked from three months after the introduction on."""
        match = self.match(pk)
        side = self.acting_side(match)
        form = RatingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.rate_cooperation(
            match=match, side=side, by=request.user, now=timezone.now(), **form.validated_data
        )
        return Response(SatisfactionSerializer(row).data)


class ContactSerializer(Shape):
    name = Char()
    name_kana = Char()
    title = Char()
    email = serializers.EmailField()
    phone = Char()
    language = Char(help_text="In which one writes to this person.")


class PartySerializer(Shape):
    side = serializers.ChoiceField(choices=Side.choices)
    is_own = serializers.BooleanField(allow_null=True, help_text="Null for staff.")
    company = serializers.UUIDField()
    company_name = Char()
    person = ContactSerializer(
        allow_null=True, help_text="Null while the person has not agreed to be named abroad."
    )


class ContactsSerializer(Shape):
    introduced_at = Moment(allow_null=True, help_text="Before it nobody is shown.")
    results = PartySerializer(many=True)


class Contacts(OfMatch):
    """Who meets whom, once both sides have said yes."""

    scopes = (Scope.FIRM, Scope.REVIEWER)

    @extend_schema(summary="The contacts of an introduction", responses=ContactsSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        match = self.match(pk)
        moment = introduced_at(match)
        parties = list(_parties(match, self.own_side(match))) if moment else []
        return Response(ContactsSerializer({"introduced_at": moment, "results": parties}).data)


def _parties(match: Match, own: Side | None) -> Iterator[dict[str, Any]]:
    for side in Side:
        company = match.company_of(side)
        yield {
            "side": side,
            "is_own": side == own if own else None,
            "company": company.pk,
            "company_name": pick(company, "name")[0],
            "person": contact_at(match.introduction, side),
        }


def _told(outcome: Outcome, own: Side | None) -> dict[str, Any]:
    is_read = own is None or outcome.side == own
    return {
        "side": outcome.side,
        "is_own": outcome.side == own if own else None,
        "at": outcome.at,
        "happened_on": outcome.happened_on,
        "value_band": (outcome.value_band or None) if is_read else None,
        "note": outcome.note if is_read else None,
    }
