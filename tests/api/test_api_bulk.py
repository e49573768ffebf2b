"""Many rows in one request: each is answered exactly, and bad ones stop no good ones."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import AuditEvent
from companies.models import Company, ImportJob, Need, Offering
from companies.numbers import japanese_check_digit, korean_check_digit
from companies.services.reverting import revert_import, work_revert
from matching.models import MatchRun
from tests.api.callers import english_owner, program
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    OfferingFactory,
    StaffFactory,
    UnitFactory,
)
from tests.matching.changing import lenient_policy

pytestmark = pytest.mark.django_db
FIRMS = "/api/v1/companies/bulk/"
OFFERINGS = "/api/v1/offerings/bulk/"


def korean(number):
    nine = f"{number:09d}"
    return nine + korean_check_digit(nine)


def japanese(number):
    twelve = f"{number:012d}"
    return japanese_check_digit(twelve) + twelve


@pytest.fixture
def staff():
    return program(StaffFactory(staff_role="supervisor", language="en"), "data")


@pytest.fixture
def firm():
    return CompanyFactory(with_owner=True)


@pytest.fixture
def owner(firm):
    return program(english_owner(firm), "firm")


def send(client, path, rows, **more):
    headers = more.pop("headers", {})
    body = json.dumps({"rows": rows, **more})
    return client.post(path, body, "application/json", headers=headers)


def statuses(answer):
    return [row["status"] for row in answer.json()["results"]]


def test_firms_are_made_changed_found_unchanged_and_refused(staff):
    taken = CompanyFactory(official_number=korean(7), employees=3)
    first = {"country": "KR", "official_number": korean(1), "name_ko": "가교전자"}
    rows = [
        first,
        {"country": "JP", "official_number": japanese(1), "name_ja": "架橋電子",
         "employees": 12, "offerings": ["フォトレジスト"]},
        {"country": "KR", "official_number": taken.official_number, "name_ko": "남의 회사"},
        {"country": "KR", "official_number": korean(1), "name_ko": "두 번"},
    ]  # fmt: skip
    made = send(staff, FIRMS, rows)
    assert made.status_code == 200, made.json()
    assert statuses(made) == ["created", "created", "refused", "invalid"]
    results = made.json()["results"]
    assert results[2]["errors"][0]["code"] == "firm_taken"
    assert results[3]["errors"][0]["code"] == "repeated"
    firm = Company.objects.get(pk=results[0]["id"])
    assert (firm.state, firm.official_number, firm.name_ko) == ("unclaimed", korean(1), "가교전자")
    assert Offering.objects.filter(company=results[1]["id"]).count() == 1
    again = send(staff, FIRMS, [first | {"website": "https://gagyo.example"}, rows[1]])
    assert statuses(again) == ["updated", "unchanged"]
    assert again.json()["results"][0]["id"] == results[0]["id"]
    taken.refresh_from_db()
    assert taken.employees == 3


def test_faults_are_told_by_pointer_in_the_callers_language(staff):
    rows = [
        {"country": "KR", "official_number": "1234567890", "name_ko": "가"},
        {"country": "FR", "official_number": korean(1), "name_ko": "가", "colour": "red"},
        {"country": "KR", "name_ko": "가", "employees": "many"},
        "no row",
        {"country": "KR", "official_number": korean(2), "name_ko": "\ud800", "industry": True},
    ]
    answer = send(staff, FIRMS, rows, headers={"Accept-Language": "ko"}).json()
    assert answer["invalid"] == 5
    found = {(each["pointer"], each["code"]) for row in answer["results"] for each in row["errors"]}
    assert found == {
        ("/rows/0/official_number", "number_check_digit"),
        ("/rows/1/country", "not_a_country"),
        ("/rows/1/colour", "unknown_field"),
        ("/rows/2/official_number", "number_missing"),
        ("/rows/2/employees", "not_a_number"),
        ("/rows/3", "not_a_row"),
        ("/rows/4/name_ko", "unreadable"),
        ("/rows/4/industry", "not_text"),
    }
    assert answer["results"][0]["errors"][0][
        "detail"
    ] == "법인 번호의 검증 숫자가 맞지 않습니다." or any(
        "가" <= sign <= "힣" for sign in answer["results"][0]["errors"][0]["detail"]
    )
    assert not Company.objects.exists()


def test_all_or_none(staff):
    taken = CompanyFactory(official_number=korean(7))
    good = {"country": "KR", "official_number": korean(1), "name_ko": "가교전자"}
    for bad in ({"country": "KR"}, {"country": "KR", "official_number": taken.official_number,
                                    "name_ko": "나"}):  # fmt: skip
        answer = send(staff, FIRMS, [good, bad], atomic=True)
        assert answer.status_code == 422
        problem = answer.json()
        assert problem["code"] == "invalid"
        assert problem["results"][0]["status"] == "held"
        assert problem["errors"]
        assert Company.objects.exclude(pk=taken.pk).count() == 0
        assert ImportJob.objects.count() == 0
    assert statuses(send(staff, FIRMS, [good], atomic=True)) == ["created"]


def test_what_a_bulk_brought_can_be_taken_back(staff):
    row = {"country": "KR", "official_number": korean(1), "name_ko": "가교전자"}
    told = send(staff, FIRMS, [row, {"country": "KR"}]).json()
    job = ImportJob.objects.get(pk=told["import_id"])
    assert (job.state, job.rows_total, job.rows_bad, job.created_count) == ("done", 2, 1, 1)
    assert AuditEvent.objects.filter(verb="import.finished", object_id=str(job.pk)).exists()
    now = timezone.now()
    revert_import(job=job, reason="test", is_for_worker=False, actor=job.requested_by, now=now)
    work_revert(job=job, clock=timezone.now)
    assert not Company.objects.exists()


def test_too_much_at_once(staff, settings):
    row = {"country": "KR", "official_number": korean(1), "name_ko": "가교전자"}
    assert send(staff, FIRMS, [row] * 1001).status_code == 413
    assert send(staff, FIRMS, []).status_code == 422
    assert staff.post(FIRMS, "[]", "application/json").status_code == 422
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    told = send(staff, FIRMS, [row] * 3, headers={"Idempotency-Key": "k"})
    assert (told.status_code, told.json()["code"]) == (413, "too-large")


def test_a_thousand_rows_with_137_bad_ones(staff):
    """Each row is answered exactly, in few statements for all of them."""
    bad = set(range(3, 1000, 7)) - set(range(900, 1000, 7))
    bad = set(sorted(bad)[:137])
    assert len(bad) == 137
    rows = [
        {
            "country": "KR" if index % 2 else "JP",
            "official_number": (korean if index % 2 else japanese)(index + 1),
            "name_ko" if index % 2 else "name_ja": f"기업 {index}",
            "offerings": ["포토레지스트", "베어링"],
        }
        for index in range(1000)
    ]
    for index in bad:
        rows[index]["official_number"] = "1"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = send(staff, FIRMS, rows, headers={"Idempotency-Key": "thousand"})
    told = answer.json()
    assert (told["created"], told["invalid"]) == (863, 137)
    for index, row in enumerate(told["results"]):
        expected = "invalid" if index in bad else "created"
        assert (row["index"], row["status"], bool(row["id"])) == (index, expected, index not in bad)
        assert bool(row["errors"]) == (index in bad)
    assert Company.objects.count() == 863
    assert len(queries) <= 40
    again = send(staff, FIRMS, rows, headers={"Idempotency-Key": "thousand"})
    assert again.json() == told
    assert again["Idempotent-Replayed"] == "true"
    assert ImportJob.objects.count() == 1
    assert statuses(send(staff, FIRMS, rows)).count("unchanged") == 863


def item(firm, number, **more):
    return {
        "company": str(firm.pk), "reference": f"A-{number}", "language": "ko",
        "title_ko": f"포토레지스트 {number}", "text_ko": "감광액입니다.",
        "cooperation": ["supply"], "concepts": ["resist"], "hs6": ["370790"], **more,
    }  # fmt: skip


def test_items_are_made_changed_and_found_unchanged(firm, owner):
    ConceptFactory(code="resist")
    UnitFactory(code="kg")
    by_hand = OfferingFactory(company=firm, lead_time_days=10)
    rows = [item(firm, 1, unit="kg", annual_volume="12.5"), item(firm, 2)]
    made = send(owner, OFFERINGS, rows)
    assert statuses(made) == ["created", "created"], made.json()
    first = Offering.objects.get(source_id="A-1")
    assert [each.code for each in first.concepts.all()] == ["resist"]
    moved = first.material_at
    again = send(
        owner,
        OFFERINGS,
        [
            rows[0],
            {"company": str(firm.pk), "reference": "A-2", "lead_time_days": 30},
            {"id": str(by_hand.pk), "lead_time_days": 20, "reference": "H-1"},
            {"id": str(by_hand.pk), "lead_time_days": 21},
        ],
    )
    assert statuses(again) == ["unchanged", "updated", "updated", "invalid"]
    assert again.json()["results"][3]["errors"][0]["code"] == "repeated"
    first.refresh_from_db()
    by_hand.refresh_from_db()
    assert first.material_at == moved
    assert (by_hand.lead_time_days, by_hand.source_id) == (20, "H-1")
    assert Offering.objects.get(source_id="A-2").lead_time_days == 30
    assert owner.get(f"/api/v1/offerings/{by_hand.pk}/").json()["reference"] == "H-1"


def test_faulty_items_are_told_and_stop_no_others(firm, owner):
    ConceptFactory(code="resist")
    other = OfferingFactory()
    rows = [
        item(firm, 1, concepts=["nothing"], colour="red"),
        item(firm, 2, cooperation=["love"], concepts=["unheard"], hs6=["37"]),
        item(other.company, 3),
        {"id": str(other.pk), "lead_time_days": 3},
        item(firm, 5, concepts=[], hs6=[]),
        {"company": str(firm.pk), "language": "ko"},
        item(firm, 7),
        item(firm, 8, reference=8),
        7,
    ]
    told = send(owner, OFFERINGS, rows).json()
    codes = {(each["pointer"], each["code"]) for row in told["results"] for each in row["errors"]}
    assert codes == {
        ("/rows/0/colour", "unknown_field"),
        ("/rows/1/cooperation/0", "invalid_choice"),
        ("/rows/1/concepts", "does_not_exist"),
        ("/rows/1/hs6/0", "invalid"),
        ("/rows/2/company", "does_not_exist"),
        ("/rows/3/id", "does_not_exist"),
        ("/rows/4/concepts", "concept_missing"),
        ("/rows/5/reference", "required"),
        ("/rows/7/reference", "invalid"),
        ("/rows/8", "not_a_row"),
    }
    assert [row["status"] for row in told["results"]][4:7] == ["invalid", "invalid", "created"]
    assert Offering.objects.filter(company=firm).count() == 1
    held = send(owner, OFFERINGS, [item(firm, 9), rows[0]], atomic=True)
    assert held.status_code == 422
    assert [row["status"] for row in held.json()["results"]] == ["held", "invalid"]
    assert Offering.objects.filter(company=firm).count() == 1


def test_who_writes_whose_items(firm, staff):
    ConceptFactory(code="resist")
    unclaimed = CompanyFactory(unclaimed=True)
    told = send(staff, "/api/v1/needs/bulk/", [item(unclaimed, 1), item(firm, 2)]).json()
    assert [row["status"] for row in told["results"]] == ["created", "refused"]
    assert Need.objects.get().company == unclaimed
    supervisor = program(StaffFactory(staff_role="supervisor"), "firm")
    assert send(supervisor, OFFERINGS, [item(unclaimed, 3)]).json()["invalid"] == 1
    reviewer = program(StaffFactory(), "firm")
    assert send(reviewer, OFFERINGS, [item(unclaimed, 3)]).json()["invalid"] == 1
    viewer = program(MembershipFactory(company=firm, role="viewer").user, "firm")
    refused = send(viewer, OFFERINGS, [item(firm, 4)]).json()["results"][0]
    assert (refused["status"], refused["errors"][0]["code"]) == ("refused", "forbidden")


@pytest.mark.parametrize("number", [3, 30])
def test_items_cost_the_same_however_many(number, firm, owner, django_assert_max_num_queries):
    """Savepoints, log-in and the log of uses counted in."""
    lenient_policy()
    ConceptFactory(code="resist")
    ConceptFactory(code="slurry")
    made = [item(firm, each) for each in range(number)]
    changed = [
        row | {"title_ko": f"현상액 {row['reference']}", "concepts": ["slurry"]} for row in made
    ]
    for rows, status, most in ((made, "created", 22), (changed, "updated", 26), (changed, "", 11)):
        with django_assert_max_num_queries(most):
            answered = send(owner, OFFERINGS, rows)
        assert statuses(answered) == [status or "unchanged"] * number
    stored = Offering.objects.filter(company=firm)
    assert stored.filter(concepts__code="slurry", title_ko__startswith="현상액").count() == number
    assert not stored.filter(concepts__code="resist")


def test_each_item_of_a_bulk_is_in_the_trail_and_the_firm_is_matched_once(firm, owner):
    lenient_policy()
    ConceptFactory(code="resist")
    send(owner, OFFERINGS, [item(firm, each) for each in range(3)])
    rows = [item(firm, 1, lead_time_days=3), item(firm, 2), item(firm, 3), item(firm, 4, hs6=["x"])]
    send(owner, OFFERINGS, rows)
    person = firm.memberships.get().user
    trail = [
        (event.verb, Offering.objects.get(pk=event.object_id).source_id)
        for event in AuditEvent.objects.filter(actor=person, data__has_key="by_token").order_by(
            "pk"
        )
    ]
    made = [("offering.created", f"A-{each}") for each in range(3)]
    assert trail == [*made, ("offering.edited", "A-1"), ("offering.created", "A-3")]
    assert MatchRun.objects.get().company == firm


def test_an_item_that_cannot_stand_beside_another_spoils_none(firm, owner):
    ConceptFactory(code="resist")
    taken = OfferingFactory(company=firm, source_id="A-9")
    other = OfferingFactory(company=firm, source_id="A-8", hs6=["370790"])
    rows = [item(firm, 1), {"id": str(other.pk), "reference": "A-9"}, item(firm, 3)]
    answered = send(owner, OFFERINGS, rows)
    assert statuses(answered) == ["created", "refused", "created"]
    refused = answered.json()["results"][1]
    assert (refused["id"], refused["errors"][0]["code"]) == (None, "state-changed")
    stored = dict(Offering.objects.filter(company=firm).values_list("source_id", "pk"))
    assert stored.keys() == {"A-1", "A-3", "A-8", "A-9"}
    assert (stored["A-9"], stored["A-8"]) == (taken.pk, other.pk)
    assert all(row.concepts.count() == 1 for row in Offering.objects.filter(source_id="A-3"))
    assert AuditEvent.objects.filter(verb__startswith="offering.").count() == 2
    held = send(owner, OFFERINGS, [rows[1], item(firm, 5)], atomic=True)
    assert [row["status"] for row in held.json()["results"]] == ["refused", "held"]
    assert not Offering.objects.filter(source_id="A-5")


def test_a_thousand_items_with_137_bad_ones(firm, owner):
    ConceptFactory(code="resist")
    bad = set(range(5, 5 + 137 * 7, 7))
    rows = [item(firm, each, **({"hs6": ["x"]} if each in bad else {})) for each in range(1000)]
    told = send(owner, OFFERINGS, rows).json()
    assert (told["created"], told["invalid"]) == (863, 137)
    assert {row["index"] for row in told["results"] if row["errors"]} == bad
    assert Offering.objects.filter(company=firm).count() == 863
