"""An import from the file to the firms: all faults told, nothing twice, nothing half."""

from pathlib import Path

import pytest
from django.utils import timezone

from common.errors import StateChanged
from common.models import AuditEvent
from companies import tasks
from companies.choices import CompanyState, ImportState, ItemState
from companies.importing.unreadable import UnreadableFile
from companies.models import Company, ImportJob, ImportRowError, Need, Offering, SavedMapping
from companies.queries import recipients
from companies.services import import_work, imports
from mailing.models import Message
from tests.companies.lists import (
    HEADER,
    checked_import,
    counts,
    csv_bytes,
    finished_import,
    firm_row,
    xlsx_bytes,
)
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    RegionFactory,
    SectorFactory,
    StaffFactory,
    japanese_number,
)

ROOT = Path(__file__).resolve().parents[2]
DB = pytest.mark.django_db


# --- What comes in -----------------------------------------------------------------------------


@DB
def test_firms_come_in_unclaimed_with_tagged_items():
    sector = SectorFactory(code="semiconductors")
    concept = ConceptFactory(code="resist", label_ja="フォトレジスト", sector=sector)
    region = RegionFactory(code="JP-13", label_ja="東京都")
    RegionFactory(code="KR-11", label_ja="東京都")  # The same name abroad is never meant.
    rows = [[*firm_row(1, "ArF用フォトレジスト、その他の薬品など"), "東京都港区１－２"]]
    job = finished_import(csv_bytes(rows, header=(*HEADER, "住所")))
    assert (job.state, counts(job), job.items_count) == ("done", (1, 0, 0, 0), 2)
    firm = Company.objects.get()
    assert (firm.state, firm.source, firm.country) == ("unclaimed", "import", "JP")
    assert (firm.official_number, firm.name_ja) == (japanese_number(1), "株式会社第1工業")
    assert (firm.region, firm.employees) == (region, 120)
    assert list(firm.sectors.all()) == [sector]
    resist, other = Offering.objects.order_by("-title_ja")
    assert (resist.title_ja, other.title_ja) == ("その他の薬品", "ArF用フォトレジスト")
    assert list(other.concepts.all()) == [concept]
    assert not Need.objects.exists()


@DB
def test_nobody_ever_writes_to_imported_firms():
    finished_import(csv_bytes([firm_row(n) for n in range(5)]))
    assert Company.objects.count() == 5
    assert all(recipients(firm) == [] for firm in Company.objects.all())
    assert not Message.objects.exists()


@DB
@pytest.mark.parametrize("make", [csv_bytes, xlsx_bytes])
def test_importing_again_changes_nothing(make):
    content = make([firm_row(n) for n in range(3)])
    finished_import(content)
    before = list(Company.objects.order_by("pk").values())
    job = finished_import(content)
    assert (counts(job), job.items_count) == ((0, 0, 3, 0), 0)
    assert list(Company.objects.order_by("pk").values()) == before
    assert Offering.objects.count() == 3


@DB
def test_a_newer_list_changes_what_it_says_and_erases_nothing():
    finished_import(csv_bytes([firm_row(1, "軸受、歯車"), firm_row(2)]), source_list="a")
    newer = csv_bytes([firm_row(1, "歯車、ポンプ"), [*firm_row(2)[:2], "", ""]])
    job = finished_import(newer, source_list="a")
    assert counts(job) == (0, 0, 2, 0)
    states = dict(
        Offering.objects.filter(company__source_id=japanese_number(1)).values_list(
            "title_ja", "state"
        )
    )
    assert states == {"軸受": "closed", "歯車": "open", "ポンプ": "open"}
    blank = Company.objects.get(source_id=japanese_number(2))
    assert (blank.employees, blank.offerings.get().state) == (120, ItemState.OPEN)
    finished_import(csv_bytes([firm_row(1, "軸受")]), source_list="a")
    assert Offering.objects.get(title_ja="軸受").state == ItemState.OPEN


@DB
def test_another_list_finds_the_firm_by_number_or_by_its_only_name_and_fills_blanks():
    finished_import(csv_bytes([firm_row(1), firm_row(2)]), source_list="a")
    header = ("企業名", "法人番号", "URL", "従業員数")
    by_number = ["全く別の名", japanese_number(1), "http://one.example", "7"]
    by_name = ["第２工業㈱", "", "http://two.example", ""]
    job = finished_import(csv_bytes([by_number, by_name], header=header), source_list="b")
    assert counts(job) == (0, 2, 0, 0)
    one, two = Company.objects.order_by("source_id")
    if one.source_id != japanese_number(1):
        one, two = two, one
    assert (one.name_ja, one.employees, one.website) == (
        "株式会社第1工業",
        120,
        "http://one.example",
    )
    assert two.website == "http://two.example"
    again = finished_import(csv_bytes([by_number, by_name], header=header), source_list="b")
    assert counts(again) == (0, 0, 2, 0)
    assert Offering.objects.filter(state=ItemState.OPEN).count() == 2


@DB
def test_namesakes_with_numbers_of_their_own_stay_two_firms():
    rows = [[japanese_number(n), "株式会社アスカ", "軸受", ""] for n in (1, 2)]
    assert counts(finished_import(csv_bytes(rows), source_list="a")) == (2, 0, 0, 0)
    # Nobody can say which of the two a list without numbers means.
    unnumbered = csv_bytes([["アスカ株式会社"]], header=["企業名"])
    assert counts(finished_import(unnumbered, source_list="b")) == (1, 0, 0, 0)


@DB
def test_what_people_registered_or_closed_is_left_alone():
    own = CompanyFactory(country="JP", official_number=japanese_number(1), name_ja="株式会社自前")
    closed = CompanyFactory(
        country="JP",
        official_number=japanese_number(2),
        state=CompanyState.CLOSED,
        source_list="a",
        source_id=japanese_number(2),
    )
    job = finished_import(csv_bytes([firm_row(1), firm_row(2)]), source_list="a")
    assert counts(job) == (0, 0, 2, 0)
    own.refresh_from_db()
    closed.refresh_from_db()
    assert (own.name_ja, own.state) == ("株式会社自前", CompanyState.VERIFIED)
    assert closed.state == CompanyState.CLOSED
    assert not Offering.objects.exists()


@DB
def test_wishes_become_needs_of_one_account_that_gets_no_mail():
    def wishes(count: int) -> bytes:
        return csv_bytes([["마스크팩 시트", str(count)], ["안경테", "24"]], ["item", "inquiries"])

    assert finished_import(wishes(28)).items_count == 2
    job = finished_import(wishes(30))
    assert (job.items_count, Need.objects.count()) == (0, 2)
    account = Company.objects.get()
    assert (account.state, account.source, account.country) == ("verified", "association", "JP")
    assert not recipients(account)
    assert account not in Company.objects.listed()
    assert Need.objects.get(title_ko="마스크팩 시트").text_ko == "문의 30건"


# --- Saved mappings ----------------------------------------------------------------------------


@DB
def test_a_saved_mapping_is_offered_for_the_next_file_with_its_headers():
    header = ("甲", "乙", "丙")
    columns = {0: "name_ja", 2: "offerings"}
    given = {"columns": columns, "country": "JP", "source_list": "club", "save_as": "Club"}
    finished_import(csv_bytes([["株式会社一", "?", "軸受"]], header), **given)
    shuffled = csv_bytes(
        [["軸受", "株式会社一", "!"], ["歯車", "株式会社二", ""]], ("丙", "甲", "丁")
    )
    job = finished_import(shuffled)
    assert job.columns == {"0": "offerings", "1": "name_ja"}
    assert (job.country, job.source_list, counts(job)) == ("JP", "club", (1, 0, 1, 0))
    assert imports.fitting_mappings(["甲"]) == []


@DB
def test_a_saved_mapping_is_renewed_under_its_name():
    for code in ("name_ja", "name_en"):
        checked_import(csv_bytes([["x"]], ["甲"]), columns={0: code}, country="JP", save_as="Club")
    assert SavedMapping.objects.get().columns == {"甲": "name_en"}


@DB
def test_a_header_that_stands_twice_cannot_be_saved():
    content = csv_bytes([["x", "y"]], ["甲", "甲"])
    with pytest.raises(UnreadableFile) as caught:
        checked_import(content, columns={1: "name_ja"}, country="JP", save_as="Club")
    assert caught.value.code == "repeated_column"
    assert not SavedMapping.objects.exists()
    assert ImportJob.objects.get().state == ImportState.UPLOADED


# --- States ------------------------------------------------------------------------------------


@DB
def test_what_is_recorded(django_capture_on_commit_callbacks):
    actor = StaffFactory()
    job = checked_import(csv_bytes([firm_row(1)]), actor=actor)
    imports.start_import(job=job, is_for_worker=False, actor=actor, now=timezone.now())
    import_work.run_import(job=job, clock=timezone.now)
    events = AuditEvent.objects.filter(object_id=str(job.pk)).order_by("pk")
    assert [(event.verb, event.actor) for event in events] == [
        ("import.started", actor),
        ("import.finished", actor),
    ]


@DB
def test_an_import_is_started_once_and_cancelled_only_before_it_writes():
    job = checked_import(csv_bytes([firm_row(1)]))
    stale = ImportJob.objects.get(pk=job.pk)
    imports.start_import(job=job, is_for_worker=False, actor=None, now=timezone.now())
    with pytest.raises(StateChanged):
        imports.start_import(job=stale, actor=None, now=timezone.now())
    import_work.run_import(job=job, clock=timezone.now)
    with pytest.raises(StateChanged):
        imports.cancel_import(job=job, actor=None, now=timezone.now())
    with pytest.raises(StateChanged):
        import_work.run_import(job=job, clock=timezone.now)


@DB
def test_a_cancelled_check_stops():
    now = timezone.now()
    rows = csv_bytes([firm_row(n) for n in range(3)])
    job = imports.create_import(filename="a.csv", content=rows, actor=None, now=now)
    columns = {int(position): code for position, code in job.columns.items()}
    given = {"country": "JP", "source_list": "", "columns": columns}
    imports.map_columns(job=job, **given, is_for_worker=False, actor=None, now=now)
    at_work = ImportJob.objects.get(pk=job.pk)
    imports.cancel_import(job=job, actor=None, now=now)
    with pytest.raises(StateChanged):
        import_work.check_import(job=at_work, clock=timezone.now)
    assert ImportJob.objects.get().state == ImportState.CANCELLED


@DB
def test_tasks_for_imports_that_are_gone_or_over_do_nothing():
    tasks.run_import(job_id="00000000-0000-0000-0000-000000000000")
    job = finished_import(csv_bytes([firm_row(1)]))
    tasks.run_import(job_id=str(job.pk))
    tasks.check_import(job_id=str(job.pk))
    assert ImportRowError.objects.count() == 0
    assert ImportJob.objects.get().state == ImportState.DONE
