"""How figures are told."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from insights.definitions import Measure

#: The dimension that shows each reviewer is not for programs.
BY: Final = ("month", "day", "sector", "direction", "country", "kind", "language")
UNITS: Final[Mapping[Measure, str]] = {
    Measure.COUNT: "count",
    Measure.SHARE: "share",
    Measure.MEDIAN: "seconds",
    Measure.P90: "seconds",
    Measure.GINI: "index",
}


class ValueSerializer(serializers.Serializer[Any]):
    """`value` is null without rows, and for shares of so few that they would only look exact."""

    value = serializers.FloatField(allow_null=True)
    rows = serializers.IntegerField(help_text="Rows behind it.")
    base = serializers.IntegerField(allow_null=True, help_text="Of a share: out of how many.")
    interval = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="Of a share: holds in 95 of 100 samples (Wilson).",
    )


class FigureSerializer(ValueSerializer):
    code = serializers.CharField()
    group = serializers.CharField()
    label = serializers.CharField()
    definition = serializers.CharField()
    dated = serializers.CharField(help_text="Which day counts.")
    unit = serializers.ChoiceField(choices=sorted(set(UNITS.values())))
    by = serializers.ListField(
        child=serializers.ChoiceField(choices=BY), help_text="What it can be broken down by."
    )
    is_narrowed = serializers.BooleanField(
        help_text="Whether a sector or a direction makes a difference to it."
    )


class ScopeSerializer(serializers.Serializer[Any]):
    first = serializers.DateField()
    last = serializers.DateField()
    sector = serializers.CharField(allow_null=True)
    direction = serializers.CharField(allow_null=True)
    counted_at = serializers.DateTimeField(
        allow_null=True, help_text="The figures of matching are as old as this."
    )


class FiguresSerializer(serializers.Serializer[Any]):
    scope = ScopeSerializer()
    figures = FigureSerializer(many=True)


class GroupLineSerializer(ValueSerializer):
    key = serializers.CharField(help_text="Month, day or code of the group.")
    label = serializers.CharField()


class FigureWholeSerializer(FigureSerializer):
    """`before` is the value of the period before; `lines` are there with `by`."""

    scope = ScopeSerializer()
    before = ValueSerializer()
    lines = GroupLineSerializer(many=True)


class RowsSerializer(serializers.Serializer[Any]):
    """The fields depend on what the figure is counted from."""

    results = serializers.ListField(child=serializers.DictField())
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
