"""Pages of long lists: every row once, however many came in at the same moment."""

import base64
import json

import pytest
from django.utils import timezone

from companies.models import Company
from tests.api.callers import program
from tests.factories import CompanyFactory, StaffFactory

pytestmark = pytest.mark.django_db
FIRMS = "/api/v1/companies/"


@pytest.fixture
def staff():
    return program(StaffFactory(language="en"), "reviewer")


def walk(client, address, relation="next"):
    seen = []
    while address:
        told = client.get(address).json()
        seen.append([row["id"] for row in told["results"]])
        address = told[relation]
    return seen


def test_thousands_of_one_moment_are_shown_once_each(staff):
    now = timezone.now()
    made = Company.objects.bulk_create(
        Company(country="KR", name_ko=f"기업 {n}", state="unclaimed", created_at=now)
        for n in range(1300)
    )
    pages = walk(staff, f"{FIRMS}?limit=200&fields=id")
    seen = [pk for page in pages for pk in page]
    assert len(pages) == 7
    assert sorted(seen) == sorted(str(firm.pk) for firm in made)


@pytest.mark.parametrize("order", ["created_at", "-created_at", "-updated_at"])
def test_there_and_back_again(staff, order):
    CompanyFactory.create_batch(7)
    first = f"{FIRMS}?limit=3&fields=id&ordering={order}"
    pages = walk(staff, first)
    assert [len(page) for page in pages] == [3, 3, 1]
    last = first
    while following := staff.get(last).json()["next"]:
        last = following
    assert walk(staff, last, "previous") == pages[::-1]


@pytest.mark.parametrize(
    "told",
    ["", "[]", "7", "[false]", '[false, "x", "y"]', '[0, "2026-01-01", "1"]',
     '[false, "2026-01-01T00:00:00+00:00", "no id"]', '[false, "\\u0000", "1"]'],
)  # fmt: skip
def test_cursors_that_nobody_gave_out(staff, told):
    cursor = base64.urlsafe_b64encode(told.encode()).decode() or "%C3%A4"
    answer = staff.get(f"{FIRMS}?cursor={cursor}")
    assert answer.status_code == 422, told
    assert answer.json()["errors"][0]["parameter"] == "cursor"
    assert json.loads(answer.content)["code"] == "invalid"
