"""The staff's imports before and after: dry run, stops, files, repeats, how long what is kept."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from common.models import AuditEvent
from companies import tasks
from companies.choices import ImportState
from companies.models import Company, ImportJob, Offering
from companies.services import import_work, imports
from mailing.models import Message
from tests.companies.lists import (
    checked_import,
    counts,
    csv_bytes,
    finished_import,
    firm_row,
    spoiled,
)
from tests.companies.test_import_views import page_of, upload, uploaded
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
LIST = reverse("companies:imports")


@pytest.fixture
def supervisor(client):
    user = StaffFactory(staff_role=StaffRole.SUPERVISOR, name="Kim Suyeong")
    client.force_login(user)
    return user


def test_the_dry_run_says_what_the_import_then_does(client, supervisor):
    finished_import(csv_bytes([firm_row(1, "軸受、歯車"), firm_row(2)]), source_list="a")
    before = list(Company.objects.order_by("pk").values())
    changed = [*firm_row(1, "歯車、ポンプ")[:3], "999"]
    content = csv_bytes([changed, firm_row(2), firm_row(3), spoiled(4)])
    job = checked_import(content, source_list="a")
    assert list(Company.objects.order_by("pk").values()) == before
    foreseen = {name: count for name, count in job.forecast.items() if name != "differences"}
    assert foreseen == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "items": 2,
        "items_changed": 0,
        "items_closed": 1,
    }
    page = client.get(page_of(job))
    told = page.context["differences"]
    assert [(each["line"], each["name"]) for each in told] == [
        (2, "株式会社第1工業"),
        (2, "軸受"),
    ]
    assert told[0]["fields"] == [("employees", "120", "999")]
    assert told[1]["fields"] == [("state", "open", "closed")]
    assert "What importing would do" in page.text
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    job = import_work.run_import(job=job, clock=timezone.now)
    assert counts(job) == (1, 1, 1, 1)
    assert job.items_count == foreseen["items"]
    assert Offering.objects.filter(state="closed").count() == foreseen["items_closed"]


@pytest.mark.parametrize("is_all_or_nothing", [False, True])
def test_a_stop_while_rows_are_written(client, supervisor, monkeypatch, is_all_or_nothing):
    monkeypatch.setattr("companies.services.import_work.CHUNK", 2)
    job = checked_import(
        csv_bytes([firm_row(n) for n in range(6)]), is_all_or_nothing=is_all_or_nothing
    )
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    ticks = iter(range(9))

    def clock():
        # While the second chunk is written somebody presses the button.
        if next(ticks) == 2:
            assert "can be taken back afterwards" in client.get(page_of(job)).text or (
                is_all_or_nothing
            )
            client.post(page_of(job, "import_cancel"))
        return timezone.now()

    import_work.run_import(job=job, clock=clock)
    job = ImportJob.objects.get(pk=job.pk)
    assert job.state == ImportState.CANCELLED
    written = 0 if is_all_or_nothing else 4
    assert (job.rows_done, Company.objects.count()) == (written, written)
    told = "Nothing of it was written." if is_all_or_nothing else "The 4 rows that had been"
    assert told in client.get(page_of(job)).text
    assert not Message.objects.exists()
    if written:
        client.post(page_of(job, "import_revert"), {"reason": "half of it"})
        tasks.revert_import(job_id=str(job.pk))
        assert not Company.objects.exists()


@pytest.mark.parametrize(("is_all_or_nothing", "state"), [(False, "done"), (True, "cancelled")])
def test_a_stop_while_the_last_block_is_written(client, supervisor, is_all_or_nothing, state):
    job = checked_import(
        csv_bytes([firm_row(n) for n in range(3)]), is_all_or_nothing=is_all_or_nothing
    )
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    ticks = iter(range(9))

    def clock():
        if next(ticks) == 1:
            client.post(page_of(job, "import_cancel"))
        return timezone.now()

    import_work.run_import(job=job, clock=clock)
    job = ImportJob.objects.get(pk=job.pk)
    assert (job.state, Company.objects.count()) == (state, 3 if state == "done" else 0)
    if state == "done":
        assert "The stop came too late" in client.get(page_of(job)).text


def test_the_whole_way_back_through_the_page(client, supervisor):
    job = finished_import(csv_bytes([firm_row(1), firm_row(2)]))
    assert "Take this import back" in client.get(page_of(job)).text
    client.post(page_of(job, "import_revert"), {"reason": ""})
    assert ImportJob.objects.get(pk=job.pk).state == ImportState.DONE

    held = Company.objects.first()
    held.save()
    client.post(page_of(job, "import_revert"), {"reason": "wrong year"})
    page = client.get(page_of(job))
    assert "it is looked up what others have built on it" in page.text
    tasks.revert_import(job_id=str(job.pk))
    page = client.get(page_of(job))
    assert "others have built on it" in page.text
    assert "It was changed by hand since." in page.text
    assert Company.objects.count() == 2

    client.post(page_of(job, "import_revert"), {"reason": "wrong year", "is_of_rest": "on"})
    tasks.revert_import(job_id=str(job.pk))
    page = client.get(page_of(job))
    assert "This import was taken back" in page.text
    assert "Kim Suyeong" in page.text
    assert "wrong year" in page.text
    assert list(Company.objects.all()) == [held]
    # What firms see: the directory has never had them, and is as it was.
    assert held.name_ja not in client.get(reverse("companies:directory"), {"q": "工業"}).text
    assert not Message.objects.exists()
    told = AuditEvent.objects.get(verb="import.reverted")
    assert (told.actor, told.data["kept"]) == (supervisor, 2)


def test_the_same_file_again_is_warned_of(client, supervisor):
    content = csv_bytes([firm_row(1)])
    job = uploaded(client, content)
    assert "This very file was imported before" not in client.get(page_of(job)).text
    finished_import(content, filename="first.csv")
    page = client.get(page_of(job)).text
    assert "This very file was imported before" in page
    assert "first.csv" in page


def test_the_corrected_file_is_linked_and_keeps_the_columns(client, supervisor):
    header = ("甲", "乙")
    parent = checked_import(
        csv_bytes([["一社", "1"], ["二社", "x"]], header=header),
        columns={0: "name_ja", 1: "employees"},
        country="JP",
        source_list="club",
    )
    content = b"".join(client.get(page_of(parent, "import_errors")).streaming_content)
    again = f"{reverse('companies:import_new')}?corrects={parent.pk}"
    assert "The corrected bad rows of" in client.get(again).text
    fixed = content.decode("utf-8-sig").replace(",x,", ",2,").encode()
    assert client.post(again, {"file": SimpleUploadedFile("fixed.csv", fixed)}).status_code == 302
    job = ImportJob.objects.latest("created_at")
    assert (job.corrects, job.country, job.source_list) == (parent, "JP", "club")
    assert job.columns == {"0": "name_ja", "1": "employees"}
    assert "Bad rows were handed in again in" in client.get(page_of(parent)).text
    for nonsense in ("x", str(job.requested_by_id), "\x00"):
        page = client.get(reverse("companies:import_new"), {"corrects": nonsense})
        assert page.status_code == 200


def test_the_original_file_is_given_out_and_noted(client, supervisor):
    content = csv_bytes([firm_row(1)], encoding="cp932")
    job = finished_import(content, filename="원본.csv")
    answer = client.get(page_of(job, "import_file"))
    assert answer.content == content
    assert "attachment" in answer.headers["Content-Disposition"]
    assert AuditEvent.objects.get(verb="import.downloaded").actor == supervisor


def test_the_history_is_filtered(client, supervisor):
    upload(client, csv_bytes([firm_row(1)]), "회원사.csv")
    other = finished_import(csv_bytes([firm_row(2)]), filename="club.csv", source_list="club-2026")
    ImportJob.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(days=9))

    def names(**wanted):
        return [job.filename for job in client.get(LIST, wanted).context["page"]]

    assert names() == ["회원사.csv", "club.csv"]
    assert names(q="회원") == names(state="uploaded") == names(by=supervisor.pk) == ["회원사.csv"]
    assert names(q="club-2026") == names(state="done") == ["club.csv"]
    assert names(since=timezone.localdate().isoformat()) == ["회원사.csv"]
    assert names(since="x", state="nonsense") == ["회원사.csv", "club.csv"]
    assert "No import fits these filters" in client.get(LIST, {"q": "nothing"}).text


def test_old_files_are_forgotten_and_their_counts_stay_told(client, supervisor, settings):
    settings.IMPORT_KEEP_DAYS = 30
    old = finished_import(csv_bytes([firm_row(1), spoiled(2)]))
    left = uploaded(client, csv_bytes([firm_row(3)]))
    fresh = finished_import(csv_bytes([firm_row(4)]))
    past = timezone.now() - timedelta(days=31)
    ImportJob.objects.filter(pk__in=[old.pk, left.pk]).update(created_at=past)
    assert imports.forget_old_imports(now=timezone.now()) == 2
    assert imports.forget_old_imports(now=timezone.now()) == 0
    old, left, fresh = (ImportJob.objects.get(pk=each.pk) for each in (old, left, fresh))
    assert (bytes(old.content), old.created_count, old.errors.count(), old.changes.count()) == (
        b"",
        1,
        0,
        0,
    )
    assert left.state == ImportState.CANCELLED
    assert bytes(fresh.content)
    page = client.get(page_of(old))
    assert "have been erased" in page.text
    assert "Take this import back" not in page.text
    assert client.get(page_of(old, "import_file")).status_code == 404


def test_reviewers_look_and_do_not_take_back(client):
    client.force_login(StaffFactory())
    job = finished_import(csv_bytes([firm_row(1)]))
    assert "Take this import back" not in client.get(page_of(job)).text
    assert client.post(page_of(job, "import_revert"), {"reason": "x"}).status_code == 403
    assert client.get(page_of(job, "import_file")).status_code == 403
