"""Matching policies and what trying them out showed: read, since they are changed with eyes on."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers

from api.choices import Scope
from api.fields import SparseSerializer
from api.permissions import ForStaff
from api.views import Resource
from matching.models import SETTINGS, MatchPolicy, PolicyActivation, PolicySimulation
from matching.queries.tuning import shares

EXAMPLE = ("need", "offering", "score_before", "score_after", "rank_before", "rank_after")


class PolicySerializer(SparseSerializer, serializers.ModelSerializer[MatchPolicy]):
    """A version of the policy; of `weights` only their relation counts: `shares` add up to 1."""

    weights = serializers.DictField(child=serializers.FloatField(), help_text="{criterion: weight}")
    shares = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="created_by.display_name", default=None)

    class Meta:
        model = MatchPolicy
        fields: ClassVar[tuple[str, ...]] = (
            "version",
            "name",
            "state",
            *SETTINGS,
            "shares",
            "revision",
            "created_by",
            "created_at",
            "edited_at",
            "activated_at",
            "activation_reason",
        )
        read_only_fields = fields

    def get_shares(self, policy: MatchPolicy) -> dict[str, float]:
        return {name: round(share, 4) for name, share in shares(policy).items()}


class ActivationSerializer(serializers.ModelSerializer[PolicyActivation]):
    """When the policy came into force: who decided it, why, and what it had been tried on."""

    before = serializers.IntegerField(source="before.version", default=None)
    actor = serializers.CharField(source="actor.display_name", default=None)

    class Meta:
        model = PolicyActivation
        fields = ("at", "before", "actor", "basis", "simulation", "reason")


class PolicyWholeSerializer(PolicySerializer):
    """Besides: each time it came into force."""

    activations = ActivationSerializer(many=True, read_only=True)

    class Meta(PolicySerializer.Meta):
        fields = (*PolicySerializer.Meta.fields, "activations")
        read_only_fields = fields


class SimulationSerializer(SparseSerializer, serializers.ModelSerializer[PolicySimulation]):
    """What a policy would propose; `counts` are null until it is complete."""

    policy = serializers.IntegerField(source="policy.version")
    against = serializers.IntegerField(
        source="against.version", default=None, help_text="The policy then in force."
    )
    run_state = serializers.CharField(source="run.state")
    counts = serializers.SerializerMethodField()
    finished_at = serializers.DateTimeField(source="run.finished_at")

    class Meta:
        model = PolicySimulation
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "policy",
            "against",
            "run_state",
            "counts",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_counts(self, simulation: PolicySimulation) -> dict[str, int | None]:
        return simulation.counts


class SimulationWholeSerializer(SimulationSerializer):
    """Besides: the settings tried, and the result by direction and sector with its fairness and
    the load on firms; `examples` are pairs that enter, leave and move."""

    settings = serializers.DictField(help_text="The policy as it was when it was tried.")
    result = serializers.SerializerMethodField()

    class Meta(SimulationSerializer.Meta):
        fields = (*SimulationSerializer.Meta.fields, "settings", "result")
        read_only_fields = fields

    @extend_schema_field(serializers.DictField)
    def get_result(self, simulation: PolicySimulation) -> dict[str, Any]:
        told = dict(simulation.result)
        if examples := told.get("examples"):
            told["examples"] = {
                kind: [dict(zip(EXAMPLE, row, strict=True)) for row in rows]
                for kind, rows in examples.items()
            }
        return told


class Policies(ForStaff, mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """All versions of the matching policy, newest first; exactly one is active."""

    scopes = (Scope.REVIEWER,)
    queryset = MatchPolicy.objects.select_related("created_by")
    serializer_class = PolicySerializer
    filterset_fields = ("state",)
    ordering = ("-version",)
    lookup_field = "version"
    lookup_value_regex = "[0-9]{1,9}"

    def get_serializer_class(self) -> Any:
        return PolicySerializer if self.action == "list" else PolicyWholeSerializer

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        return rows.prefetch_related(
            "activations__before", "activations__actor", "activations__simulation"
        )


class Simulations(ForStaff, mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Policies tried out on the data of one moment, newest first."""

    scopes = (Scope.REVIEWER,)
    queryset = PolicySimulation.objects.select_related("policy", "against", "run").defer("pairs")
    serializer_class = SimulationSerializer
    ordering = ("-created_at", "pk")
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_serializer_class(self) -> Any:
        return SimulationSerializer if self.action == "list" else SimulationWholeSerializer
