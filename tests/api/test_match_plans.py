"""The staff's list of matches stays quick however many there are: each order has its index."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.callers import program
from tests.factories import StaffFactory
from tests.matching.test_inbox_plans import person

__all__ = ["person"]
pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("person")
def test_pages_of_all_matches_use_an_index():
    client = program(StaffFactory(), "reviewer")
    for query in ("", "?ordering=updated_at", "?ordering=updated_at&changed_since=2026-01-01"):
        url = f"/api/v1/matches/{query}"
        for _page in range(2):
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(url).json()
            assert len(answer["results"]) == 50
            (sql,) = (each["sql"] for each in captured if 'FROM "matching_match"' in each["sql"])
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
            assert not re.search(r"Seq Scan on matching_match\b", plan), plan
            assert "Sort" not in plan, plan
            url = answer["next"]
