"""The staff's import pages: from the upload to the result, and who may do what."""

import socket
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from companies import tasks
from companies.choices import ImportState
from companies.models import Company, ImportJob, SavedMapping
from companies.services import imports
from tests.companies.lists import (
    HEADER,
    checked_import,
    csv_bytes,
    finished_import,
    firm_row,
    spoiled,
)
from tests.factories import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = reverse("companies:imports")
NEW = reverse("companies:import_new")
LIST_QUERIES = 8
DETAIL_QUERIES = 12


@pytest.fixture
def supervisor(client):
    user = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    client.force_login(user)
    return user


def page_of(job: ImportJob, name: str = "import_detail") -> str:
    return reverse(f"companies:{name}", args=[job.pk])


def upload(client, content: bytes, name: str = "list.csv"):
    return client.post(NEW, {"file": SimpleUploadedFile(name, content)})


def uploaded(client, content: bytes) -> ImportJob:
    assert upload(client, content).status_code == 302
    return ImportJob.objects.latest("created_at")


def mapping(job: ImportJob, **changed: str) -> dict[str, str]:
    columns = {f"column_{position}": code for position, code in job.columns.items()}
    return {"country": job.country, "source_list": "a-list", **columns, **changed}


def test_the_whole_way(client, supervisor):
    job = uploaded(client, csv_bytes([firm_row(1), spoiled(2)]))
    answer = client.get(page_of(job))
    assert answer.templates[0].name == "companies/imports/mapping.html"
    columns = answer.context["columns"]
    assert [field.label for field, _cells in columns] == list(HEADER)
    assert columns[1][1] == ["株式会社第1工業", "株式会社誤2"]

    answer = client.post(page_of(job), mapping(job, save_as="Club"))
    assert answer.url == page_of(job)
    assert "are being checked" in client.get(page_of(job)).text
    tasks.check_import(job_id=str(job.pk))
    answer = client.get(page_of(job))
    assert "1 of 2 rows are good" in answer.text
    assert "The check digit of the official number is wrong." in answer.text
    assert "株式会社第1工業" in answer.text

    client.post(page_of(job, "import_start"))
    assert "Importing the rows" in client.get(page_of(job)).text
    assert not Company.objects.exists()
    tasks.run_import(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.created_count, job.requested_by) == ("done", 1, supervisor)
    assert "New firms" in client.get(page_of(job)).text
    assert SavedMapping.objects.get().created_by == supervisor
    assert job.filename in client.get(LIST).text


def test_the_moving_part_asks_for_the_page_again_when_the_work_is_over(client, supervisor):
    job = uploaded(client, csv_bytes([firm_row(1)]))
    client.post(page_of(job), mapping(job))
    poll = {"headers": {"HX-Request": "true"}}
    answer = client.get(page_of(job), **poll)
    assert answer.text.lstrip().startswith('<section id="import-progress"')
    assert "HX-Refresh" not in answer.headers
    tasks.check_import(job_id=str(job.pk))
    assert client.get(page_of(job), **poll).headers["HX-Refresh"] == "true"


def test_reviewers_look_and_strangers_find_nothing(client):
    job = checked_import(csv_bytes([firm_row(1), spoiled(2)]))
    client.force_login(StaffFactory())
    assert client.get(LIST).status_code == 200
    assert "Import 1 row" not in client.get(page_of(job)).text
    assert client.get(page_of(job, "import_errors")).status_code == 200
    for url in (page_of(job), page_of(job, "import_start"), page_of(job, "import_cancel"), NEW):
        assert client.post(url).status_code == 403
    assert "supervisor" in client.get(NEW).text.lower()
    client.force_login(UserFactory())
    for name in ("import_detail", "import_start", "import_cancel", "import_errors"):
        assert client.get(page_of(job, name)).status_code == 404
    assert client.get(LIST).status_code == client.get(NEW).status_code == 404


def test_an_unreadable_file_is_told_at_the_field(client, supervisor):
    answer = upload(client, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "list.xls")
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "file": ["This is an old Excel file. Save it as .xlsx or as CSV."]
    }
    assert upload(client, b"").context["form"].errors == {"file": ["The file holds no rows."]}
    assert not ImportJob.objects.exists()


def test_a_file_that_is_too_large_is_told_at_the_field(client, supervisor, settings):
    settings.IMPORT_MAX_BYTES = 1 << 20
    for size in ((1 << 20) + 1, 3 << 20):
        answer = upload(client, b"x" * size)
        assert answer.status_code in {413, 422}
        assert answer.context["form"].errors == {
            "file": ["The file is larger than 1 MB. Split it and import the parts."]
        }


@pytest.mark.django_db(transaction=True)
def test_a_huge_upload_is_answered_without_being_parsed_or_stored(live_server, client):
    """200 MB are claimed; the sender gives up early. Nothing of it becomes a file or a form."""
    client.force_login(StaffFactory(staff_role=StaffRole.SUPERVISOR))
    address = urlsplit(live_server.url)
    head = (
        f"POST {NEW} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 209715200\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nAccept-Language: en\r\n"
        f"Cookie: sessionid={client.cookies['sessionid'].value}\r\n\r\n--x\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"x" * 100_000)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.splitlines()[0].split()[1] == "413"
    assert "The file is larger than 50 MB." in answer


def test_the_upload_is_guarded_against_forged_requests(supervisor):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(supervisor)
    assert upload(strict, csv_bytes([firm_row(1)])).status_code == 403
    assert not ImportJob.objects.exists()


def test_a_mapping_is_returned_with_what_was_chosen_and_what_is_wrong(client, supervisor):
    job = uploaded(client, csv_bytes([firm_row(1)]))
    answer = client.post(page_of(job), mapping(job, column_2="name_ja", country=""))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors["column_2"] == ["Another column is mapped to this field already."]
    assert form["column_2"].value() == "name_ja"
    assert "country" in form.errors
    answer = client.post(page_of(job), mapping(job, column_1=""))
    assert answer.context["form"].non_field_errors() == ["No column is mapped to a firm's name."]
    job.refresh_from_db()
    assert job.state == ImportState.UPLOADED


def test_a_known_list_is_recognised_and_a_spoiled_one_warned_of(client, supervisor):
    header = ["회사명", "종목코드", "업종", "주요제품", "홈페이지", "지역"]
    row = ["가교전자", "005930", "전자", "센서", "", "서울"]
    job = uploaded(client, csv_bytes([row], header))
    assert "Korea Exchange: listed firms" in client.get(page_of(job)).text
    assert client.get(page_of(job)).context["form"]["preset"].value() == "kr_listed"
    spoiled_list = uploaded(client, csv_bytes([row], ["회사명", "코드", *header[2:]]))
    assert (
        "these columns are missing or stand twice: 종목코드"
        in client.get(page_of(spoiled_list)).text
    )


def test_a_mapping_begins_with_a_known_list_or_a_saved_mapping(client, supervisor):
    first = uploaded(client, csv_bytes([["x", "y"]], ["甲", "乙"]))
    given = {"column_0": "name_ja", "country": "JP", "source_list": "club", "save_as": "Club"}
    client.post(page_of(first), given)
    saved = SavedMapping.objects.get()
    job = uploaded(client, csv_bytes([["x", "y"]], ["乙", "甲"]))
    form = client.get(page_of(job), {"use": f"saved:{saved.pk}"}).context["form"]
    assert form["column_1"].value() == "name_ja"
    assert (form["country"].value(), form["source_list"].value()) == ("JP", "club")
    form = client.get(page_of(job), {"use": "preset:jp_enquiries"}).context["form"]
    assert (form["preset"].value(), form["country"].value()) == ("jp_enquiries", "JP")
    for nonsense in ("saved:99999", "saved:x", "preset:x", "\x00"):
        assert client.get(page_of(job), {"use": nonsense}).status_code == 200


def test_the_columns_can_be_changed_after_the_check(client, supervisor):
    job = checked_import(csv_bytes([firm_row(1)]), actor=supervisor)
    answer = client.get(page_of(job), {"map": ""})
    assert answer.templates[0].name == "companies/imports/mapping.html"
    client.post(page_of(job), mapping(job, column_3=""))
    job.refresh_from_db()
    assert (job.state, "3" in job.columns) == (ImportState.CHECKING, False)
    client.post(page_of(job), mapping(job))
    assert "The rows are being checked already." in client.get(page_of(job)).text


def test_a_second_click_is_told_that_it_came_late(client, supervisor):
    job = checked_import(csv_bytes([firm_row(1)]))
    client.post(page_of(job, "import_start"))
    answer = client.post(page_of(job, "import_start"), follow=True)
    assert "This has changed in the meantime." in answer.text
    client.post(page_of(job, "import_cancel"))
    job.refresh_from_db()
    assert job.state == ImportState.CANCELLED


def test_all_or_nothing_with_bad_rows_offers_no_import(client, supervisor):
    job = checked_import(csv_bytes([firm_row(1), spoiled(2)]), is_all_or_nothing=True)
    answer = client.get(page_of(job))
    assert page_of(job, "import_start") not in answer.text
    assert "All rows or none were asked for" in answer.text


def test_bad_rows_are_listed_in_pages_and_given_as_a_file(client, supervisor):
    job = checked_import(csv_bytes([spoiled(n) for n in range(120)]))
    answer = client.get(page_of(job), {"page": 3})
    assert [error.line for error, _sentence in answer.context["said"]] == list(range(102, 122))
    answer = client.get(page_of(job, "import_errors"))
    content = b"".join(answer.streaming_content)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="list-errors.csv"'
    assert content.startswith("\ufeff".encode())
    assert len(content.splitlines()) == 121


def test_the_file_of_bad_rows_in_another_encoding(client, supervisor):
    job = checked_import(csv_bytes([["삼성", "가나다"]], ["회사명", "종업원수"]))
    answer = client.get(page_of(job, "import_errors"), {"encoding": "cp949"})
    assert "삼성" in b"".join(answer.streaming_content).decode("cp949")
    answer = client.get(page_of(job, "import_errors"), {"encoding": "cp932"}, follow=True)
    assert "hold characters that CP932 cannot write" in answer.text
    assert client.get(page_of(job, "import_errors"), {"encoding": "rot13"}).status_code == 200


def test_a_failure_is_told_in_the_readers_language(client, supervisor):
    job = checked_import(csv_bytes([]))
    assert "The file holds no rows." in client.get(page_of(job)).text


@pytest.mark.parametrize("count", [1, 3])
def test_query_budgets(client, supervisor, django_assert_num_queries, count):
    for number in range(count):
        job = finished_import(csv_bytes([firm_row(number), spoiled(90 + number)]))
        ImportJob.objects.filter(pk=job.pk).update(requested_by=supervisor)
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    with django_assert_num_queries(DETAIL_QUERIES):
        client.get(page_of(job))


def test_the_list_never_loads_the_files_themselves(client, supervisor):
    checked_import(csv_bytes([firm_row(1)]))
    now = timezone.now()
    imports.create_import(filename="b.csv", content=b"a,b\n1,2\n", actor=supervisor, now=now)
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    assert any('"filename"' in query["sql"] for query in queries)
    assert not any('"content"' in query["sql"] for query in queries)
