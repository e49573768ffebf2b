"""The whole description, as the server gives it and as docs/openapi.yaml keeps it."""

import json
from functools import cache
from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from api.openapi import standard
from api.openapi.examples import give_examples


@cache
def description() -> dict[str, Any]:
    """English, and the same whoever asks: made once in a process. Not to be changed."""
    with translation.override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def as_json() -> bytes:
    return json.dumps(description(), ensure_ascii=False, separators=(",", ":")).encode()


def as_yaml() -> bytes:
    rendered: bytes = OpenApiYamlRenderer().render(description(), renderer_context={})
    return rendered


def complete(result: dict[str, Any], **more: Any) -> dict[str, Any]:
    """drf-spectacular's last step: components, tags in their order, and examples."""
    parts = result.setdefault("components", {})
    for kind, named in standard.components().items():
        parts[kind] = parts.get(kind, {}) | named
    tags: dict[str, str] = {}
    for operation in operations(result):
        words = operation.pop("x-tag-description", "")
        for told in operation.get("parameters", ()):
            if "$ref" not in told and not told.get("description"):
                told["description"] = standard.PARAMETER_WORDS[told["name"]]
        for tag in operation.get("tags", ()):
            tags.setdefault(tag, " ".join(words.split()))
    result["tags"] = [{"name": name, "description": told} for name, told in tags.items()]
    _drop(result, "x-spec-enum-id")
    give_examples(result)
    return result


def _drop(part: Any, name: str) -> None:
    """What drafting leaves behind for its own use."""
    if isinstance(part, dict):
        part.pop(name, None)
    for below in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        _drop(below, name)


def operations(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for methods in result["paths"].values() for each in methods.values()]
