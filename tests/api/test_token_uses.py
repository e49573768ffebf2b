"""Every request that comes with a token is written down, and nothing takes that back."""

import ipaddress
import uuid
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import change_role, deactivate_staff, end_sessions
from accounts.services.erasure import ask_erasure, erase_due
from api.models import Token, TokenUse
from api.services import forget_old_uses, note_use, revoke_token
from common.models import AuditEvent
from companies.choices import MemberRole
from tests.accounts.test_exports import made, opened
from tests.api.callers import bearer, inside, key_of, use_of
from tests.factories import MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


@pytest.fixture
def elsewhere():
    """An address from which nothing was refused yet."""
    return str(
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("2001:db8::")) + uuid.uuid4().int % 2**90)
    )


@pytest.fixture
def person():
    return UserFactory(language="en")


def routes():
    return list(TokenUse.objects.order_by("pk").values_list("method", "route", "status"))


def test_each_request_is_one_row_with_what_became_of_it(person):
    token, key = key_of(person, "firm")
    client = bearer(key)
    client.get(ME, REMOTE_ADDR="192.0.2.7")
    client.get("/api/v1/concepts/none/")
    client.post("/api/v1/concepts/", {}, "application/json")
    client.get("/api/v1/tokens/")
    assert routes() == [
        ("GET", "api:me", 200),
        ("GET", "api:concept-detail", 404),
        ("POST", "api:concept-list", 405),
        ("GET", "api:token-list", 403),
    ]
    first, second = TokenUse.objects.order_by("pk")[:2]
    assert (first.token, first.user, first.address) == (token, person, "192.0.2.7")
    assert second.object_id == "none"
    token.refresh_from_db()
    assert (token.last_used_from, token.last_used_at) == ("192.0.2.7", first.at)


def test_what_fails_is_there_as_well(person, monkeypatch):
    """Also when the effect and the kept answer are taken back."""
    _token, key = key_of(person, "firm")
    client = bearer(key)
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("api.resources.tokens.Me.get", broken)
    assert client.get(ME).status_code == 500
    assert routes() == [("GET", "api:me", 500)]


def test_a_session_leaves_no_use(person):
    inside(person).get(ME)
    assert not TokenUse.objects.exists()


def test_a_token_that_ended_is_refused_and_noted_but_not_used(person):
    token, key = key_of(person, "firm")
    revoke_token(token=token, actor=person, now=timezone.now())
    assert bearer(key).get(ME).status_code == 401
    assert routes() == [("GET", "api:me", 401)]
    token.refresh_from_db()
    assert token.last_used_at is None


def test_many_keys_that_open_nothing_are_held_up_by_address(person, settings, elsewhere):
    settings.API_REFUSED_A_MINUTE = 3
    _token, key = key_of(person, "firm")
    forged = bearer("gagyo_forged")
    told = [forged.get(ME, REMOTE_ADDR=elsewhere).status_code for _number in range(5)]
    assert told == [401, 401, 401, 429, 429]
    last = forged.get(ME, REMOTE_ADDR=elsewhere)
    assert 1 <= int(last["Retry-After"]) <= 60
    assert last.json()["code"] == "too-many-requests"
    assert (
        forged.get(ME, REMOTE_ADDR=f"{elsewhere[:-1]}{int(elsewhere[-1] == '0')}").status_code
        == 401
    )
    # Whoever has a good key behind the same address is not kept out.
    assert bearer(key).get(ME, REMOTE_ADDR=elsewhere).status_code == 200


def test_a_token_costs_two_queries(person, django_assert_num_queries):
    """One that finds it and its person, one that writes the use down."""
    _token, key = key_of(person, "firm")
    program, browser = bearer(key), inside(person)
    with CaptureQueriesContext(connection) as by_session:
        browser.get("/api/v1/units/")
    for _first_and_later in range(2):
        with CaptureQueriesContext(connection) as by_token:
            assert program.get("/api/v1/units/").status_code == 200
        work = [q for q in by_token if "taxonomy" in q["sql"]]
        assert len(by_token) - len(work) == 2, [q["sql"] for q in by_token]
        assert len(by_token) <= len(by_session) + 2
    # A caller whom nobody knows costs nothing.
    with django_assert_num_queries(0):
        Client().get("/api/v1/units/")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE api_tokenuse SET status = 200",
        "UPDATE api_tokenuse SET address = NULL",
        "DELETE FROM api_tokenuse",
        "SET LOCAL gagyo.audit_erasure = 'on'; UPDATE api_tokenuse SET address = '192.0.2.9'",
        "SET LOCAL gagyo.audit_erasure = 'on'; UPDATE api_tokenuse SET address = NULL, status = 1",
        "SET LOCAL gagyo.audit_erasure = 'on'; DELETE FROM api_tokenuse",
        "SET LOCAL gagyo.uses_purge = 'on'; UPDATE api_tokenuse SET status = 200",
        "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL gagyo.audit_may_be_emptied = 'off';"
        " TRUNCATE api_tokenuse",
        "SET LOCAL session_replication_role = 'replica'; DELETE FROM api_tokenuse",
    ],
)
def test_what_was_written_stays(person, sql):
    token, _key = key_of(person, "firm")
    note_use(use=use_of(token, status=403), now=timezone.now())
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert list(TokenUse.objects.values_list("status", "address")) == [(403, "192.0.2.1")]


def test_old_uses_go_and_only_those(person, settings):
    settings.API_USES_KEEP_DAYS = 30
    now = timezone.now()
    token, _key = key_of(person, "firm")
    for days in (0, 29, 31, 400):
        note_use(use=use_of(token), now=now - timedelta(days=days))
    assert forget_old_uses(now=now) == 2
    assert TokenUse.objects.filter(at__gte=now - timedelta(days=30)).count() == 2
    assert TokenUse.objects.count() == 2
    assert forget_old_uses(now=now) == 0


def test_what_a_token_writes_says_so_in_the_trail():
    owner = MembershipFactory(role=MemberRole.OWNER).user
    token, key = key_of(owner, "firm")
    firm = owner.memberships.get().company_id
    client = bearer(key)
    answer = client.get(f"/api/v1/companies/{firm}/")
    changed = client.patch(
        f"/api/v1/companies/{firm}/",
        {"website": "https://new.example"},
        "application/json",
        headers={"If-Match": answer["ETag"]},
    )
    assert changed.status_code == 200, changed.content
    event = AuditEvent.objects.exclude(verb__startswith="token.").latest("pk")
    assert event.actor == owner
    assert event.data["by_token"] == str(token)
    assert event.data["by_token_id"] == str(token.pk)
    page = inside(StaffFactory(staff_role="administrator")).get(f"/staff/audit/{event.pk}/")
    assert str(token) in page.content.decode()
    # The next request of this process has no token.
    inside(owner).post("/api/v1/tokens/", {"name": "x", "scopes": ["firm"]}, "application/json")
    assert "by_token" not in AuditEvent.objects.latest("pk").data


@pytest.mark.django_db(transaction=True)
def test_revoked_while_it_is_used(person):
    """Whoever asks after the revocation is refused; each request has its row."""
    token, key = key_of(person, "firm")
    told, revoked = [], Event()

    def ask():
        client = bearer(key)
        for _number in range(12):
            is_after = revoked.is_set()
            told.append((is_after, client.get(ME).status_code))
        connection.close()

    threads = [Thread(target=ask) for _number in range(4)]
    for thread in threads:
        thread.start()
    revoke_token(token=token, actor=person, now=timezone.now())
    revoked.set()
    for thread in threads:
        thread.join()
    assert {status for is_after, status in told if is_after} <= {401, 429}
    assert any(is_after for is_after, _status in told)
    assert TokenUse.objects.count() == len(told) == 48
    token.refresh_from_db()
    assert token.revoked_at is not None


# --- Leaving ------------------------------------------------------------------------------------


@pytest.fixture
def boss():
    return StaffFactory(staff_role="administrator")


@pytest.mark.parametrize("way", ["role", "deactivation", "log_out"])
def test_tokens_end_with_their_person(boss, way):
    colleague = StaffFactory(staff_role="supervisor")
    _token, key = key_of(colleague, "data")
    client, now = bearer(key), timezone.now()
    assert client.get(ME).status_code == 200
    if way == "role":
        change_role(user=colleague, role="", actor=boss, now=now)
    elif way == "deactivation":
        deactivate_staff(user=colleague, actor=boss, now=now)
    else:
        end_sessions(user=colleague, actor=boss, now=now)
    assert client.get(ME).status_code == 401
    assert Token.objects.get().revoked_at == now
    assert AuditEvent.objects.filter(verb="token.revoked").count() == 1


def test_a_lower_role_takes_scopes_at_once(boss):
    colleague = StaffFactory(staff_role="supervisor")
    _token, key = key_of(colleague, "data", "reviewer")
    client, only_data = bearer(key), bearer(key_of(colleague, "data")[1])
    assert client.get(ME).json()["scopes"] == ["data", "reviewer"]
    change_role(user=colleague, role="reviewer", actor=boss, now=timezone.now())
    assert client.get(ME).json()["scopes"] == ["reviewer"]
    refused = only_data.get(ME)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong-scope")


def test_an_erased_person_leaves_uses_without_addresses(person):
    token, key = key_of(person, "firm", name="Kim's laptop")
    bearer(key).get(ME)
    now = timezone.now()
    ask_erasure(user=person, now=now)
    assert erase_due(now=now + timedelta(days=60)) == 1
    assert bearer(key).get(ME).status_code == 401
    token.refresh_from_db()
    assert (token.name, token.last_used_from) == ("", None)
    assert token.revoked_at is not None
    assert TokenUse.objects.order_by("pk").first().address is None


def test_the_copy_of_ones_data_lists_tokens_and_uses(person):
    _token, key = key_of(person, "firm", name="ERP")
    bearer(key).get(ME)
    data = opened(made(person))[1]["sections"]
    assert [row["name"] for row in data["tokens"]] == ["ERP"]
    assert [(row["route"], row["status"]) for row in data["token_uses"]] == [("api:me", 200)]
    assert key not in str(data)
    assert "digest" not in data["tokens"][0]
