"""What every address of the API does: log-in, problems, tags, keys, pages, rates, languages."""

import json
from datetime import timedelta
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from api import rates
from api.idempotency import KEPT_FOR, forget_old_answers
from api.models import KeptAnswer, Token
from api.services import revoke_token
from common.errors import RuleViolated
from common.models import AuditEvent
from local.ports import HOST
from tests.api.callers import bearer, inside, key_of
from tests.factories import ConceptFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_language():
    with translation.override("en"):
        yield


@pytest.fixture
def person():
    return UserFactory(language="en")


@pytest.fixture
def caller(person):
    _token, key = key_of(person, "firm")
    return bearer(key)


def test_a_token_is_shown_once_and_kept_as_a_digest(person):
    token, key = key_of(person, "firm")
    stored = Token.objects.values().get()
    assert key not in json.dumps(stored, default=str)
    assert key.startswith(token.hint)
    assert bearer(key).get("/api/v1/me/").json()["email"] == person.email
    assert Token.objects.get().last_used_at is not None
    assert AuditEvent.objects.filter(verb="token.issued", object_id=token.pk).count() == 1


@pytest.mark.parametrize("fault", ["revoked", "expired", "inactive", "forged", "malformed"])
def test_a_token_that_does_not_stand_lets_nobody_in(person, fault):
    now = timezone.now()
    token, key = key_of(person, "firm")
    if fault == "revoked":
        revoke_token(token=token, actor=person, now=now)
    elif fault == "expired":
        Token.objects.update(expires_at=now)
    elif fault == "inactive":
        person.is_active = False
        person.save()
    elif fault == "forged":
        key = f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}"
    else:
        key = "a b"
    answer = bearer(key).get("/api/v1/me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="gagyo"'
    assert answer["Content-Type"] == "application/problem+json"


def test_scopes_need_the_role(person):
    with pytest.raises(RuleViolated):
        key_of(person, "reviewer")
    with pytest.raises(RuleViolated):
        key_of(person, "firm", days=400)
    with pytest.raises(RuleViolated):
        key_of(person)
    assert key_of(StaffFactory(), "reviewer")


def test_a_problem_is_told_in_the_callers_language(caller):
    korean = caller.get("/api/v1/concepts/none/", headers={"Accept-Language": "ko"})
    assert korean.status_code == 404
    assert korean["Content-Language"] == "ko"
    body = korean.json()
    assert body["status"] == 404
    assert body["code"] == "not-found"
    assert body["instance"] == "/api/v1/concepts/none/"
    assert Client().get("/api/v1/nowhere/").json()["code"] == "not-found"


def test_fields_at_fault_are_named_by_pointers(person):
    answer = inside(person).post(
        "/api/v1/tokens/", {"name": "", "scopes": ["firm", "kingdom"]}, "application/json"
    )
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/name", "/scopes/1"}


def test_unchanged_is_not_sent_again(caller):
    ConceptFactory(code="resist")
    first = caller.get("/api/v1/concepts/resist/")
    again = caller.get("/api/v1/concepts/resist/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    korean = caller.get(
        "/api/v1/concepts/resist/",
        headers={"If-None-Match": first["ETag"], "Accept-Language": "ko"},
    )
    assert korean.status_code == 200


def test_only_the_fields_asked_for(caller):
    ConceptFactory(code="resist")
    assert caller.get("/api/v1/concepts/resist/?fields=code,hs6").json().keys() == {"code", "hs6"}
    listed = caller.get("/api/v1/concepts/?fields=code").json()["results"]
    assert listed == [{"code": "resist"}]
    for names in ("code,secret", ","):
        unknown = caller.get(f"/api/v1/concepts/?fields={names}")
        assert unknown.status_code == 422
        assert unknown.json()["errors"][0]["parameter"] == "fields"


def test_pages_show_everything_once(caller):
    for number in range(7):
        ConceptFactory(code=f"c{number}")
    seen, address = [], "/api/v1/concepts/?limit=3"
    while address:
        answer = caller.get(address)
        seen += [row["code"] for row in answer.json()["results"]]
        address = answer.json()["next"]
        assert (address is None) == ('rel="next"' not in answer.get("Link", ""))
    assert seen == [f"c{number}" for number in range(7)]


def test_a_key_has_one_effect(person):
    client = inside(person)
    body = {"name": "script", "scopes": ["firm"]}

    def post(body, key="k-1"):
        return client.post(
            "/api/v1/tokens/", body, "application/json", headers={"Idempotency-Key": key}
        )

    first, again = post(body), post(body)
    assert first.status_code == again.status_code == 201
    # The key itself is shown once, and kept nowhere.
    assert {**again.json(), "key": first.json()["key"]} == first.json()
    assert "key" not in again.json()
    kept = bytes(KeptAnswer.objects.get().body).decode()
    assert first.json()["key"] not in kept
    assert again["Idempotent-Replayed"] == "true"
    assert Token.objects.count() == 1
    assert post(body | {"name": "other"}).json()["code"] == "key-reused"
    assert post(body, key="k-2").json()["id"] != first.json()["id"]
    assert KeptAnswer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_post_fifty_times_at_once(person):
    clients = [inside(person) for _number in range(50)]
    answers = []

    def post(client):
        answers.append(
            client.post(
                "/api/v1/tokens/",
                {"name": "script", "scopes": ["firm"]},
                "application/json",
                headers={"Idempotency-Key": "once"},
            )
        )
        connection.close()

    threads = [Thread(target=post, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["id"] for answer in answers} == {str(Token.objects.get().pk)}
    assert sum("key" in answer.json() for answer in answers) == 1


def test_answers_are_kept_for_a_day(person):
    now = timezone.now()
    for key, age in (("young", KEPT_FOR - timedelta(minutes=1)), ("old", KEPT_FOR * 1.01)):
        KeptAnswer.objects.create(user=person, key=key, created_at=now - age)
    assert forget_old_answers(now=now) == 1
    assert KeptAnswer.objects.get().key == "young"


def test_rates_are_told_and_kept(caller, settings):
    settings.API_REQUESTS_A_MINUTE = 3
    answers = [caller.get("/api/v1/me/") for _number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "too-many-requests"


class Nonsense(BaseRequestHandler):
    """A Redis that answers what nobody can read."""

    def handle(self):
        while self.request.recv(4096):
            self.request.sendall(b":one\r\n")


def test_a_redis_out_of_its_mind_lets_everybody_pass(caller, settings):
    with ThreadingTCPServer((HOST, 0), Nonsense) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        settings.REDIS_URL = f"redis://{HOST}:{server.server_address[1]}/0"
        rates._redis.cache_clear()
        try:
            answer = caller.get("/api/v1/me/")
        finally:
            rates._redis().close()
            rates._redis.cache_clear()
            server.shutdown()
    assert answer.status_code == 200
    assert answer["RateLimit-Remaining"] == str(settings.API_REQUESTS_A_MINUTE - 1)


def test_a_token_makes_no_tokens(caller):
    assert caller.get("/api/v1/tokens/").status_code == 403


def test_a_session_needs_its_csrf_token_to_write(person):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    body = {"name": "script", "scopes": ["firm"]}
    assert strict.post("/api/v1/tokens/", body, "application/json").status_code == 403
