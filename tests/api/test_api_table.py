"""Every address and method of the API × every kind of caller. One that is missing here fails.

Columns and letters are those of tests/test_permission_table.py, for a caller with the browser's
session; below them each scope × each address, for a token of an administrator.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from api.choices import Scope
from tests.api.callers import program
from tests.api.table import TABLE, arguments
from tests.test_permission_table import ROLES, Scene, client_of, scene

__all__ = ["scene"]
METHODS = ("get", "post", "put", "patch", "delete")
# Complaints about a body or about If-Match come only to who was let in.
LET_IN = (200, 201, 202, 204, 302, 409, 422, 428)


def addresses() -> Iterator[str]:
    """`METHOD name` of all that is below /api/."""
    below = next(
        each
        for each in get_resolver().url_patterns
        if isinstance(each, URLResolver) and each.namespace == "api"
    )
    for pattern in below.url_patterns:
        assert isinstance(pattern, URLPattern)
        if pattern.name == "nothing":
            continue
        callback: Any = pattern.callback
        actions = getattr(callback, "actions", None)
        methods = actions or [each for each in METHODS if hasattr(callback.cls, each)]
        for method in methods:
            if method in METHODS:
                yield f"{method.upper()} {pattern.name}"


def letter(response: HttpResponse) -> str:
    known = {401: "l", 403: "3", 404: "4"}
    if response.status_code in known:
        return known[response.status_code]
    assert response.status_code in LET_IN, (response.status_code, response.content)
    return "o"


def is_refused(answer: HttpResponse) -> bool:
    return answer.status_code == 403 and json.loads(answer.content)["code"] == "wrong-scope"


def ask(client: Client, row: str, args: dict[str, list[Any]]) -> HttpResponse:
    """The answer; whatever the request changed is rolled back."""
    method, name = row.split()
    url = reverse(f"api:{name}", args=args.get(name, []))
    body = {} if method == "GET" else {"data": "{}", "content_type": "application/json"}
    with transaction.atomic():
        answer = getattr(client, method.lower())(url, **body)
        transaction.set_rollback(True)
    return answer


def test_every_address_stands_in_the_table_once() -> None:
    assert sorted(addresses()) == sorted(TABLE)


def test_who_is_let_in(scene: Scene, subtests: pytest.Subtests) -> None:
    clients = {role: client_of(person) for role, person in scene.people.items()}
    args = arguments(scene)
    for row, (expected, _scopes) in sorted(TABLE.items()):
        with subtests.test(row):
            found = {role: letter(ask(clients[role], row, args)) for role in ROLES}
            assert found == dict(zip(ROLES, expected.replace(" ", ""), strict=True))


def test_what_a_token_is_for(scene: Scene, subtests: pytest.Subtests) -> None:
    """A scope that is not named here is refused with 403, whatever the person may do."""
    person = scene.people["administrator"]
    clients = {scope: program(person, scope) for scope in Scope.values}
    args = arguments(scene)
    for row, (_people, scopes) in sorted(TABLE.items()):
        with subtests.test(row):
            told = {scope: ask(clients[scope], row, args) for scope in clients}
            refused = {scope for scope, answer in told.items() if is_refused(answer)}
            assert refused == set(Scope.values) - set(scopes.split())
