"""How each operation is described: what all have in common is said here once."""

import re
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc

from api.choices import Scope
from api.fields import SparseSerializer
from api.openapi.standard import REFUSALS, header, parameter, refusal

VERBS: Final = {
    "list": "List {many}",
    "retrieve": "Read {one}",
    "create": "Create {one}",
    "partial_update": "Change {one}",
    "destroy": "Delete {one}",
}
EVERY_ANSWER: Final[tuple[str, ...]] = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Content-Language",
)


class Schema(AutoSchema):
    """Summaries, tags, scopes, headers and refusals come from the view; `@extend_schema` says
    what only the author of the view knows, and wins."""

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args)
        if operation is not None:
            operation["x-tag-description"] = get_doc(self.view.__class__)
            if ending := self.view.ending:
                told = operation.get("description", "")
                operation |= {
                    "deprecated": True,
                    "description": f"{told}\n\n{ending.words}".strip(),
                }
            self.has_query = any(
                each.get("in") == "query" for each in operation.get("parameters", ())
            )
            operation["responses"] = self._with_standard(operation["responses"])
        return operation

    def get_summary(self) -> str:
        action = self._action()
        if action in VERBS:
            return VERBS[action].format(one=self._one(), many=self._many())
        told = self.get_description()
        return re.split(r"(?<=[.:;])\s", told, maxsplit=1)[0].rstrip(".:;") if told else action

    def get_description(self) -> str:
        told = super().get_description()
        return re.sub(r"(?<!\n)\n(?!\n)", " ", told or "").strip()

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Any of these lets the caller in."""
        session: dict[str, list[str]] = {"session": []}
        if getattr(self.view, "is_browser_only", False):
            return [session]
        return [{"token": [scope]} for scope in self.view.scopes or Scope.values] + [session]

    def _get_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_parameters()
        for each in found:
            if each["name"] == "ordering" and each["in"] == "query":
                each |= self._ordering()
        if self.method == "GET" and (names := self._sparse_names()):
            found.append(
                {
                    "name": "fields",
                    "in": "query",
                    "description": "Only these fields, separated by commas.",
                    "style": "form",
                    "explode": False,
                    "schema": {"type": "array", "items": {"type": "string", "enum": names}},
                }
            )
        found.append(parameter("Accept-Language"))
        if self.method == "GET":
            found.append(parameter("If-None-Match"))
        if self.method == "POST":
            found.append(parameter("Idempotency-Key"))
        if self._needs_version():
            found.append(parameter("If-Match"))
        return found

    def _map_serializer(self, serializer: Any, direction: str, *args: Any, **more: Any) -> Any:
        """Of a sparse answer any field may be missing."""
        schema = super()._map_serializer(serializer, direction, *args, **more)
        if direction == "response" and isinstance(serializer, SparseSerializer):
            schema.pop("required", None)
        for name, ending in getattr(serializer, "ending_fields", {}).items():
            field = schema["properties"][name]
            told = f"{field.get('description', '')} {ending.words}".strip()
            schema["properties"][name] = field | {"deprecated": True, "description": told}
        return schema

    def _map_serializer_field(self, field: Any, direction: str, *args: Any) -> Any:
        """A choice that is only read may be none of the choices where its column may be empty; what
        is None by default may be null."""
        schema = super()._map_serializer_field(field, direction, *args)
        if direction == "response" and "enum" in schema and _may_be_empty(field):
            schema = schema | {"enum": [*schema["enum"], ""]}
        if (
            direction == "response"
            and field.default is None
            and isinstance(schema.get("type"), str)
        ):
            schema = schema | {"type": [schema["type"], "null"]}
        return schema

    def _with_standard(self, responses: dict[str, Any]) -> dict[str, Any]:
        for code, told in responses.items():
            told.setdefault("headers", {}).update(
                {name: header(name) for name in self._headers(code)} | told.get("headers", {})
            )
            told["description"] = told.get("description") or "Done."
        if self.method == "GET":
            responses["304"] = {
                "description": "Unchanged since the tag in If-None-Match; the body is empty."
            }
        for code in self._refusals():
            responses.setdefault(code, refusal(code))
        return dict(sorted(responses.items()))

    def _headers(self, code: str) -> tuple[str, ...]:
        found = EVERY_ANSWER
        if self.method == "GET" or self._needs_version():
            found += ("ETag",)
        if self._is_list_view() and self.method == "GET":
            found += ("Link",)
        if self.method == "POST":
            found += ("Idempotent-Replayed",)
        if code == "201":
            found += ("Location",)
        return found

    def _refusals(self) -> tuple[str, ...]:
        """The codes of those refusals that this operation can answer with."""
        unlikely = set()
        if self.method == "GET":
            unlikely |= {"409", "413", "415"}
            if not self.has_query:
                unlikely |= {"422"}
        if not self._needs_version():
            unlikely |= {"412", "428"}
        if self.method not in ("POST", "PUT", "PATCH"):
            unlikely |= {"400", "413", "415"}
        return tuple(code for code in REFUSALS if code not in unlikely)

    def _needs_version(self) -> bool:
        """Whether the view compares If-Match: its code says so by naming `require_version`."""
        method = getattr(self.view, self._action(), None)
        code = getattr(method, "__code__", None)
        return code is not None and "require_version" in code.co_names

    def _sparse_names(self) -> list[str]:
        serializer = self.get_response_serializers()
        if not isinstance(serializer, SparseSerializer):
            return []
        return [name for name, field in serializer.fields.items() if not field.write_only]

    def _ordering(self) -> dict[str, Any]:
        names = getattr(self.view, "ordering_fields", ())
        return {
            "description": "By this; with `-` the other way round.",
            "schema": {
                "type": "string",
                "enum": [f"{sign}{n}" for n in names for sign in ("", "-")],
            },
        }

    def _action(self) -> str:
        return str(getattr(self.view, "action", None) or self.method.lower())

    def _many(self) -> str:
        return str(self.get_tags()[0]).replace("-", " ").replace("_", " ")

    def _one(self) -> str:
        many = self._many()
        one = re.sub(r"ies$", "y", many) if many.endswith("ies") else re.sub(r"s$", "", many)
        return f"{'an' if one[0] in 'aeio' else 'a'} {one}"


def _may_be_empty(field: Any) -> bool:
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    columns = {each.name: each for each in model._meta.get_fields()} if model else {}
    column = columns.get(field.source)
    return bool(getattr(column, "blank", False)) and "" not in getattr(field, "choices", {})
