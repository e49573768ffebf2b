"""What rows are written with: `?fields=id,name`, and the codes of what they point to."""

from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.deprecation import Ending
from api.errors import Problem


class SparseSerializer(serializers.Serializer[Any]):
    """Drops the fields that the request does not name; unknown names are a 422."""

    #: Fields that are going to end.
    ending_fields: ClassVar[dict[str, Ending]] = {}
    #: What a model's field becomes is worked out once in a process: labels stay lazy, so that it
    #: holds for every language.
    built: ClassVar[dict[tuple[type, str], tuple[Any, dict[str, Any]]]] = {}

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """Of a list the names are looked at even when it has no rows."""
        made = super().many_init(*args, **kwargs)
        _named = made.child.fields
        return made

    def build_field(self, field_name: str, *args: Any) -> tuple[Any, dict[str, Any]]:
        key = (type(self), field_name)
        if known := self.built.get(key):
            return known[0], dict(known[1])
        made, options = super().build_field(field_name, *args)
        # What a list holds is a field itself, which belongs to the one list.
        if "child" not in options:
            self.built[key] = (made, dict(options))
        return made, options

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        asked = request.query_params.get("fields") if request and self._is_outermost() else None
        told = self._chosen(fields, asked) if asked else fields
        if request and (found := [e for name, e in self.ending_fields.items() if name in told]):
            request.endings = [*getattr(request, "endings", ()), *found]
        return told

    def _chosen(self, fields: dict[str, Any], asked: str) -> dict[str, Any]:
        names = [name.strip() for name in asked.split(",") if name.strip()]
        unknown = [name for name in names if name not in fields]
        if unknown or not names:
            raise Problem(
                "invalid",
                _("Unknown fields: %(names)s.") % {"names": ", ".join(unknown)},
                errors=[{"parameter": "fields", "code": "unknown", "detail": ", ".join(unknown)}],
            )
        return {name: fields[name] for name in names}

    def _is_outermost(self) -> bool:
        above = self.parent
        return above is None or (
            isinstance(above, serializers.ListSerializer) and above.parent is None
        )


def with_codes(rows: models.QuerySet[Any], *names: str) -> models.QuerySet[Any]:
    """The rows with the codes of what they point to, in the same query: `<name>_codes`."""
    for name in names:
        relation: Any = rows.model._meta.get_field(name)
        own, code = relation.m2m_field_name(), f"{relation.m2m_reverse_field_name()}__code"
        links = relation.remote_field.through.objects.filter(**{own: models.OuterRef("pk")})
        rows = rows.annotate(**{f"{name}_codes": ArraySubquery(links.order_by(code).values(code))})
    return rows
