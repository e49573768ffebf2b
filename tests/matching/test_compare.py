"""Matches side by side: who may, which ones, and what stands in the rows."""

import pytest
from django.urls import reverse

from accounts.models import User
from matching.choices import Side
from matching.models import Answer, Match
from tests.factories import CompanyFactory, NeedFactory, OfferingFactory
from tests.matching.scenes import member_of, published_match

pytestmark = pytest.mark.django_db
COMPARE = reverse("matching:compare")
INBOX = reverse("matching:inbox")


def matches_of_one_need(count: int) -> list[Match]:
    need = NeedFactory(lead_time_days=40)
    criteria = [{"product": 0.9, "lead_time": 1.0}, {"product": 0.5}, {"product": 0.1}, {}]
    return [
        published_match(
            need=need,
            offering=OfferingFactory(lead_time_days=30 + number, title_en=f"Resist {number}"),
            criteria=criteria[number],
        )
        for number in range(count)
    ]


def chosen(*matches: Match) -> dict[str, list[str]]:
    return {"match": [str(match.pk) for match in matches]}


def test_rows_carry_marks_and_both_sides(client, django_assert_max_num_queries):
    matches = matches_of_one_need(3)
    person = member_of(matches[0], Side.BUYER)
    User.objects.filter(pk=person.pk).update(language="en")
    client.force_login(person)
    client.get(COMPARE, chosen(*matches))
    with django_assert_max_num_queries(40):
        page = client.get(COMPARE, chosen(*matches))
    rows = {str(row.label): row for row in page.context["rows"]}
    assert [cell.mark for cell in rows["What it is"].cells] == ["=", "≈", "≠"]
    lead = rows["Lead time"]
    assert lead.own == "40 days"
    assert [cell.segments[0].text for cell in lead.cells] == ["30 days", "31 days", "32 days"]
    assert [cell.mark for cell in lead.cells] == ["=", "?", "?"]
    for match in matches:
        assert reverse("matching:match", args=[match.pk]) in page.content.decode()


def test_answering_from_the_comparison(client):
    first, second = matches_of_one_need(2)
    client.force_login(member_of(first, Side.BUYER))
    page = client.get(COMPARE, chosen(first, second)).content.decode()
    assert page.count('value="interested"') == 2
    client.post(reverse("matching:match", args=[second.pk]), {"kind": "interested"})
    assert Answer.objects.get().match == second


def test_one_four_or_those_of_several_items_lead_back_to_the_inbox(client):
    matches = matches_of_one_need(4)
    buyer = matches[0].buyer
    other = published_match(need=NeedFactory(company=buyer))
    client.force_login(member_of(matches[0], Side.BUYER))
    for wrong in (matches[:1], matches, [matches[0], other]):
        assert client.get(COMPARE, chosen(*wrong)).headers["Location"] == INBOX
    assert client.get(COMPARE).headers["Location"] == INBOX


def test_strangers_matches_and_nonsense_are_not_found(client):
    first, second = matches_of_one_need(2)
    client.force_login(member_of(published_match(), Side.BUYER))
    assert client.get(COMPARE, chosen(first, second)).status_code == 404
    assert client.get(COMPARE, {"match": ["x", "y"]}).status_code == 404
    assert client.post(COMPARE).status_code == 405


def test_a_hidden_firm_stays_hidden_and_its_size_is_a_band(client):
    first, second = matches_of_one_need(2)
    seller = CompanyFactory(
        with_owner=True, is_name_hidden=True, name_ko="주식회사 비밀상사", name_en="", employees=123
    )
    hidden = published_match(
        need=first.need, offering=OfferingFactory(company=seller, title_en="비밀상사 resist")
    )
    client.force_login(member_of(first, Side.BUYER))
    page = client.get(COMPARE, chosen(first, second, hidden)).content.decode()
    assert "비밀상사" not in page
    assert "123名" not in page
    assert "50～249名" in page
