"""Matching runs: started, watched, stopped; what one did, and how that differs from the last."""

from typing import Any, ClassVar

import django_filters
from django.db import models
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_field,
)
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import Scope
from api.fields import SparseSerializer
from api.permissions import ForStaff
from api.views import Resource
from common.permissions import require
from matching import services
from matching.choices import ChangeCause, ChangeKind, Direction, RunPhase, RunState
from matching.failing import failure_of
from matching.models import MatchRun, RunChange
from matching.permissions import can_run
from matching.queries.runs import COUNTS, by_sector, last_run, lines_of, progress_of
from taxonomy.models import Sector

UNDER_WAY = OpenApiExample(
    "Waiting for a worker",
    response_only=True,
    value={
        "id": "5d9c0d7e-0c0e-4a1b-9a63-2c1a5d4be7aa",
        "state": "queued",
        "policy": 3,
        "sector": "mobility",
        "needs": {"total": 0, "done": 0},
    },
)


class StartSerializer(serializers.Serializer[Any]):
    sector = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Sector.objects.all(),
        required=False,
        allow_null=True,
        help_text="Only this sector; without it a full run.",
    )
    includes_prospects = serializers.BooleanField(
        default=False, help_text="With firms of public lists, for staff alone: whom to invite."
    )


class NeedCountsSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField(source="needs_total")
    done = serializers.IntegerField(source="needs_done")


class RunSerializer(SparseSerializer, serializers.ModelSerializer[MatchRun]):
    """A run; `counts` are its proposals once it is complete."""

    policy = serializers.IntegerField(source="policy.version", help_text="Version of the policy.")
    sector = serializers.CharField(source="sector.code", default=None)
    needs = NeedCountsSerializer(source="*", read_only=True)
    counts = serializers.SerializerMethodField()
    requested_by = serializers.CharField(
        source="requested_by.display_name", default=None, help_text="Nobody: the schedule."
    )

    class Meta:
        model = MatchRun
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "state",
            "phase",
            "policy",
            "sector",
            "company",
            "includes_prospects",
            "needs",
            "offerings_total",
            "counts",
            "requested_by",
            "created_at",
            "started_at",
            "snapshot_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_counts(self, run: MatchRun) -> dict[str, int | None]:
        return {name: run.summary.get(name) for name in COUNTS}


class PhaseSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=RunPhase.choices)
    label = serializers.CharField()
    state = serializers.ChoiceField(choices=("done", "now", "later"))
    seconds = serializers.FloatField(allow_null=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()
    now = serializers.IntegerField(allow_null=True)
    before = serializers.IntegerField(allow_null=True)
    difference = serializers.IntegerField(allow_null=True)


class BySectorSerializer(serializers.Serializer[Any]):
    sector = serializers.CharField(allow_null=True, help_text="Code; null: of no sector.")
    kr_to_jp = serializers.IntegerField()
    jp_to_kr = serializers.IntegerField()


class FailureSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    advice = serializers.CharField()


class RunWholeSerializer(RunSerializer):
    """Besides: each phase, what the run did beside the last one of its kind, and why it failed."""

    phases = serializers.SerializerMethodField()
    needs_a_second = serializers.SerializerMethodField()
    is_silent = serializers.SerializerMethodField(help_text="Its worker has not been heard of.")
    compared_with = serializers.SerializerMethodField(help_text="The run of `before`.")
    difference = serializers.SerializerMethodField()
    by_sector = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = (
            *RunSerializer.Meta.fields,
            "phases",
            "needs_a_second",
            "is_silent",
            "compared_with",
            "difference",
            "by_sector",
            "failure",
        )
        read_only_fields = fields

    def _progress(self, run: MatchRun) -> Any:
        if not hasattr(run, "told_progress"):
            run.told_progress = progress_of(run, timezone.now())  # type: ignore[attr-defined]
        return run.told_progress  # type: ignore[attr-defined]

    def _last(self, run: MatchRun) -> MatchRun | None:
        if not hasattr(run, "told_last"):
            run.told_last = last_run(run)  # type: ignore[attr-defined]
        return run.told_last  # type: ignore[attr-defined,no-any-return]

    @extend_schema_field(PhaseSerializer(many=True))
    def get_phases(self, run: MatchRun) -> list[dict[str, Any]]:
        seconds = run.summary.get("seconds", {})
        return [
            {"code": code, "label": label, "state": state, "seconds": seconds.get(code)}
            for code, (label, state, _took) in zip(
                RunPhase.values, self._progress(run).phases, strict=True
            )
        ]

    def get_needs_a_second(self, run: MatchRun) -> float | None:
        speed: float | None = self._progress(run).speed
        return None if speed is None else round(speed, 1)

    def get_is_silent(self, run: MatchRun) -> bool:
        return self._progress(run).silent_since is not None

    def get_compared_with(self, run: MatchRun) -> str | None:
        last = self._last(run)
        return str(last.pk) if last else None

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_difference(self, run: MatchRun) -> list[dict[str, Any]]:
        if run.state != RunState.COMPLETED:
            return []
        return [
            {
                "code": code,
                "label": str(line.label),
                "now": line.now,
                "before": line.before,
                "difference": line.difference,
            }
            for code, line in zip(
                ("needs", "offerings", *COUNTS), lines_of(run, self._last(run)), strict=True
            )
        ]

    @extend_schema_field(BySectorSerializer(many=True))
    def get_by_sector(self, run: MatchRun) -> list[dict[str, Any]]:
        return [
            {"sector": sector and sector.code, "kr_to_jp": there, "jp_to_kr": back}
            for sector, there, back, _together in by_sector(run)
        ]

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, run: MatchRun) -> dict[str, str] | None:
        if not run.failure:
            return None
        told = failure_of(run.failure)
        return {"what": str(told.what), "advice": str(told.advice)}


class ChangeSerializer(SparseSerializer, serializers.ModelSerializer[RunChange]):
    """A proposal that came, went or moved; scores are in [0, 1], null where it was or is none."""

    class Meta:
        model = RunChange
        fields = (
            "kind",
            "cause",
            "direction",
            "match",
            "need",
            "offering",
            "score_before",
            "score_after",
            "rank_before",
            "rank_after",
            "weight",
        )


class RunFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=RunState.choices)
    sector = django_filters.CharFilter(field_name="sector__code", label="code of a sector")
    of_firms = django_filters.BooleanFilter(
        method="about_firms", label="runs for one firm each, or with `false` only the others"
    )
    created_since = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")

    def about_firms(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(company__isnull=not value)


class ChangeFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=ChangeKind.choices)
    cause = django_filters.ChoiceFilter(choices=ChangeCause.choices)
    direction = django_filters.ChoiceFilter(choices=Direction.choices)


class Runs(ForStaff, mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Matching runs of the association, its simulations aside."""

    scopes = (Scope.REVIEWER,)
    queryset = MatchRun.objects.writing().select_related(
        "policy", "sector", "company", "requested_by"
    )
    serializer_class = RunSerializer
    filterset_class = RunFilter
    ordering = ("-created_at", "pk")
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_serializer_class(self) -> Any:
        return RunSerializer if self.action == "list" else RunWholeSerializer

    @extend_schema(
        summary="Start a run",
        description="Full, or of one sector, under the policy in force.",
        request=StartSerializer,
        responses={202: RunWholeSerializer},
        examples=[
            OpenApiExample("One sector", request_only=True, value={"sector": "mobility"}),
            UNDER_WAY,
        ],
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        require(can_run(request.user))
        form = StartSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        run = services.request_run(
            policy=services.ensure_default_policy(now=now),
            sector=form.validated_data.get("sector"),
            includes_prospects=form.validated_data["includes_prospects"],
            actor=request.user,
            now=now,
        )
        return self._told(run)

    @extend_schema(
        summary="Stop a run",
        description="At once while it waits, after the block in hand while it runs.",
        request=None,
        responses={202: RunWholeSerializer},
        examples=[UNDER_WAY],
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop the run."""
        return self._act(request, services.cancel_run)

    @extend_schema(
        summary="Try a failed run again",
        request=None,
        responses={202: RunWholeSerializer},
        examples=[UNDER_WAY],
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Queue a failed run again."""
        return self._act(request, services.retry_run)

    @extend_schema(
        summary="What a run changed",
        description="The most telling changes of each kind are kept; the counts are of all.",
        responses=ChangeSerializer(many=True),
    )
    @action(detail=True, filterset_class=ChangeFilter, ordering=("-weight", "pk"))
    def changes(self, request: Request, pk: str) -> Response:
        """Proposals that came, went and moved."""
        run = self.get_object()
        page = self.paginate_queryset(self._narrowed(RunChange.objects.filter(run=run)))
        form = ChangeSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(form.data)

    def get_object(self) -> MatchRun:
        found: MatchRun = super().get_object()
        return found

    def filter_queryset(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Filters of the changes do not narrow the runs."""
        found: models.QuerySet[Any] = (
            queryset if self.action == "changes" else super().filter_queryset(queryset)
        )
        return found

    def _narrowed(self, rows: models.QuerySet[RunChange]) -> models.QuerySet[RunChange]:
        found: models.QuerySet[RunChange] = super().filter_queryset(rows)
        return found

    def _act(self, request: Request, service: Any) -> Response:
        run = self.get_object()
        require(can_run(request.user))
        return self._told(service(run=run, actor=request.user, now=timezone.now()))

    def _told(self, run: MatchRun) -> Response:
        present = self.get_queryset().get(pk=run.pk)
        answer = Response(self.get_serializer(present).data, status=status.HTTP_202_ACCEPTED)
        answer.headers["Location"] = f"/api/v1/runs/{run.pk}/"
        return answer
