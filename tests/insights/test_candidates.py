"""Whom to invite: firms of imported lists that could fill a gap; nobody is mailed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.errors import RuleViolated
from common.models import AuditEvent
from companies.models import Company
from insights import services
from insights.models import Approach, GoodsGap
from mailing.models import Message
from tests.factories import (
    CompanyFactory,
    ConceptFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)
from tests.insights.test_gap_figures import computed
from tests.insights.test_gap_pages import rows, text

pytestmark = pytest.mark.django_db

PHOTORESIST = ["kr_to_jp", "concept", "photoresist"]


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


@pytest.fixture
def goods() -> GoodsGap:
    """A Japanese need that no verified firm can meet."""
    concept = ConceptFactory(
        code="photoresist",
        label_ko="포토레지스트",
        label_ja="フォトレジスト",
        label_en="photoresist",
    )
    NeedFactory(concepts=[concept], seats=2)
    computed(timezone.now())
    return GoodsGap.objects.get(code="photoresist")


def unclaimed(title: str, *, is_listed: bool = True, **fields: Any) -> Company:
    """A firm of an imported list with one offering of that title."""
    firm: Company = CompanyFactory(unclaimed=True, **fields)
    concepts = [ConceptFactory(code="photoresist")] if is_listed else [ConceptFactory(code="other")]
    OfferingFactory(company=firm, concepts=concepts, title_ko=title, title_en="", text_en="")
    with connection.cursor() as cursor:
        # The directory's entries are written when the transaction ends.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return firm


def test_firms_listed_with_the_goods_stand_before_those_that_write_of_them(
    staff: Client, goods: GoodsGap
) -> None:
    writes = unclaimed("포토레지스트 스트리퍼 공급", is_listed=False, name_key="aaa")
    listed = unclaimed("감광액", name_key="zzz")
    unclaimed("베어링", is_listed=False)
    unclaimed("フォトレジスト", country="JP")
    page = text(staff.get(reverse("insights:gap_candidates", args=PHOTORESIST)))
    assert page.index(listed.name_en) < page.index(writes.name_en)
    assert "2 firms" in page
    assert "<mark>포토레지스트</mark>" in page


def test_a_prospect_of_a_run_is_a_candidate_with_its_score(staff: Client, goods: GoodsGap) -> None:
    firm = unclaimed("감광 소재", is_listed=False)
    need = NeedFactory(concepts=[ConceptFactory(code="photoresist")])
    match = MatchFactory(need=need, offering=firm.offerings.get(), is_prospect=True, score=0.71)
    computed(timezone.now())
    page = text(staff.get(reverse("insights:gap_candidates", args=PHOTORESIST)))
    assert firm.name_en in page
    assert "prospect of a run, 71%" in page
    assert reverse("matching:review_match", args=[match.pk]) in page


def test_the_file_names_the_firms_and_the_list_they_come_from(
    staff: Client, goods: GoodsGap
) -> None:
    firm = unclaimed("감광액", website="https://hanbit.example")
    (row,) = rows(staff.get(reverse("insights:candidates_file", args=PHOTORESIST)))
    assert row["Korean name"] == firm.name_ko
    assert row["Public list"] == "public-list"
    assert row["Website"] == "https://hanbit.example"
    assert row["Listed with these goods"] == "1"


def test_an_approach_is_recorded_and_shown_and_nobody_is_mailed(
    staff: Client, goods: GoodsGap
) -> None:
    firm = unclaimed("감광액")
    today = timezone.localdate()
    page = staff.post(
        reverse("insights:approach_new", args=[*PHOTORESIST, firm.pk]),
        {"way": "fair", "on": today.isoformat(), "note": "Met at their booth."},
        follow=True,
    )
    assert "fair or event" in text(page)
    approach = Approach.objects.get()
    assert (approach.company, approach.on, approach.concept) == (firm, today, goods.concept)
    assert AuditEvent.objects.get(verb="approach.recorded").data["way"] == "fair"
    staff.post(
        reverse("insights:approach", args=[approach.pk]), {"result": "interested", "note": "Asks."}
    )
    approach.refresh_from_db()
    assert (approach.result, approach.result_note) == ("interested", "Asks.")
    listed = text(staff.get(f"{reverse('insights:approaches')}?result=interested"))
    assert firm.name_en in listed
    assert firm.name_en not in text(staff.get(f"{reverse('insights:approaches')}?result=refused"))
    assert not Message.objects.exists()


def test_it_shows_when_an_approached_firm_has_registered_since(
    staff: Client, goods: GoodsGap
) -> None:
    firm = unclaimed("감광액")
    record(firm, goods)
    assert "has registered since" not in text(staff.get(reverse("insights:approaches")))
    Company.objects.filter(pk=firm.pk).update(state="draft")
    assert "has registered since" in text(staff.get(reverse("insights:approaches")))


def record(firm: Company, goods: GoodsGap, *, days_ago: int = 0) -> Approach:
    now = timezone.now()
    return services.record_approach(
        company=firm,
        goods=goods,
        way="letter",
        on=timezone.localdate(now) - timedelta(days=days_ago),
        note="",
        actor=StaffFactory(),
        now=now,
    )


def test_only_unclaimed_firms_of_the_right_country_up_to_today_are_recorded(
    goods: GoodsGap,
) -> None:
    with pytest.raises(RuleViolated, match="registered already"):
        record(CompanyFactory(), goods)
    with pytest.raises(RuleViolated, match="country"):
        record(CompanyFactory(unclaimed=True, country="JP"), goods)
    with pytest.raises(RuleViolated, match="still to come"):
        record(CompanyFactory(unclaimed=True), goods, days_ago=-1)
    assert not Approach.objects.exists()


def test_a_day_to_come_is_refused_at_the_field(staff: Client, goods: GoodsGap) -> None:
    firm = unclaimed("감광액")
    tomorrow = timezone.localdate() + timedelta(days=1)
    page = staff.post(
        reverse("insights:approach_new", args=[*PHOTORESIST, firm.pk]),
        {"way": "fair", "on": tomorrow.isoformat()},
    )
    assert page.status_code == 422
    assert "This day is still to come." in page.content.decode()


def test_the_letter_is_in_the_firms_language_and_names_no_buyer(
    staff: Client, goods: GoodsGap
) -> None:
    firm = unclaimed("감광액")
    need = goods.concept.needs.get() if goods.concept else None
    page = text(staff.get(reverse("insights:letter", args=[*PHOTORESIST, firm.pk])))
    assert '<html lang="ko">' in page
    assert "포토레지스트" in page
    assert firm.name_ko in page
    assert need is not None
    assert need.company.name_ja not in page
    assert need.company.name_en not in page


def test_a_registered_firm_gets_no_letter(staff: Client, goods: GoodsGap) -> None:
    firm = CompanyFactory()
    assert staff.get(reverse("insights:letter", args=[*PHOTORESIST, firm.pk])).status_code == 404


@pytest.mark.parametrize("firms", [1, 6])
def test_candidates_and_approaches_cost_a_fixed_number_of_queries(
    staff: Client,
    goods: GoodsGap,
    firms: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(firms):
        record(unclaimed("감광액"), goods)
    staff.get(reverse("insights:gap_candidates", args=PHOTORESIST))
    with django_assert_max_num_queries(27):
        text(staff.get(reverse("insights:gap_candidates", args=PHOTORESIST)))
    with django_assert_max_num_queries(14):
        text(staff.get(reverse("insights:approaches")))
