"""Trade statistics: read with every fault, put to use all at once, shown with source and unit."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from companies.importing.unreadable import UnreadableFile
from insights import services
from insights.choices import TradeFault, UploadState
from insights.importing import read_trade
from insights.models import GoodsGap, TradeFigure, TradeUpload
from insights.queries.trade import goods_rows, series, trade_behind
from insights.trade_groups import GROUPS, fold_goods, groups_of
from matching.choices import Direction
from tests.factories import ConceptFactory, NeedFactory, StaffFactory
from tests.insights.statistics import BAD, GOODS, RETRIEVED, SOURCE, check, trade_in_use
from tests.insights.test_gap_figures import computed
from tests.insights.test_gap_pages import rows, text
from tests.real_data import ABSENT, REAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor(client: Client) -> Client:
    client.force_login(StaffFactory(staff_role="supervisor"))
    return client


def file(content: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("trade.csv", content.encode(), content_type="text/csv")


def upload_fields(content: str, **given: Any) -> dict[str, Any]:
    return {"file": file(content), "source": SOURCE, "retrieved_on": "2025-03-01", **given}


def test_every_bad_row_is_told_by_line_and_column() -> None:
    parsed = read_trade(BAD.encode(), retrieved_on=RETRIEVED)
    assert len(parsed.rows) == 1
    assert [(fault.line, fault.column, fault.code) for fault in parsed.faults] == [
        (3, "value_bn_jpy", TradeFault.VALUE),
        (4, "jp_flow", TradeFault.FLOW),
        (5, "partner", TradeFault.PARTNER),
        (6, "goods", TradeFault.GOODS),
        (7, "year", TradeFault.YEAR),
        (8, "year", TradeFault.REPEATED),
    ]


def test_exports_of_one_country_are_imports_of_the_other() -> None:
    text = "year,kr_flow,goods,value_mn_usd\n2020,Export,Ships,5\n2020,imports,Ships,7\n"
    parsed = read_trade(text.encode(), retrieved_on=RETRIEVED)
    assert parsed.unit == "mn_usd"
    assert [(row.direction, row.value) for row in parsed.rows] == [
        (Direction.KR_TO_JP, Decimal(5)),
        (Direction.JP_TO_KR, Decimal(7)),
    ]


def test_a_table_with_a_column_for_each_direction_and_a_partial_year() -> None:
    text = (
        "year,jp_exports_to_kr_bn_jpy,jp_imports_from_kr_bn_jpy,total_bn_jpy,note\n"
        '2023,"6,500.5",4300,10800.5,\n2024,1932,1236,3168,partial year\n'
    )
    parsed = read_trade(text.encode(), retrieved_on=date(2026, 1, 1))
    assert not parsed.faults
    assert [(row.year, row.direction, row.value, row.is_partial_year) for row in parsed.rows] == [
        (2023, Direction.JP_TO_KR, Decimal("6500.5"), False),
        (2023, Direction.KR_TO_JP, Decimal(4300), False),
        (2024, Direction.JP_TO_KR, Decimal(1932), True),
        (2024, Direction.KR_TO_JP, Decimal(1236), True),
    ]


@pytest.mark.parametrize(
    "header",
    ["a,b,c", "year,goods,value_bn_jpy", "year,jp_flow,goods,value", "jp_flow,goods,value_bn_jpy"],
)
def test_another_table_is_refused_as_a_whole(header: str) -> None:
    with pytest.raises(UnreadableFile, match="no_columns"):
        read_trade(f"{header}\n1,2,3,4\n".encode(), retrieved_on=RETRIEVED)


def test_a_checked_file_changes_nothing_until_it_is_used() -> None:
    now = timezone.now()
    trade_in_use(now)
    before = list(TradeFigure.objects.values_list("pk", "value"))
    newer = check(GOODS.replace("Organic Chemicals,2024,25", "Organic Chemicals,2024,26"), now)
    assert list(TradeFigure.objects.values_list("pk", "value")) == before
    services.use_trade_file(upload=newer, accepts_bad_rows=False, actor=StaffFactory(), now=now)
    assert set(TradeFigure.objects.values_list("upload", flat=True)) == {newer.pk}
    assert TradeFigure.objects.get(value=26).key == "organicchemicals"
    assert [each.state for each in TradeUpload.objects.order_by("used_at")] == [
        UploadState.REPLACED,
        UploadState.CURRENT,
    ]


def test_another_source_stands_beside_it() -> None:
    now = timezone.now()
    trade_in_use(now)
    other = check(GOODS, now, source="Another source")
    services.use_trade_file(upload=other, accepts_bad_rows=False, actor=StaffFactory(), now=now)
    assert TradeUpload.objects.filter(state=UploadState.CURRENT).count() == 2
    assert TradeFigure.objects.count() == 26


def test_bad_rows_must_be_accepted_and_a_file_is_used_once() -> None:
    now = timezone.now()
    upload = check(BAD, now)
    actor = StaffFactory()
    with pytest.raises(RuleViolated, match="bad rows"):
        services.use_trade_file(upload=upload, accepts_bad_rows=False, actor=actor, now=now)
    assert not TradeFigure.objects.exists()
    services.use_trade_file(upload=upload, accepts_bad_rows=True, actor=actor, now=now)
    assert TradeFigure.objects.count() == 1
    assert AuditEvent.objects.get(verb="trade_file.used").data["bad_rows"] == 6
    with pytest.raises(StateChanged):
        services.use_trade_file(upload=upload, accepts_bad_rows=True, actor=actor, now=now)


def test_a_file_that_nobody_uses_is_forgotten_after_a_week() -> None:
    now = timezone.now()
    check(GOODS, now - timedelta(days=8))
    kept = check(GOODS, now - timedelta(days=6))
    trade_in_use(now - timedelta(days=30))
    services.forget_trade_files(now=now)
    left = set(TradeUpload.objects.values_list("pk", flat=True))
    assert kept.pk in left
    assert len(left) == 2


def test_figures_equal_plain_sql() -> None:
    upload = trade_in_use(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT now.value, (now.value - before.value) / before.value "
            "FROM insights_tradefigure now LEFT JOIN insights_tradefigure before "
            "ON (before.upload_id, before.key, before.direction, before.year) "
            "= (now.upload_id, now.key, now.direction, now.year - 1) "
            "WHERE now.year = 2024 AND now.key <> 'grandtotal' AND now.direction = 'kr_to_jp' "
            "ORDER BY now.key"
        )
        expected = cursor.fetchall()
    found = sorted(goods_rows(upload, 2024), key=lambda row: row.key)
    assert [(row.kr_to_jp, row.kr_to_jp_change) for row in found] == expected
    assert expected[0] == (Decimal(3), Decimal("-0.25"))


def test_a_part_of_a_year_is_compared_with_nothing() -> None:
    upload = trade_in_use(timezone.now())
    assert [row.year for row in series(upload) if row.is_partial] == [2025]
    upload.figures.filter(key="organicchemicals", year=2023).update(is_partial_year=True)
    (row,) = (row for row in goods_rows(upload, 2024) if row.key == "organicchemicals")
    assert row.kr_to_jp_change is None
    assert row.kr_to_jp_long == Decimal("0.5")


def test_a_group_is_linked_by_the_narrowest_beginning_of_a_code() -> None:
    assert [key for key, _group in groups_of({"854231"})] == ["ic"]
    assert [key for key, _group in groups_of({"290110"})] == ["organicchemicals"]
    assert [key for key, _group in groups_of({"370790"})] == ["photographicsupplies"]
    assert groups_of({"930100"}) == []


def test_every_group_is_known_by_its_folded_name_and_says_why_it_is_linked() -> None:
    for key, group in GROUPS.items():
        assert key == fold_goods(key)
        assert bool(group.hs) == bool(group.reason)
        assert all(code.isdecimal() and 2 <= len(code) <= 6 for code in group.hs)


def test_a_gap_shows_the_trade_behind_it(supervisor: Client) -> None:
    upload = trade_in_use(timezone.now())
    NeedFactory(concepts=[ConceptFactory(code="solvents", hs6=["290110"])])
    computed(timezone.now())
    goods = GoodsGap.objects.get(code="solvents")
    (behind,) = trade_behind(goods, [upload])
    assert (behind.key, behind.figure.year, behind.figure.value) == (
        "organicchemicals",
        2024,
        Decimal(3),
    )
    page = text(supervisor.get(reverse("insights:gap", args=["kr_to_jp", "concept", "solvents"])))
    assert "organic chemicals" in page
    assert SOURCE in page


def test_without_statistics_the_page_says_how_to_load_them(client: Client) -> None:
    client.force_login(StaffFactory())
    page = text(client.get(reverse("insights:trade")))
    assert "No statistics have been uploaded yet" in page
    assert "Trade between the two countries has grown 352-fold since 1965." in page
    assert reverse("insights:trade_upload") not in page


def test_a_file_is_uploaded_checked_and_used_through_the_pages(supervisor: Client) -> None:
    checked = supervisor.post(reverse("insights:trade_upload"), upload_fields(GOODS), follow=True)
    assert "organic chemicals" in text(checked)
    upload = TradeUpload.objects.get()
    used = supervisor.post(reverse("insights:trade_check", args=[upload.pk]), follow=True)
    page = text(used)
    for shown in (
        "The figures of this file are in use.",
        SOURCE,
        "billion yen",
        "photographic supplies",
    ):
        assert shown in page
    goods = text(
        supervisor.get(reverse("insights:trade_goods", args=[upload.pk, "organicchemicals"]))
    )
    assert "HS" in goods
    listed = rows(supervisor.get(reverse("insights:trade_file", args=[upload.pk])))
    assert len(listed) == 13
    assert {row["Source"] for row in listed} == {SOURCE}
    assert (
        supervisor.get(reverse("insights:trade_goods", args=[upload.pk, "gold"])).status_code == 404
    )


def test_bad_rows_are_shown_and_have_to_be_accepted_on_the_page(supervisor: Client) -> None:
    page = text(supervisor.post(reverse("insights:trade_upload"), upload_fields(BAD), follow=True))
    assert "This is neither export nor import." in page
    upload = TradeUpload.objects.get()
    refused = supervisor.post(reverse("insights:trade_check", args=[upload.pk]))
    assert refused.status_code == 422
    assert "Say that the bad rows may be left out" in refused.content.decode()


@pytest.mark.parametrize(
    ("content", "given", "said"),
    [
        ("a,b\n1,2\n", {}, "The columns are not those of a trade statistic"),
        ("", {}, "empty"),
        (GOODS, {"retrieved_on": "2999-01-01"}, "This day is still to come."),
        (GOODS, {"source": " "}, "required"),
    ],
)
def test_an_unsuitable_upload_comes_back_with_the_reason(
    supervisor: Client, content: str, given: dict[str, str], said: str
) -> None:
    page = supervisor.post(reverse("insights:trade_upload"), upload_fields(content, **given))
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not TradeUpload.objects.exists()


@pytest.mark.parametrize("groups", [1, 8])
def test_the_trade_page_costs_a_fixed_number_of_queries(
    supervisor: Client, groups: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    lines = [f"2024,export,Goods {number},5" for number in range(groups)]
    content = "\n".join(["year,jp_flow,goods,value_bn_jpy", *lines]) + "\n"
    upload = check(content, now)
    services.use_trade_file(upload=upload, accepts_bad_rows=False, actor=StaffFactory(), now=now)
    supervisor.get(reverse("insights:trade"))
    with django_assert_max_num_queries(16):
        text(supervisor.get(reverse("insights:trade")))


@pytest.mark.skipif(not REAL.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("name", ["jp_kr_trade_by_goods_year.csv", "jp_kr_trade_yearly.csv"])
def test_the_real_statistics_are_read_without_a_fault(name: str) -> None:
    parsed = read_trade((REAL / name).read_bytes(), retrieved_on=date(2026, 4, 28))
    assert not parsed.faults
    assert parsed.unit == "bn_jpy"
    assert {row.year for row in parsed.rows if row.is_partial_year} == {2026}
    totals = {
        row.direction: row.value
        for row in parsed.rows
        if row.key == "grandtotal" and row.year == 2024
    }
    assert totals[Direction.JP_TO_KR] > totals[Direction.KR_TO_JP] > 1000
    known = [row.key in GROUPS for row in parsed.rows]
    assert sum(known) / len(known) > 0.75, "most groups have a name in three languages"
