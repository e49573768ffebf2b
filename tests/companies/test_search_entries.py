"""The directory's rows are in step with the firms, whoever writes them and however."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from companies import services
from companies.choices import REQUIRED_CHECKS, CompanyState, ItemState
from companies.models import Company, Offering, SearchEntry, SearchMark
from companies.names import fold
from companies.searching.terms import grams, pairs
from companies.services.search import check_search, rebuild_search, refresh_stale
from tests.companies.searches import in_step
from tests.factories import (
    CertificationFactory,
    CompanyFactory,
    ConceptFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
    SectorFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


def entry(company: Company) -> SearchEntry:
    in_step()
    assert sum(check_search()) == 0
    return SearchEntry.objects.get(company=company)


def test_each_thing_that_people_do_reaches_the_row() -> None:
    now = timezone.now()
    owner = MembershipFactory(company__state=CompanyState.SUBMITTED).user
    staff = StaffFactory(staff_role="supervisor")
    company = Company.objects.get(memberships__user=owner)
    first, second = ConceptFactory(), ConceptFactory()
    assert not entry(company).is_listed

    services.verify_company(company=company, checked=REQUIRED_CHECKS, actor=staff, now=now)
    assert entry(company).is_listed

    item = Offering(
        company=company,
        title_ko="새 식각액",
        text_ko="웨이퍼용",
        cooperation=["supply"],
        hs6=["381400"],
    )
    services.save_item(item=item, related={"concepts": [first]}, actor=owner, now=now)
    row = entry(company)
    assert (row.concepts, row.hs, row.cooperation) == ([first.pk], ["3814", "381400"], ["supply"])
    assert "새식각액" in row.titles

    item.title_ko = "세정액"
    services.save_item(item=item, related={"concepts": [second]}, actor=owner, now=now)
    assert entry(company).concepts == [second.pk]
    assert "식각액" not in entry(company).body

    services.close_item(item=item, actor=owner, now=now)
    assert entry(company).concepts == []
    services.open_item(item=item, actor=owner, now=now)
    assert entry(company).concepts == [second.pk]

    bio = SectorFactory(code="bio")
    company.refresh_from_db()
    company.about_ko = "부산의 새 회사"
    services.save_company(
        company=company, sectors=[bio], changed=["about_ko"], actor=owner, now=now
    )
    assert entry(company).sectors == [bio.pk]
    assert "부산" in entry(company).body
    company.is_name_hidden = True
    services.save_company(company=company, changed=["is_name_hidden"], actor=owner, now=now)
    assert "부산" not in entry(company).body

    services.suspend_company(company=company, note="x", actor=staff, now=now)
    assert not entry(company).is_listed
    services.reinstate_company(company=company, note="", actor=staff, now=now)
    assert entry(company).is_listed
    services.lapse_verifications(now=now + timedelta(days=400))
    assert entry(company).state == CompanyState.LAPSED

    company.certificates.create(certification=CertificationFactory())
    assert entry(company).certifications != []
    item.delete()
    assert entry(company).concepts == []
    need = NeedFactory(company=company, concepts=[first])
    assert entry(company).wanted == [first.pk]
    need.delete()
    assert entry(company).wanted == []


def test_bulk_writing_and_raw_sql_reach_the_rows() -> None:
    companies = [CompanyFactory() for _each in range(3)]
    concept = ConceptFactory()
    now = timezone.now()
    items = Offering.objects.bulk_create(
        Offering(
            company=company,
            language="ko",
            title_ko="막",
            cooperation=["supply"],
            material_at=now,
            created_at=now,
        )
        for company in companies
    )
    through = Offering.concepts.through
    through.objects.bulk_create(through(offering=item, concept=concept) for item in items)
    assert [entry(company).concepts for company in companies] == [[concept.pk]] * 3
    Offering.objects.update(state=ItemState.CLOSED)
    assert [entry(company).concepts for company in companies] == [[]] * 3
    with connection.cursor() as cursor:
        cursor.execute("UPDATE companies_company SET name_ko = '새이름', name_key = '새이름'")
    assert all("\n새이름\n" in entry(company).names for company in companies)
    assert not SearchMark.objects.exists()
    gone = companies[0]
    gone.delete()
    in_step()
    assert SearchEntry.objects.count() == 2


def test_a_last_day_that_is_over_is_swept() -> None:
    today = timezone.localdate()
    company = CompanyFactory()
    OfferingFactory(company=company, valid_until=today)
    company.certificates.create(certification=CertificationFactory(), expires_on=today)
    row = entry(company)
    assert row.fresh_until == today
    assert row.concepts
    # Tomorrow, as the database would see it.
    Offering.objects.update(valid_until=today - timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM companies_searchmark")
    row.refresh_from_db()
    assert row.concepts
    assert refresh_stale(today=today + timedelta(days=1)) == 1
    row.refresh_from_db()
    assert row.concepts == []
    assert refresh_stale(today=today + timedelta(days=1)) == 0


def test_the_command_mends_what_was_written_behind_the_triggers(capsys: Any) -> None:
    company = OfferingFactory().company
    in_step()
    call_command("rebuild_search", "--check")
    SearchEntry.objects.filter(company=company).update(titles="wrong")
    with pytest.raises(CommandError, match="1 rows are not right"):
        call_command("rebuild_search", "--check")
    call_command("rebuild_search")
    assert "1 rows were changed" in capsys.readouterr().out
    assert sum(rebuild_search()) == 0


@pytest.mark.django_db(transaction=True)
def test_two_edits_at_the_same_moment_leave_what_both_wrote() -> None:
    company = CompanyFactory()
    items = [OfferingFactory(company=company, title_ko=f"품목{n}") for n in range(2)]
    both_have_written = Barrier(2, timeout=20)

    def edit(item: Offering, title: str) -> None:
        try:
            with transaction.atomic():
                Offering.objects.filter(pk=item.pk).update(title_ko=title)
                both_have_written.wait()
        finally:
            connection.close()

    for attempt in range(3):
        threads = [
            Thread(target=edit, args=(item, f"{name}{attempt}번"))
            for item, name in zip(items, ("하늘", "바다"), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        row = SearchEntry.objects.get(company=company)
        assert f"하늘 {attempt} 번" in row.titles
        assert f"바다 {attempt} 번" in row.titles
    assert sum(check_search()) == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_trace() -> None:
    company = CompanyFactory()
    before = SearchEntry.objects.get(company=company).names
    with transaction.atomic():
        Company.objects.filter(pk=company.pk).update(name_ko="다른이름")
        transaction.set_rollback(True)
    assert SearchEntry.objects.get(company=company).names == before
    assert not SearchMark.objects.exists()


def test_a_thousand_firms_in_one_transaction_do_not_run_out_of_locks() -> None:
    Company.objects.bulk_create(CompanyFactory.build_batch(1200, created_at=timezone.now()))
    in_step()
    assert SearchEntry.objects.count() == 1200


def ask(function: str, text: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("반도체 장비", "반도체장비"),
        ("ＬＥＤ照明", "led 照明"),
        ("ｴｯﾁﾝｸﾞ液・えっちんぐ", "エッチング液エッチング"),
        ("  ArF, KrF/EUV  ", "arf krf euv"),
        ("5G용 PCB", "5g 용 pcb"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert ask("gagyo_fold", text) == folded
    assert ask("gagyo_fold", folded) == folded


@pytest.mark.parametrize(
    "name",
    [
        "㈱トヨタ自動車",
        "주식회사 삼성전자",
        "삼성전자(주)",
        "Hanbit Materials Co., Ltd.",
        "株式会社",
        "LG에너지솔루션",
    ],
)
def test_names_are_folded_as_python_folds_them(name: str) -> None:
    assert ask("gagyo_name", name) == ask("gagyo_name", fold(name))


@pytest.mark.parametrize("chunk", ["식각액", "正極材", "photoresist", "led", "5g", "battery"])
def test_the_pieces_asked_for_are_among_those_kept(chunk: str) -> None:
    assert set(grams(chunk)) <= set(ask("gagyo_grams", f"앞 {chunk} 뒤"))
    assert set(pairs(chunk)) <= set(ask("gagyo_pairs", f"\n앞{chunk}\n"))


USES_INDEX: dict[str, Callable[[], Any]] = {
    "search_grams": lambda: SearchEntry.objects.filter(grams__contains=pairs("정밀")),
    "search_wide": lambda: SearchEntry.objects.filter(wide__overlap=[1]),
    "search_name_grams": lambda: SearchEntry.objects.filter(name_grams__contains=pairs("한빛")),
}


@pytest.mark.parametrize("index", USES_INDEX)
def test_two_characters_are_enough_for_an_index(index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in USES_INDEX[index]().order_by().explain()
