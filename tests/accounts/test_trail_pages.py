"""The audit trail's pages: who reads what, looked for in every way, page by page, taken along."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from common import audit
from common.models import AuditEvent
from companies.models import Company
from tests.factories import PASSWORD, CompanyFactory, ConsentFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE = "/staff/audit/"


def person(role: str) -> User:
    return StaffFactory(staff_role=role, language="en", name=f"The {role}")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked_again(client: Client, user: User) -> Client:
    """The password given once more, as the pages that need it ask for it."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def shown(client: Client, query: str = "") -> list[str]:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return [line["event"].verb for line in response.context["lines"]]


@pytest.fixture
def firm(db: None) -> Company:
    return CompanyFactory(name_en="Hanbit Works")


@pytest.fixture
def trail(firm: Company) -> dict[str, AuditEvent]:
    kim = UserFactory(name="Kim Haneul", email="kim@x.example")
    consent = ConsentFactory(user=kim, kind="terms")
    return {
        "edited": audit.record("company.edited", firm, actor=kim, now=AT, changed=["website"]),
        "lapsed": audit.record("company.lapsed", firm, actor=None, now=AT + timedelta(days=1)),
        "returned": audit.record(
            "company.returned",
            firm,
            actor=person("reviewer"),
            now=AT + timedelta(days=2),
            reason="name_differs",
            words="성명이 등기와 다릅니다",
        ),
        "given": audit.record("consent.given", consent, actor=kim, now=AT + timedelta(days=3)),
    }


def test_an_administrator_reads_all_and_a_supervisor_not_what_is_about_people(trail) -> None:
    everything = ["consent.given", "company.returned", "company.lapsed", "company.edited"]
    assert shown(signed_in(person("administrator"))) == everything
    assert shown(signed_in(person("supervisor"))) == everything[1:]
    # Nor by asking for it by name.
    assert shown(signed_in(person("supervisor")), "?verb=consent.given") == []


def test_a_reviewer_reads_the_history_of_what_they_may_open(trail, firm) -> None:
    client = signed_in(person("reviewer"))
    assert client.get(PAGE).status_code == 403
    history = client.get(reverse("accounts:history", args=["companies.company", firm.pk]))
    assert [line["event"].verb for line in history.context["lines"]] == [
        "company.returned",
        "company.lapsed",
        "company.edited",
    ]
    assert client.get(reverse("accounts:audit_event", args=[trail["edited"].pk])).status_code == 200
    for path in (
        reverse("accounts:audit_event", args=[trail["given"].pk]),
        reverse("accounts:history", args=["accounts.user", trail["edited"].actor_id]),
    ):
        refused = client.get(path)
        assert refused.status_code == 403
        assert "administrator" in refused.content.decode()
    assert client.get(reverse("accounts:history", args=["no.such", "1"])).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?who=haneul", ["consent.given", "company.edited"]),
        ("?who=KIM@x", ["consent.given", "company.edited"]),
        ("?who=nobody", []),
        ("?by_system=on", ["company.lapsed"]),
        ("?verb=company.lapsed", ["company.lapsed"]),
        ("?object_type=accounts.consent", ["consent.given"]),
        ("?since=2026-03-04&until=2026-03-04", ["company.returned"]),
        ("?until=2026-03-02", ["company.edited"]),
        ("?words=등기", ["company.returned"]),
        ("?words=NAME_diff", ["company.returned"]),
        ("?words=100%25", []),
        ("?since=yesterday&verb=company.lapsed", ["company.lapsed"]),
        ("?before=nonsense~x", ["consent.given", "company.returned", "company.lapsed"]),
    ],
)
def test_it_is_searched(trail, query, found) -> None:
    assert shown(signed_in(person("administrator")), query)[: len(found) or 9] == found


def test_of_one_person_or_object(trail, firm) -> None:
    client = signed_in(person("administrator"))
    kim = trail["edited"].actor_id
    assert shown(client, f"?person={kim}") == ["consent.given", "company.edited"]
    assert len(shown(client, f"?object_type=companies.company&object_id={firm.pk}")) == 3


def test_days_are_days_in_seoul_and_tokyo(firm) -> None:
    late = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # 0:30 on the second of March there
    audit.record("company.edited", firm, actor=None, now=late)
    client = signed_in(person("administrator"))
    assert shown(client, "?since=2026-03-02") == ["company.edited"]
    assert shown(client, "?until=2026-03-01") == []


def test_names_words_and_links(trail, firm) -> None:
    content = signed_in(person("administrator")).get(PAGE).content.decode()
    assert "Hanbit Works" in content
    assert reverse("companies:verification_detail", args=[firm.pk]) in content
    assert "profile changed" in content
    told = signed_in(person("administrator")).get(
        reverse("accounts:audit_event", args=[trail["returned"].pk])
    )
    page = told.content.decode()
    assert "The name differs from the register." in page
    assert "성명이 등기와 다릅니다" in page
    assert "company.returned" in page


def test_every_page_of_a_long_trail_there_and_back(firm) -> None:
    """Also where many events have the same moment: none is shown twice, none is left out."""
    for number in range(120):
        audit.record("company.edited", firm, actor=None, now=AT, number=number)
    client = signed_in(person("administrator"))
    seen, query, pages = [], "", []
    while True:
        page = client.get(PAGE + query).context["page"]
        pages.append([row.pk for row in page.rows])
        seen += pages[-1]
        if not page.older:
            break
        query = f"?before={page.older}".replace("+", "%2B")
    assert [len(each) for each in pages] == [50, 50, 20]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 120
    back = client.get(f"{PAGE}?after={page.newer}".replace("+", "%2B")).context["page"]
    assert [row.pk for row in back.rows] == pages[1]
    first = client.get(f"{PAGE}?after={back.newer}".replace("+", "%2B")).context["page"]
    assert [row.pk for row in first.rows] == pages[0]
    assert first.newer == ""


@pytest.mark.parametrize("path", [PAGE, "history"])
def test_it_costs_the_same_however_many_rows(path) -> None:
    client = signed_in(person("administrator"))
    counts = []
    for rows in (1, 3):
        firm = CompanyFactory()
        for _number in range(rows):
            audit.record("company.edited", firm, actor=UserFactory(), now=AT)
        address = (
            path
            if path == PAGE
            else reverse(f"accounts:{path}", args=["companies.company", firm.pk])
        )
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 16


def exported(response: StreamingHttpResponse) -> str:
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response.streaming_content).decode("utf-8-sig")


def test_an_administrator_takes_the_filtered_rows_along_and_that_is_written_down(trail) -> None:
    user = person("administrator")
    client = asked_again(signed_in(user), user)
    table = exported(client.post(PAGE + "export/csv/?object_type=companies.company"))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["verb"] for row in rows] == ["company.returned", "company.lapsed", "company.edited"]
    assert (rows[2]["person"], rows[2]["object"]) == ("kim@x.example", "Hanbit Works")
    assert json.loads(rows[2]["data"]) == {"changed": ["website"]}
    lines = exported(client.post(PAGE + "export/jsonl/?who=haneul")).splitlines()
    assert [json.loads(line)["verb"] for line in lines] == ["consent.given", "company.edited"]
    told = AuditEvent.objects.filter(verb="audit.exported").order_by("pk")
    assert [event.actor for event in told] == [user, user]
    assert told[0].data == {"format": "csv", "filters": {"object_type": "companies.company"}}


def test_the_export_asks_who_it_is_and_is_for_administrators(trail) -> None:
    first = signed_in(person("administrator")).post(PAGE + "export/csv/")
    assert first.status_code == 302
    assert reverse("account_reauthenticate") in first.url
    assert signed_in(person("supervisor")).post(PAGE + "export/csv/").status_code == 403
    user = person("administrator")
    assert asked_again(signed_in(user), user).post(PAGE + "export/pdf/").status_code == 404
    assert not AuditEvent.objects.filter(verb="audit.exported").exists()


def test_a_formula_in_the_trail_is_not_run_by_a_spreadsheet(firm) -> None:
    Company.objects.filter(pk=firm.pk).update(name_en="=cmd()")
    audit.record("company.edited", firm, actor=None, now=AT)
    user = person("administrator")
    table = exported(asked_again(signed_in(user), user).post(PAGE + "export/csv/"))
    assert "'=cmd()" in table


MANY = 200_000


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?verb=company.edited",
        "?by_system=on",
        "?object_type=companies.company",
        "?words=needle",
        "?before=2026-02-20T00:00:00%2B00:00~5",
    ],
)
def test_each_way_of_looking_at_a_long_trail_reads_an_index(query) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_auditevent"
            " (at, actor_label, verb, object_type, object_id, reason, data)"
            " SELECT '2026-03-01'::timestamptz - n * interval '1 minute', '',"
            "  CASE WHEN n %% 50 = 0 THEN 'company.edited' ELSE 'match.approved' END,"
            "  CASE WHEN n %% 50 = 0 THEN 'companies.company' ELSE 'matching.match' END,"
            "  n::text, '', jsonb_build_object('n', CASE WHEN n = %s THEN 'needle' ELSE '' END)"
            " FROM generate_series(1, %s) n",
            [MANY - 3, MANY],
        )
        cursor.execute("ANALYZE common_auditevent")
    client = signed_in(person("administrator"))
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE + query)
    (asked,) = [q["sql"] for q in queries if 'FROM "common_auditevent"' in q["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN " + asked.replace("%", "%%") if "%%" in asked else "EXPLAIN " + asked
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on common_auditevent" not in plan, plan
