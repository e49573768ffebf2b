"""The consent register: searched, as it stood on a day, taken along, and a proof of each row."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import ConsentKind, ConsentWay, StaffRole
from accounts.models import Consent, User
from accounts.services import give_consent, withdraw_consent
from accounts.wording import WORDINGS
from common.models import AuditEvent
from tests.factories import PASSWORD, ConsentFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/staff/consents/"
GIVEN = datetime(2026, 3, 2, 3, tzinfo=UTC)
ENDED = datetime(2026, 5, 4, 3, tzinfo=UTC)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(StaffFactory(staff_role=StaffRole.ADMINISTRATOR, language="en"))
    return client


@pytest.fixture
def kim(db: None) -> User:
    return MembershipFactory(
        user__name="Kim Haneul", user__email="kim@x.example", company__name_en="Hanbit Works"
    ).user


def agreed(user: User, kind: str = "terms", at: datetime = GIVEN, **changes) -> Consent:
    return ConsentFactory(user=user, kind=kind, given_at=at, **changes)


def shown(client: Client, query: str = "") -> list[Consent]:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return response.context["page"].rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"terms", "promotional"}),
        ("?kind=terms", {"terms"}),
        ("?standing=yes", {"terms"}),
        ("?standing=no", {"promotional"}),
        ("?who=haneul", {"terms", "promotional"}),
        ("?who=Hanbit", {"terms", "promotional"}),
        ("?who=nobody", set()),
        ("?language=ja", {"promotional"}),
        ("?way=mail_link", {"promotional"}),
        ("?version=2026-11&kind=terms", {"terms"}),
        ("?kind=nonsense", {"terms", "promotional"}),
    ],
)
def test_it_is_searched(client, kim, query, found) -> None:
    agreed(kim, wording_version="2026-11")
    agreed(kim, "promotional", language="ja", way=ConsentWay.MAIL_LINK, withdrawn_at=ENDED)
    assert {row.kind for row in shown(client, query)} == found


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-03-01", set()),
        ("2026-03-02", {"terms", "promotional"}),
        ("2026-05-03", {"terms", "promotional"}),
        ("2026-05-04", {"terms"}),
        ("2026-06-01", {"terms"}),
    ],
)
def test_who_had_agreed_on_a_day(client, kim, day, found) -> None:
    agreed(kim)
    agreed(kim, "promotional", withdrawn_at=ENDED)
    assert {row.kind for row in shown(client, f"?on={day}")} == found


def test_a_consent_to_promotional_mail_stood_for_two_years(client, kim) -> None:
    """Also when nobody has closed it yet."""
    agreed(kim, "promotional", at=datetime(2022, 1, 10, tzinfo=UTC))
    assert len(shown(client, "?on=2024-01-08")) == 1
    assert shown(client, "?on=2024-01-10") == []
    assert shown(client, "?standing=yes") == []


def test_a_day_begins_at_midnight_in_seoul_and_tokyo(client, kim) -> None:
    agreed(kim, at=datetime(2026, 3, 1, 15, 30, tzinfo=UTC))  # 0:30 on the second there
    assert shown(client, "?on=2026-03-01") == []
    assert len(shown(client, "?on=2026-03-02")) == 1


def test_it_is_exported_as_filtered_and_that_is_written_down(client, kim) -> None:
    agreed(kim, ip_address="192.0.2.7")
    agreed(kim, "promotional")
    refused = client.post(LIST + "export/csv/")
    assert reverse("account_reauthenticate") in refused.url
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.post(LIST + "export/csv/?kind=terms")
    table = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert (row["kind"], row["address"], row["ip_address"]) == (
        "terms",
        "kim@x.example",
        "192.0.2.7",
    )
    assert AuditEvent.objects.get(verb="register.exported").data["filters"] == {"kind": "terms"}
    assert client.post(LIST + "export/pdf/").status_code == 404


def test_the_proof_has_the_words_as_they_were_shown_and_what_became_of_it(client, kim) -> None:
    now = timezone.now()
    given = give_consent(
        user=kim, kind=ConsentKind.CROSS_BORDER, language="ja", ip_address="192.0.2.7", now=now
    )
    withdraw_consent(user=kim, kind=ConsentKind.CROSS_BORDER, now=now + timedelta(days=1))
    content = client.get(reverse("accounts:consent_proof", args=[given.pk])).content.decode()
    assert "連絡先" in content
    for word in ("192.0.2.7", "in the settings", "withdrawn", "consent given", "kim@x.example"):
        assert word in content
    assert WORDINGS["cross_border"].version in content


def test_the_proof_says_when_the_words_are_not_kept(client, kim) -> None:
    old = agreed(kim, wording_version="1999-01")
    content = client.get(reverse("accounts:consent_proof", args=[old.pk])).content.decode()
    assert "not kept in the product" in content
    assert client.get(reverse("accounts:consent_proof", args=[4711])).status_code == 404


def test_it_costs_the_same_however_many_rows(client) -> None:
    counts = []
    for rows in (1, 3):
        for _number in range(rows):
            agreed(UserFactory())
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
