"""Taking an import back: everything is as it was, or what was built on it is said and stays."""

import pytest
from django.db import connection
from django.utils import timezone

from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from companies.choices import CompanyState, ImportState, KeptReason
from companies.models import (
    Company,
    ImportJob,
    JoinRequest,
    Membership,
    Need,
    Offering,
    SearchEntry,
)
from companies.services import import_work, imports
from companies.services.claiming import claim_by_own_address
from companies.services.reverting import revert_import, work_revert
from mailing.models import Message
from matching.models import Match
from matching.services import approve_match, publish_due_matches
from tests.companies.lists import checked_import, csv_bytes, finished_import, firm_row
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
    UserFactory,
    japanese_number,
)
from tests.matching.concurrency import at_once
from tests.matching.scenes import published_match
from tests.matching.test_runs import run_now

DB = pytest.mark.django_db
COLUMNS = [field.name for field in Company._meta.concrete_fields]


def reverted(job: ImportJob, *, is_of_rest: bool = False) -> ImportJob:
    job = ImportJob.objects.get(pk=job.pk)
    revert_import(
        job=job,
        is_of_rest=is_of_rest,
        reason="wrong list",
        is_for_worker=False,
        actor=StaffFactory(),
        now=timezone.now(),
    )
    return work_revert(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)


def everything() -> list[object]:
    """All firms and items, field by field."""
    return [list(model.objects.order_by("pk").values()) for model in (Company, Offering, Need)] + [
        set(model.concepts.through.objects.values_list("concept", flat=True))
        for model in (Offering, Need)
    ]


def kept(job: ImportJob) -> set[tuple[str, str]]:
    return set(job.changes.exclude(kept="").values_list("label", "kept"))


@DB
def test_what_an_import_made_is_gone_and_nobody_is_written_to():
    ConceptFactory(code="resist", label_ja="フォトレジスト")
    before = everything()
    job = finished_import(csv_bytes([firm_row(n) for n in range(3)]))
    connection.check_constraints()  # what is written when a transaction ends
    assert SearchEntry.objects.count() == Company.objects.count() == 3
    job = reverted(job)
    assert (job.state, job.revert_reason, job.reverted_at is not None) == (
        "reverted",
        "wrong list",
        True,
    )
    assert everything() == before
    connection.check_constraints()
    assert not SearchEntry.objects.exists()
    assert not Message.objects.exists()
    assert AuditEvent.objects.get(verb="import.reverted").data["rows"] == 6


@DB
def test_what_an_import_changed_is_as_it_was():
    finished_import(csv_bytes([firm_row(1, "軸受、歯車"), firm_row(2)]), source_list="a")
    before = everything()
    newer = [[*firm_row(1, "歯車、ポンプ")[:3], "999"], firm_row(3)]
    job = finished_import(csv_bytes(newer), source_list="a")
    assert Company.objects.get(source_id=japanese_number(1)).employees == 999
    assert reverted(job).state == ImportState.REVERTED
    assert everything() == before


@DB
def test_imports_are_taken_back_the_last_one_first():
    first = finished_import(csv_bytes([firm_row(1)]), source_list="a")
    before = everything()
    second = finished_import(csv_bytes([[*firm_row(1)[:3], "7"]]), source_list="a")
    assert reverted(first).state == ImportState.DONE
    assert kept(first) == {
        ("株式会社第1工業", KeptReason.LATER),
        ("半導体用フォトレジスト", KeptReason.TOGETHER),
    }
    assert reverted(second).state == ImportState.REVERTED
    assert everything() == before
    assert reverted(first).state == ImportState.REVERTED
    assert not Company.objects.exists()


@DB
@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda firm: Company.objects.filter(pk=firm.pk).update(state="draft"), "claimed"),
        (lambda firm: firm.save(), "edited"),
        (lambda firm: MembershipFactory(company=firm), "claimed"),
        (
            lambda firm: JoinRequest.objects.create(
                company=firm, user=UserFactory(), kind="claim", created_at=timezone.now()
            ),
            "asked",
        ),
        (lambda firm: OfferingFactory(company=firm), "used"),
    ],
)
def test_what_was_built_on_an_import_is_said_and_nothing_is_taken_back(build, reason):
    job = finished_import(csv_bytes([firm_row(1), firm_row(2)]))
    firm = Company.objects.get(source_id=japanese_number(1))
    build(firm)
    before = everything()
    job = reverted(job)
    assert job.state == ImportState.DONE
    assert everything() == before
    assert (firm.name_ja, reason) in kept(job)
    assert not AuditEvent.objects.filter(verb="import.reverted").exists()

    job = reverted(job, is_of_rest=True)
    assert job.state == ImportState.REVERTED
    assert list(Company.objects.filter(source="import")) == [firm]
    assert firm.offerings.filter(source_id__gt="").count() == 1
    assert (firm.name_ja, reason) in kept(job)


@DB
def test_prospects_of_a_reverted_firm_leave_the_desk_and_nobody_hears_of_it():
    concept = ConceptFactory(code="resist", label_ja="フォトレジスト", label_ko="포토레지스트")
    need = NeedFactory(company__country="KR", title_ko="포토레지스트", concepts=[concept])
    job = finished_import(csv_bytes([firm_row(1)]))
    run_now(includes_prospects=True)
    assert Match.objects.filter(need=need, is_prospect=True, state="proposed").exists()
    assert reverted(job).state == ImportState.REVERTED
    assert not Match.objects.exists()
    assert not Message.objects.exists()


@DB
def test_a_match_that_left_the_desk_holds_the_article_and_a_proposal_does_not(own_list):
    firm, job = own_list
    told, proposed = firm.offerings.order_by("title_ko")
    published_match(offering=told, need=NeedFactory(company__country="JP"))
    MatchFactory(offering=proposed, need=NeedFactory(company__country="JP"))
    mails = Message.objects.count()
    assert reverted(job).state == ImportState.DONE
    assert kept(job) == {(told.title_ko, KeptReason.MATCHED)}
    assert reverted(job, is_of_rest=True).state == ImportState.REVERTED
    assert list(firm.offerings.all()) == [told]
    assert Match.objects.get().offering == told
    assert Message.objects.count() == mails


@DB
def test_a_match_in_its_grace_time_holds_the_article(own_list):
    firm, job = own_list
    match = MatchFactory(offering=firm.offerings.first(), need=NeedFactory(company__country="JP"))
    approve_match(match=match, actor=StaffFactory(), now=timezone.now())
    assert reverted(job).state == ImportState.DONE
    match.refresh_from_db()
    assert match.state == "approved"
    assert publish_due_matches(now=timezone.now() + timezone.timedelta(minutes=11)) == 1


OWN_HEADER = ("품목 코드", "품목명(한국어)", "설명(한국어)", "납기(일)")


@pytest.fixture
def own_list():
    """A verified Korean firm, and its own list of two articles, imported."""
    ConceptFactory(code="bearing", label_ko="베어링", label_ja="軸受")
    firm = CompanyFactory(country="KR")
    member = MembershipFactory(company=firm)
    return firm, own_import(
        firm, member.user, [["A1", "볼 베어링", "강구"], ["A2", "롤러 베어링", "롤러"]]
    )


def own_import(firm, user, rows):
    job = imports.create_import(
        filename="own.csv",
        content=csv_bytes(rows, header=OWN_HEADER[: len(rows[0])]),
        company=firm,
        item_kind="offering",
        actor=user,
        now=timezone.now(),
    )
    imports.map_columns(
        job=job,
        columns={int(position): code for position, code in job.columns.items()},
        country=firm.country,
        source_list="",
        is_for_worker=False,
        actor=user,
        now=timezone.now(),
    )
    import_work.check_import(job=job, clock=timezone.now)
    imports.start_import(job=job, is_for_worker=False, actor=user, now=timezone.now())
    return import_work.run_import(job=job, clock=timezone.now)


@DB
def test_a_firm_takes_its_own_list_back_article_by_article(own_list):
    firm, first = own_list
    before = everything()[1]
    second = own_import(
        firm, None, [["A1", "볼 베어링 개량", "", "30"], ["A3", "평 베어링", "평", "5"]]
    )
    assert firm.offerings.count() == 3
    assert reverted(second).state == ImportState.REVERTED
    after = everything()[1]
    moved = {"material_at"}
    assert [{k: v for k, v in row.items() if k not in moved} for row in after] == [
        {k: v for k, v in row.items() if k not in moved} for row in before
    ]
    edited = firm.offerings.get(source_id="A2")
    edited.title_ko = "손으로 고친 베어링"
    edited.save()
    assert reverted(first, is_of_rest=True).state == ImportState.REVERTED
    assert list(firm.offerings.all()) == [edited]


@DB
def test_a_list_of_enquiries_goes_with_the_account_it_made():
    before = everything()
    rows = [["ベアリング", "12"], ["ポンプ", "3"]]
    job = finished_import(
        csv_bytes(rows, header=("品目", "件数")),
        preset="jp_enquiries",
        columns={0: "needs", 1: "enquiries"},
        country="JP",
        source_list="jp-enquiries",
    )
    assert Need.objects.filter(company__source="association").count() == 2
    assert reverted(job).state == ImportState.REVERTED
    assert everything() == before


@DB
def test_a_revert_is_asked_once_and_only_of_what_wrote():
    job = checked_import(csv_bytes([firm_row(1)]))
    with pytest.raises(StateChanged):
        reverted(job)
    imports.cancel_import(job=job, actor=None, now=timezone.now())
    with pytest.raises(RuleViolated):
        reverted(job)
    job = finished_import(csv_bytes([firm_row(1)]))
    assert reverted(job).state == ImportState.REVERTED
    with pytest.raises(StateChanged):
        reverted(ImportJob.objects.get(pk=job.pk))


@DB
def test_a_killed_revert_goes_on_where_it_was(monkeypatch):
    job = finished_import(csv_bytes([firm_row(n) for n in range(6)]))
    monkeypatch.setattr("companies.services.reverting.FIRMS", 2)
    revert_import(job=job, reason="", is_for_worker=False, actor=None, now=timezone.now())
    beats = iter(range(5))

    def dying():
        # Three looks, one chunk taken back, and gone.
        if next(beats) == 4:
            raise KeyboardInterrupt
        return timezone.now()

    with pytest.raises(KeyboardInterrupt):
        work_revert(job=ImportJob.objects.get(pk=job.pk), clock=dying)
    assert Company.objects.count() == 4
    job = work_revert(job=ImportJob.objects.get(pk=job.pk), clock=timezone.now)
    assert (job.state, Company.objects.count()) == ("reverted", 0)


@pytest.mark.django_db(transaction=True)
def test_a_claim_and_a_revert_at_once_never_meet_halfway():
    header = ("法人番号", "企業名", "URL")
    for serial in range(1, 5):
        row = [japanese_number(serial), f"株式会社第{serial}工業", "http://firm.example"]
        job = finished_import(csv_bytes([row], header=header), source_list=f"l{serial}")
        firm = Company.objects.get(source_list=f"l{serial}")
        user = UserFactory(email=f"a{serial}@firm.example")

        def claim(firm=firm, user=user) -> None:
            claim_by_own_address(company=firm, user=user, now=timezone.now())

        def take_back(job=job) -> None:
            assert reverted(job).state in (ImportState.REVERTED, ImportState.DONE)

        told = at_once(claim, take_back)
        found = Company.objects.filter(pk=firm.pk).first()
        if found is None:
            assert "StateChanged" in told
            assert not Membership.objects.filter(user=user).exists()
        else:
            assert found.state == CompanyState.DRAFT
            assert Membership.objects.filter(user=user, company=found).exists()
