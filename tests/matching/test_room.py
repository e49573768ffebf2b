"""Introductions a month and seats of a need: shown, kept to, and raised by the firm itself."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Company, Need
from matching.choices import MatchState, Side
from matching.links import answer_url
from matching.models import Answer, Introduction, Match
from matching.queries.capacity import introductions_room, month_start, next_month, seats_room
from matching.services import NoRoom, introduce_waiting_matches
from tests.factories import OfferingFactory
from tests.matching.concurrency import at_once
from tests.matching.scenes import answer, introduced_match, member_of, published_match

pytestmark = pytest.mark.django_db


def link(match: Match, side: Side) -> str:
    return "/" + answer_url(match, side, member_of(match, side)).split("/", 3)[3]


def limit(company: Company, number: int) -> None:
    Company.objects.filter(pk=company.pk).update(introductions_per_month=number)


def matches_of_one_seller(count: int) -> list[Match]:
    first = published_match()
    return [
        first,
        *(
            published_match(offering=OfferingFactory(company=first.seller))
            for _ in range(count - 1)
        ),
    ]


def test_an_interested_answer_takes_a_place_and_so_does_an_introduction():
    first, second = matches_of_one_seller(2)
    now = timezone.now()
    assert introductions_room(first.seller, now).left == 5
    answer(first, Side.SELLER)
    assert introductions_room(first.seller, now).left == 4
    answer(second, Side.SELLER)
    answer(second, Side.BUYER)
    assert introductions_room(first.seller, now).left == 3
    assert introductions_room(second.buyer, now).left == 4
    # The month after, the introduction counts no more, the promise still does.
    assert introductions_room(first.seller, next_month(now)).left == 4


def test_seats_count_for_good():
    match = introduced_match(timezone.now() - timedelta(days=70))
    assert seats_room(match.need).taken == 1
    other = published_match(need=match.need)
    answer(other, Side.BUYER)
    assert seats_room(match.need).left == 3
    assert seats_room(match.need, exclude=other.pk).left == 4


def test_no_answer_above_the_firms_own_number_until_it_raises_it():
    first, second = matches_of_one_seller(2)
    limit(first.seller, 1)
    answer(first, Side.SELLER)
    with pytest.raises(NoRoom):
        answer(second, Side.SELLER)
    page = Client().post(link(second, Side.SELLER), {"kind": "interested", "seen": ""})
    assert page.context["taken"].lacks_room
    assert 'name="raises_limits"' in page.content.decode()
    assert not Answer.objects.filter(match=second).exists()
    data = {"kind": "interested", "raises_limits": "on", "seen": ""}
    page = Client().post(link(second, Side.SELLER), data, follow=True)
    assert page.context["own_answer"].kind == "interested"
    first.seller.refresh_from_db()
    assert first.seller.introductions_per_month == 2


def test_no_answer_above_the_seats_of_the_need():
    first = published_match()
    second = published_match(need=first.need)
    Need.objects.filter(pk=first.need.pk).update(seats=1)
    answer(first, Side.BUYER)
    with pytest.raises(NoRoom):
        answer(second, Side.BUYER)
    answer(second, Side.SELLER)
    answer(second, Side.BUYER, raises_limits=True)
    first.need.refresh_from_db()
    assert first.need.seats == 2
    assert Introduction.objects.get().match == second


def test_an_answer_may_be_changed_when_the_number_is_used_up():
    match = published_match()
    limit(match.seller, 1)
    answer(match, Side.SELLER)
    answer(match, Side.SELLER, note="the same, with a word")
    assert Answer.objects.get().note == "the same, with a word"


@pytest.mark.django_db(transaction=True)
def test_the_last_place_goes_to_one_of_two_answers_at_once():
    first, second = matches_of_one_seller(2)
    limit(first.seller, 1)
    ended: list[str] = []

    def try_it(match: Match) -> None:
        try:
            answer(match, Side.SELLER)
            ended.append("done")
        except NoRoom:
            ended.append("no room")

    at_once(lambda: try_it(first), lambda: try_it(second))
    assert sorted(ended) == ["done", "no room"]


@pytest.mark.parametrize("way", ["raised", "next month"])
def test_an_introduction_waits_for_room_and_is_made_as_soon_as_there_is(way):
    early = month_start(timezone.now()) + timedelta(hours=1)
    first, second = _two_of_one_seller(early)
    for match in (first, second):
        answer(match, Side.SELLER, now=early)
    limit(first.seller, 1)
    answer(first, Side.BUYER, now=early)
    answer(second, Side.BUYER, now=early)
    second.refresh_from_db()
    assert second.state == MatchState.APPROVED
    assert second.expires_at > next_month(early)
    assert introduce_waiting_matches(now=early) == 0
    later = early
    if way == "raised":
        limit(first.seller, 2)
    else:
        later = next_month(early)
    assert introduce_waiting_matches(now=later) == 1
    assert introduce_waiting_matches(now=later) == 0
    second.refresh_from_db()
    assert second.state == MatchState.INTRODUCED
    assert Introduction.objects.filter(match=second).count() == 1


def _two_of_one_seller(now: datetime) -> tuple[Match, Match]:
    first = published_match(now)
    return first, published_match(now, offering=OfferingFactory(company=first.seller))


def test_who_waits_for_room_reads_why():
    first, second = matches_of_one_seller(2)
    for match in (first, second):
        answer(match, Side.SELLER)
    limit(first.seller, 1)
    for match in (first, second):
        answer(match, Side.BUYER)
    texts = {side: Client().get(link(second, side)).context["next_step"] for side in Side}
    assert all(texts.values())
    assert texts[Side.BUYER] != texts[Side.SELLER]


def test_numbers_are_shown_with_the_buttons():
    match = published_match()
    page = Client().get(link(match, Side.BUYER))
    assert (page.context["room"].left, page.context["seats"].left) == (5, 5)
    assert Client().get(link(match, Side.SELLER)).context["seats"] is None
