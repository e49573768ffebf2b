"""Lists brought in through the API: the pages' own services, asked for and watched by programs."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from companies.models import Company, ImportJob, Offering, SavedMapping
from companies.services import import_work, reverting
from tests.api.callers import inside, program
from tests.companies.lists import HEADER, csv_bytes, firm_row, spoiled, xlsx_bytes
from tests.factories import CompanyFactory, ConceptFactory, MembershipFactory, StaffFactory

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/imports/"


@pytest.fixture
def person():
    return StaffFactory(staff_role="supervisor", language="en")


@pytest.fixture
def staff(person):
    return program(person, "data")


def post(client, path, body, **headers):
    return client.post(path, json.dumps(body), "application/json", headers=headers)


def upload(client, content, name="firms.csv", headers=None, **more):
    file = SimpleUploadedFile(name, content)
    return client.post(IMPORTS, {"file": file, **more}, headers=headers or {})


def work(answer):
    """What a worker does once it is woken."""
    job = ImportJob.objects.get(pk=answer.json()["id"])
    if job.state == "checking":
        import_work.check_import(job=job, clock=timezone.now)
    if job.state == "queued":
        import_work.run_import(job=job, clock=timezone.now)
    if job.state == "reverting":
        reverting.work_revert(job=job, clock=timezone.now)
    return job


def test_a_file_is_checked_and_written_without_another_word(
    staff, django_capture_on_commit_callbacks
):
    rows = [*(firm_row(serial) for serial in range(1, 4)), spoiled(9)]
    with django_capture_on_commit_callbacks() as kicked:
        begun = upload(staff, csv_bytes(rows), country="JP")
    assert begun.status_code == 202, begun.json()
    assert len(kicked) == 1
    address = begun["Location"]
    assert address == f"{IMPORTS}{begun.json()['id']}/"
    assert staff.get(address).json()["state"] == "checking"
    work(begun)
    told = staff.get(address).json()
    assert told["state"] == "done"
    assert told["rows"] == {"total": 4, "done": 3, "bad": 1}
    assert told["written"]["created"] == 3
    assert told["columns"] == {
        "法人番号": "official_number", "企業名": "name_ja", "事業内容": "offerings",
        "従業員数": "employees",
    }  # fmt: skip
    assert told["can_be_reverted"] is True
    faults = staff.get(f"{address}errors/").json()["results"]
    assert [(fault["line"], fault["column"], fault["code"]) for fault in faults] == [
        (5, "法人番号", "number_check_digit")
    ]
    file = staff.get(f"{address}error-file/")
    assert "gagyo_fault" in b"".join(file).decode("utf-8-sig")
    for wrong in ("klingon", ""):
        assert staff.get(f"{address}error-file/?encoding={wrong}").status_code == 422
    assert post(staff, f"{address}start/", {}).json()["code"] == "state-changed"
    undone = post(staff, f"{address}revert/", {"reason": "The wrong list."})
    assert undone.status_code == 202
    work(undone)
    assert staff.get(address).json()["state"] == "reverted"
    assert not Company.objects.exists()


def test_a_dry_run_says_what_would_be_and_writes_when_asked(staff):
    begun = post(
        staff,
        IMPORTS,
        {
            "rows": [{"번호": "124-81-00998", "회사": '가교전자, "주"; \t=끝', "제품": ["식각액"]}],
            "columns": {"번호": "official_number", "회사": "name_ko", "제품": "offerings"},
            "country": "KR",
            "source_list": "members",
            "dry_run": True,
        },
    )
    assert begun.status_code == 202, begun.json()
    work(begun)
    told = staff.get(begun["Location"]).json()
    assert (told["state"], told["forecast"]["created"]) == ("checked", 1)
    assert not Company.objects.exists()
    started = post(staff, f"{begun['Location']}start/", {})
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    work(started)
    firm = Company.objects.get()
    assert (firm.name_ko, firm.source_list) == (
        '가교전자, "주"; \t=끝'.replace("\t", ""),
        "members",
    )


def test_a_firm_brings_in_its_own_items(staff):
    firm = CompanyFactory(with_owner=True)
    ConceptFactory(code="etchant", label_ko="식각액")
    owner = program(firm.memberships.get().user, "firm")
    rows = [{"코드": "A-1", "품목명": "고순도 식각액", "설명": "공정용", "분류": "식각액"}]
    body = {"company": str(firm.pk), "item_kind": "offering", "rows": rows}
    begun = post(owner, IMPORTS, body)
    assert begun.status_code == 202, begun.json()
    work(begun)
    assert Offering.objects.get().company == firm
    assert [row["id"] for row in owner.get(IMPORTS).json()["results"]] == [begun.json()["id"]]
    assert staff.get(begun["Location"]).status_code == 404
    viewer = program(MembershipFactory(company=firm, role="viewer").user, "firm")
    assert viewer.get(begun["Location"]).status_code == 200
    assert post(viewer, IMPORTS, body).status_code == 403
    assert post(viewer, f"{begun['Location']}cancel/", {}).status_code == 403
    other = program(CompanyFactory(with_owner=True).memberships.get().user, "firm")
    refused = post(other, IMPORTS, body)
    assert refused.json()["errors"][0]["pointer"] == "/company"
    assert post(other, IMPORTS, {"rows": rows}).status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"rows": [{"x": "1"}], "country": "KR"}, "/columns", "no_name_column"),
        ({"rows": [{"회사명": "가"}], "columns": {"y": "name_ko"}}, "/columns", "missing_column"),
        ({"rows": [{"이름": "가"}], "columns": {"이름": "name_en"}}, "/country", "no_country"),
        ({"rows": [{"x": "1"}], "columns": {"x": "colour"}}, "/columns/colour", "invalid"),
        ({}, "/file", "invalid"),
        ({"rows": [{"회사명": "가"}], "company": "nobody"}, "/company", "incorrect_type"),
        ({"rows": [{"회사명": "가"}], "corrects": "0a4f1a52-9f1c-4f3a-8d51-64a0c9c6a0fd"},
         "/corrects", "does_not_exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_leaves_nothing(staff, body, pointer, code):
    answer = post(staff, IMPORTS, body)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["pointer"], error["code"]) in {(pointer, code), (pointer, "invalid")}
    assert ImportJob.objects.count() == 0


def test_a_firms_own_list_is_no_public_list():
    """What its page does not ask: fields of firms or of needs, and mappings that staff share."""
    member = MembershipFactory()
    client = program(member.user, "firm")
    SavedMapping.objects.create(name="KRX", columns={"x": "name_ko"}, created_at=timezone.now())
    own = {"company": str(member.company_id), "item_kind": "offering",
           "rows": [{"x": "감광액", "y": "30"}], "columns": {"x": "title_ko"}}  # fmt: skip
    for code in ("max_lead_time_days", "official_number"):
        answer = post(client, IMPORTS, own | {"columns": {"x": "title_ko", "y": code}})
        assert [each["pointer"] for each in answer.json()["errors"]] == [f"/columns/{code}"]
    for more in (
        {"save_as": "KRX"},
        {"country": "JP"},
        {"source_list": "x"},
        {"preset": "kr_listed"},
    ):
        answer = post(client, IMPORTS, own | more)
        assert (answer.status_code, answer.json()["code"]) == (422, "rule-violated")
    assert not ImportJob.objects.exists()
    assert SavedMapping.objects.get().columns == {"x": "name_ko"}
    assert post(client, IMPORTS, own | {"country": "KR"}).status_code == 202


def test_files_that_are_no_lists(staff, settings):
    assert upload(staff, b"\x00\x01\x02").json()["errors"][0]["code"] == "not_a_table"
    settings.IMPORT_MAX_BYTES = 100
    assert upload(staff, csv_bytes([firm_row(1)] * 50)).status_code == 413


def test_a_large_file_with_a_key_comes_in_once(staff, person, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5000
    content = xlsx_bytes([firm_row(serial) for serial in range(1, 200)])
    assert len(content) > 5000
    key = {"Idempotency-Key": "list-1"}
    first = upload(staff, content, "firms.xlsx", key, country="JP")
    again = upload(staff, content, "firms.xlsx", key, country="JP")
    assert (first.status_code, first.content) == (202, again.content)
    assert again["Location"] == first["Location"]
    assert upload(staff, csv_bytes([firm_row(1)]), "firms.xlsx", key).json()["code"] == "key-reused"
    assert ImportJob.objects.count() == 1
    browser = inside(person)
    assert upload(browser, content, "firms.xlsx", {"Idempotency-Key": "b"}).status_code == 202


def test_a_reviewer_watches_and_does_not_start(staff):
    begun = upload(staff, csv_bytes([firm_row(1)]))
    reviewer = program(StaffFactory(), "reviewer")
    assert reviewer.get(begun["Location"]).status_code == 200
    assert upload(reviewer, csv_bytes([firm_row(1)])).json()["code"] == "wrong-scope"
    person = inside(StaffFactory())
    assert upload(person, csv_bytes([firm_row(1)])).json()["code"] == "forbidden"
    assert post(person, f"{begun['Location']}cancel/", {}).json()["code"] == "forbidden"
    assert post(staff, f"{begun['Location']}cancel/", {}).json()["state"] == "cancelled"


def test_lists_of_imports_ask_the_same_number_of_queries(staff, django_assert_max_num_queries):
    for number in (1, 2):
        for each in range(number):
            upload(staff, csv_bytes([firm_row(each)]))
        with django_assert_max_num_queries(4):
            assert staff.get(IMPORTS).status_code == 200
    with django_assert_max_num_queries(8):
        assert staff.get(f"{IMPORTS}{ImportJob.objects.first().pk}/").status_code == 200
    assert len(HEADER) == 4
