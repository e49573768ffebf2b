"""The operations of the API as the page about them shows them, read from its description."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from api.openapi import description

#: Left out of the form: a browser sends these by itself, or keeps them.
UNASKED: Final = {"Accept-Language", "If-None-Match"}


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body; `place` is path, query or header."""

    name: str
    place: str
    kind: str
    about: str
    is_required: bool
    choices: tuple[str, ...]
    example: str

    @property
    def is_asked(self) -> bool:
        return self.name not in UNASKED


@dataclass(frozen=True)
class Answer:
    code: str
    about: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True)
class Operation:
    id: str
    tag: str
    method: str
    path: str
    summary: str
    about: str
    scopes: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    body_example: str
    answers: tuple[Answer, ...]
    refusals: tuple[tuple[str, str], ...]

    @property
    def asked(self) -> tuple[Field, ...]:
        return tuple(each for each in self.parameters if each.is_asked)

    @property
    def curl(self) -> str:
        """The request as a line for the shell, with the example's values."""
        words = ["curl", '-H "Authorization: Bearer $TOKEN"']
        if self.method != "GET":
            words.insert(1, f"-X {self.method}")
        path = self.path
        for each in self.parameters:
            if each.place == "path":
                path = path.replace(f"{{{each.name}}}", each.example)
            if each.place == "header" and each.is_required:
                words.append(f"-H '{each.name}: {each.example}'")
        if self.body_example:
            words.append('-H "Content-Type: application/json"')
            words.append(f"-d {_quoted(self.body_example)}")
        return " \\\n  ".join([*words, f'"$GAGYO{path}"'])


@dataclass(frozen=True)
class Group:
    name: str
    about: str
    operations: tuple[Operation, ...]


@cache
def groups() -> tuple[Group, ...]:
    told = description()
    made = [
        _operation(path, method, each)
        for path, methods in told["paths"].items()
        for method, each in methods.items()
    ]
    return tuple(
        Group(
            tag["name"],
            tag["description"],
            tuple(each for each in made if each.tag == tag["name"]),
        )
        for tag in told["tags"]
    )


def _operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    body = _media(told.get("requestBody", {}))
    parameters = [_resolved(each) for each in told.get("parameters", ())]
    scopes = [name for each in told["security"] for name in each.get("token", ())]
    return Operation(
        id=told["operationId"],
        tag=told["tags"][0],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        about=told["description"] if told["description"] != told["summary"] + "." else "",
        scopes=tuple(dict.fromkeys(scopes)),
        parameters=tuple(_parameter(each) for each in parameters),
        body=tuple(_fields(body.get("schema", {}))),
        body_example=_example(body),
        answers=tuple(
            _answer(code, each) for code, each in told["responses"].items() if "$ref" not in each
        ),
        refusals=tuple(
            (code, _resolved(each)["description"])
            for code, each in told["responses"].items()
            if "$ref" in each
        ),
    )


def _answer(code: str, told: dict[str, Any]) -> Answer:
    media = _media(told)
    return Answer(
        code, told["description"], tuple(_fields(media.get("schema", {}))), _example(media)
    )


def _parameter(told: dict[str, Any]) -> Field:
    schema = told["schema"]
    inner = schema.get("items", schema)
    return Field(
        name=told["name"],
        place=told["in"],
        kind=_kind(schema),
        about=_first(told.get("description", "")),
        is_required=told.get("required", False),
        choices=tuple(map(str, inner.get("enum", ()))),
        example=str(told.get("example") or _path_example(told)),
    )


def _path_example(told: dict[str, Any]) -> str:
    if told["in"] != "path":
        return ""
    is_id = told["schema"].get("format") == "uuid" or told["name"] in ("id", "pk")
    return "5f0c1a2e-7a39-4a8e-9d0b-6f2f8b1f4c11" if is_id else "photoresist"


def _fields(schema: dict[str, Any]) -> Iterator[Field]:
    """Of an object, or of the rows of a page of a list."""
    whole = _resolved(schema)
    rows = whole.get("properties", {}).get("results", {}).get("items")
    if rows and set(whole["properties"]) == {"results", "next", "previous"}:
        whole = _resolved(rows)
    for name, told in whole.get("properties", {}).items():
        part = _resolved(told)
        inner = _resolved(part.get("items", part))
        yield Field(
            name=name,
            place="",
            kind=_kind(part),
            about=_first(told.get("description", "") or part.get("title", "")),
            is_required=name in whole.get("required", ()),
            choices=tuple(str(each) for each in inner.get("enum", ()) if each not in ("", None)),
            example="",
        )


def _first(text: str) -> str:
    """Without the list of choices, which stands beside it."""
    return "" if text.startswith("* `") else text.partition("\n\n* `")[0]


def _kind(schema: dict[str, Any]) -> str:
    part = _resolved(schema)
    kind = part.get("type", "object")
    kinds = [kind] if isinstance(kind, str) else list(kind)
    names = [part.get("format") or each if each == "string" else each for each in kinds]
    if "array" in kinds:
        names[kinds.index("array")] = f"[{_kind(part.get('items', {}))}]"
    return " | ".join(names)


def _media(told: dict[str, Any]) -> dict[str, Any]:
    content = _resolved(told).get("content", {})
    media: dict[str, Any] = content.get("application/json") or next(iter(content.values()), {})
    return media


def _example(media: dict[str, Any]) -> str:
    for each in media.get("examples", {}).values():
        value = each["value"]
        if isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)
    return ""


def _resolved(told: dict[str, Any]) -> dict[str, Any]:
    if "allOf" in told and len(told["allOf"]) == 1:
        return _resolved(told["allOf"][0]) | {k: v for k, v in told.items() if k != "allOf"}
    if "$ref" not in told:
        return told
    found: Any = description()
    for step in told["$ref"].split("/")[1:]:
        found = found[step]
    return _resolved(found)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
