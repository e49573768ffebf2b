"""The audit trail cannot be changed, whoever tries and however."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from common import audit
from common.models import AuditEvent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
REFUSED = "append-only"


@pytest.fixture
def event():
    user = UserFactory(email="kim@x.example")
    return audit.record("account.opened", user, actor=user, now=timezone.now(), how="test")


def attempt(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE common_auditevent SET reason = 'other'",
        "UPDATE common_auditevent SET actor_label = 'somebody else'",
        "UPDATE common_auditevent SET actor_id = NULL",
        "DELETE FROM common_auditevent",
        "SET LOCAL gagyo.audit_erasure = 'on'; DELETE FROM common_auditevent",
        "SET LOCAL gagyo.audit_erasure = 'on'; UPDATE common_auditevent SET verb = 'x.y'",
        "SET LOCAL gagyo.audit_erasure = 'on'; UPDATE common_auditevent SET at = now()",
        "SET LOCAL gagyo.audit_erasure = 'on'; UPDATE common_auditevent SET data = '{}'",
        "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL gagyo.audit_may_be_emptied = 'off';"
        " TRUNCATE common_auditevent",
        "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL gagyo.audit_may_be_emptied = 'off';"
        " TRUNCATE accounts_user CASCADE",
        "SET LOCAL session_replication_role = 'replica'; DELETE FROM common_auditevent",
    ],
)
def test_what_was_written_stays(event, sql):
    with pytest.raises(DatabaseError, match=REFUSED):
        attempt(sql)
    kept = AuditEvent.objects.get()
    assert (kept.verb, kept.actor_label, kept.data) == (
        "account.opened",
        "kim@x.example",
        {"how": "test"},
    )


def test_nor_through_the_models(event):
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        AuditEvent.objects.update(verb="x.y")
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        event.delete()
    with pytest.raises(ProtectedError):
        event.actor.delete()


@pytest.mark.django_db(transaction=True)
def test_a_connection_of_somebody_else_cannot_empty_it(event):
    """Only the tests' own connections carry the word that lets them clean up."""
    about = connection.settings_dict
    given = {"user": about["USER"], "password": about["PASSWORD"], "host": about["HOST"]}
    with psycopg.connect(
        dbname=about["NAME"],
        port=about["PORT"] or None,
        **{name: value for name, value in given.items() if value},
        **{k: v for k, v in about["OPTIONS"].items() if k == "host"},
    ) as other:
        for sql in ("TRUNCATE common_auditevent", "TRUNCATE accounts_user CASCADE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=REFUSED):
                other.execute(sql)
            other.rollback()
    assert AuditEvent.objects.count() == 1


def test_an_erasure_writes_over_the_name_and_nothing_else(event):
    assert audit.forget_actor(actor=event.actor, label="erased person #1") == 1
    kept = AuditEvent.objects.get()
    assert (kept.actor_label, kept.verb, kept.at) == ("erased person #1", event.verb, event.at)
    # The door is shut again, in the same transaction already.
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        AuditEvent.objects.update(actor_label="somebody else")
