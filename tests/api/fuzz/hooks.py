"""Loaded by schemathesis: which rows there are to name, and what nobody else may read.

FUZZ_SCENE names a JSON file: `values` of path parameters by path, `fields` of bodies by name, and
`secrets`, marks that this caller must never be shown, with where each stands; `cookies` go with
each request.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import schemathesis

SCENE: dict[str, Any] = json.loads(Path(os.environ["FUZZ_SCENE"]).read_text())
# As `tests.api.fuzz.marks` writes them, and official numbers.
MARKED = re.compile(r"qzx\d{5}|\d{10,13}")


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Rows that are there, of this firm and of others, instead of ids that nobody has."""
    for path, methods in raw_schema["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                known = SCENE["values"].get(path, {}).get(parameter.get("name"))
                if known and parameter.get("in") == "path":
                    parameter["schema"] = {"type": "string", "enum": known}
    for name, schema in raw_schema["components"]["schemas"].items():
        if not name.endswith("Request"):
            continue
        for field, told in schema.get("properties", {}).items():
            if field in SCENE["fields"]:
                one = {"type": "string", "enum": SCENE["fields"][field]}
                is_list = told.get("type") == "array"
                schema["properties"][field] = {"type": "array", "items": one} if is_list else one


@schemathesis.hook
def before_call(context: Any, case: Any, **more: Any) -> None:
    """What a browser sends besides its session."""
    for name, value in SCENE["cookies"].items():
        case.cookies[name] = value
        case.headers["X-CSRFToken"] = value


@schemathesis.check
def nothing_of_others(context: Any, response: Any, case: Any) -> None:
    told = response.content.decode("utf-8", "replace").casefold()
    told += str(dict(response.headers)).casefold()
    found = set(MARKED.findall(told)) & SCENE["secrets"].keys()
    leaked = {f"{mark} ({SCENE['secrets'][mark]})" for mark in found}
    if leaked:
        raise AssertionError(f"This caller was shown what belongs to others: {sorted(leaked)}")
