"""A firm's home page: counts from the rows, what is new, what to do next."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from companies.models import Company
from matching.choices import AnswerKind, DeclineReason, Side
from matching.queries.home import firm_homes
from tests.factories import CompanyFactory, MembershipFactory, NeedFactory, OfferingFactory
from tests.matching.scenes import answer, introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def steps(user: User) -> list[str]:
    (home,) = firm_homes(user, now=timezone.now())
    return [step.url for step in home.steps]


def test_what_waits_and_what_is_new_is_counted_from_the_rows():
    match = published_match()
    buyer = match.buyer
    waiting = published_match(need=match.need)
    answer(waiting, Side.BUYER)
    declined = published_match(need=NeedFactory(company=buyer))
    answer(declined, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    introduced_match(NOW - timedelta(days=20), need=NeedFactory(company=buyer))
    published_match()
    (home,) = firm_homes(member_of(match, Side.BUYER), now=timezone.now())
    assert (home.to_answer, home.waiting_for_them) == (1, 1)
    assert [row.match for row in home.waiting] == [match]
    assert [row.match for row in home.news] == [declined]
    assert (home.needs, home.offerings) == (3, 0)
    assert home.room.limit == 5


def test_each_firm_of_a_person_has_its_own_part(client):
    first, second = published_match(), published_match()
    person = member_of(first, Side.BUYER)
    MembershipFactory(user=person, company=second.seller)
    homes = firm_homes(person, now=timezone.now())
    assert [home.company for home in homes] == [first.buyer, second.seller]
    assert [home.to_answer for home in homes] == [1, 1]
    client.force_login(person)
    shown = client.get("/").context["homes"]
    assert [home.company for home in shown] == [home.company for home in homes]


def test_the_next_step_fits_the_firm():
    person = MembershipFactory(company=CompanyFactory(state="draft")).user
    assert [url.split("?")[0] for url in steps(person)] == ["/company/", "/items/"]
    match = published_match()
    person = member_of(match, Side.SELLER)
    assert steps(person) == []
    Company.objects.filter(pk=match.seller.pk).update(introductions_per_month=0)
    assert steps(person) == ["/company/edit/#id_introductions_per_month"]


def test_an_untold_outcome_is_asked_for_after_a_month():
    match = introduced_match(NOW - timedelta(days=31), offering=OfferingFactory())
    assert any(str(match.pk) in url for url in steps(member_of(match, Side.SELLER)))


def test_the_name_of_a_hidden_firm_is_not_on_the_home_page(client):
    seller = CompanyFactory(with_owner=True, is_name_hidden=True, name_ko="주식회사 숨은별")
    match = published_match(offering=OfferingFactory(company=seller, title_en="숨은별 resist"))
    client.force_login(member_of(match, Side.BUYER))
    page = client.get("/").content.decode()
    assert "숨은별" not in page
    assert str(match.pk) in page
