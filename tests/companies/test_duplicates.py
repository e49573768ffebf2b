"""Which records may be one firm: what speaks for it, what staff have said, and how quick it is."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from companies import services
from companies.choices import CompanyState
from companies.models import Company, Duplicate
from companies.tasks import find_duplicates
from tests.factories import CompanyFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


def codes(firm: Company) -> dict[Company, set[str]]:
    rows = services.possible_duplicates(firm, now=timezone.now())
    return {
        (row.second if row.first == firm else row.first): {each["code"] for each in row.evidence}
        for row in rows
    }


def test_what_speaks_for_one_firm() -> None:
    firm = CompanyFactory(
        name_key="한빛소재산업", website="https://www.hanbit.co.kr/ko", stock_code="005930"
    )
    named = CompanyFactory(name_key="한빛소재산업", unclaimed=True)
    site = CompanyFactory(website="http://hanbit.co.kr")
    CompanyFactory(website="https://hanbit.tistory.com")
    CompanyFactory(website="https://nothanbit.co.kr")
    mail = MembershipFactory(user=UserFactory(email="a@hanbit.co.kr")).company
    listed = CompanyFactory(stock_code="005930")
    claimed = CompanyFactory(unclaimed=True)
    services.ask_to_join(
        company=claimed,
        user=UserFactory(),
        message="",
        official_number="1234567891",
        now=timezone.now(),
    )
    Company.objects.filter(pk=firm.pk).update(official_number="1234567891")
    CompanyFactory(country="JP", name_key="한빛소재산업")
    firm.refresh_from_db()
    differ = "numbers_differ"
    assert codes(firm) == {
        named: {"name"},
        site: {"website", differ},
        mail: {"mail", differ},
        listed: {"stock_code", differ},
        claimed: {"claim"},
    }


def test_the_task_finds_each_pair_once_and_forgets_what_is_over(client: Client) -> None:
    one, other = (CompanyFactory(name_key="다른이름의회사") for _each in range(2))
    find_duplicates()
    find_duplicates()
    row = Duplicate.objects.get()
    assert {row.first, row.second} == {one, other}
    Company.objects.filter(pk=other.pk).update(
        name_key="전혀다른상호", updated_at=timezone.now() + timedelta(seconds=1)
    )
    find_duplicates()
    assert not Duplicate.objects.exists()


def test_what_staff_have_said_is_remembered(client: Client) -> None:
    one, other = (CompanyFactory(name_key="쌍둥이상사") for _each in range(2))
    find_duplicates()
    staff = StaffFactory()
    client.force_login(staff)
    page = reverse("companies:duplicates")
    assert len(client.get(page).context["rows"]) == 1
    client.post(reverse("companies:duplicate_dismiss", args=[one.pk, other.pk]))
    assert client.get(page).context["rows"] == []
    Company.objects.update(updated_at=timezone.now() + timedelta(seconds=1))
    find_duplicates()
    assert client.get(page).context["rows"] == []
    detail = client.get(reverse("companies:verification_detail", args=[one.pk]))
    assert staff.display_name in detail.content.decode()


def test_firms_that_are_gone_are_nobodys_duplicate(client: Client) -> None:
    one, other = (CompanyFactory(name_key="사라진회사") for _each in range(2))
    find_duplicates()
    Company.objects.filter(pk=other.pk).update(state=CompanyState.CLOSED)
    client.force_login(StaffFactory())
    assert client.get(reverse("companies:duplicates")).context["rows"] == []
    assert codes(one) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_for_any_number_of_pairs(
    client: Client, django_assert_num_queries: object, count: int
) -> None:
    for number in range(count):
        for _each in range(2):
            CompanyFactory(name_key=f"{number}번째로같은이름{number}")
    find_duplicates()
    client.force_login(StaffFactory())
    client.get(reverse("companies:duplicates"))
    with django_assert_num_queries(7):
        client.get(reverse("companies:duplicates"))


def test_the_index_of_names_finds_those_alike_among_many() -> None:
    """2,000 firms with names of their own: no pair of them is compared name by name, and the
    statements grow with the batches, not with the firms."""
    rng = random.Random(7)
    firms = CompanyFactory.build_batch(2000)
    for number, firm in enumerate(firms):
        firm.name_key = "".join(chr(rng.randrange(0xAC00, 0xD7A4)) for _each in range(6))
        firm.website = f"https://firm{number}.co.kr"
    Company.objects.bulk_create(firms)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE companies_company")
    with CaptureQueriesContext(connection) as all_of_them:
        assert services.find_duplicates(now=timezone.now(), limit=2000) == 2000
    assert len(all_of_them) <= 4 * 15
    with CaptureQueriesContext(connection) as one_of_them:
        services.possible_duplicates(firms[0], now=timezone.now())
    assert len(one_of_them) <= 10
    alike = next(q["sql"] for q in all_of_them if "similarity(" in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + alike)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "company_name_trgm" in plan, plan
