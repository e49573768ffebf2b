"""The description of the API: in step with the views, without warnings, complete, with examples
that hold. When a change of the API fails here, run `make openapi` and look at the difference."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from api.errors import KINDS
from api.openapi import as_json, as_yaml, description
from tests.api.test_api_table import addresses

JSON = ("application/json", "application/problem+json")
FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_file_is_in_step_with_the_api() -> None:
    kept, made = FILE.read_text(), as_yaml().decode()
    lines = list(difflib.unified_diff(kept.splitlines(), made.splitlines(), lineterm="", n=1))
    assert not lines, "The API has changed: run `make openapi`.\n" + "\n".join(lines[:40])


def test_it_is_made_without_a_warning_and_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    validate_schema(SchemaGenerator().get_schema(request=None, public=True))
    assert not capsys.readouterr().err


def test_every_address_is_described() -> None:
    assert len(list(operations())) == len(list(addresses()))


def test_every_operation_is_told_in_full(subtests: pytest.Subtests) -> None:
    names = {tag["name"] for tag in description()["tags"] if tag["description"]}
    for name, operation in operations():
        with subtests.test(name):
            assert operation["summary"]
            assert operation["description"]
            assert set(operation["tags"]) <= names
            assert operation["security"]
            assert {"401", "403", "406", "429"} <= set(operation["responses"])
            assert any(code.startswith("2") for code in operation["responses"])
            for told in operation.get("parameters", ()):
                assert "$ref" in told or told["description"]


def test_every_operation_has_examples_that_hold(subtests: pytest.Subtests) -> None:
    document = description()
    for name, operation in operations():
        parts = [operation["requestBody"]] if "requestBody" in operation else []
        parts += [told for told in operation["responses"].values() if "content" in told]
        parts += document["components"]["responses"].values() if name == "GET /api/v1/me/" else []
        for media_type, media in ((t, m) for part in parts for t, m in part["content"].items()):
            with subtests.test(f"{name} {media_type}"):
                assert media["examples"]
                if media_type not in JSON:
                    continue
                judge = Draft202012Validator(
                    {**media["schema"], "components": document["components"]}
                )
                for each in media["examples"].values():
                    faults = [
                        f"{'/'.join(map(str, fault.path))}: {fault.message}"
                        for fault in judge.iter_errors(each["value"])
                    ]
                    assert not faults


def test_every_kind_of_problem_is_shown() -> None:
    shown = {
        code
        for told in description()["components"]["responses"].values()
        for media in told["content"].values()
        for code in media["examples"]
    }
    # An unknown method has no operation to stand at; nobody plans for a fault of ours.
    assert set(KINDS) - shown == {"method-not-allowed", "failed"}


def test_the_server_gives_it_to_everybody(client: Any) -> None:
    answer = client.get(reverse("portal:openapi"))
    assert answer.content == as_json()
    assert answer["Content-Type"] == "application/json"
    assert "public" in answer["Cache-Control"]
    again = client.get(reverse("portal:openapi"), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
