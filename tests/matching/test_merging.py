"""What becomes of the matches of two records that are put together, and what is mailed."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.choices import StaffRole
from companies import services
from companies.choices import ItemState
from companies.models import Block, Company, CompanyMerge, Offering
from mailing.models import Message
from matching.choices import EventReason, MatchState, Side
from matching.models import Match
from tests.companies.test_merging import merged
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    StaffFactory,
)
from tests.matching.concurrency import at_once
from tests.matching.scenes import answer, member_of, published_match

pytestmark = pytest.mark.django_db


def twins(
    survivor_match: dict[str, Any], absorbed_match: dict[str, Any]
) -> tuple[Company, Company, Match, Match]:
    need = NeedFactory()
    made = []
    for fields in (survivor_match, absorbed_match):
        offering = OfferingFactory(title_en="Photoresist")
        if fields.pop("published", False):
            made.append(published_match(need=need, offering=offering))
        else:
            made.append(MatchFactory(need=need, offering=offering, **fields))
    return made[0].seller, made[1].seller, *made


def test_of_two_matches_of_one_pair_the_further_one_stands() -> None:
    survivor, absorbed, theirs, ours = twins({"state": MatchState.PROPOSED}, {"published": True})
    Message.objects.all().delete()
    merged(survivor, absorbed)
    for match in (theirs, ours):
        match.refresh_from_db()
    assert (theirs.state, ours.state) == (MatchState.WITHDRAWN, MatchState.APPROVED)
    assert ours.seller == survivor
    assert theirs.events.last().reason == EventReason.MERGED
    # The item whose match goes on stays open; nobody is mailed about the one nobody knew of.
    assert Offering.objects.get(pk=ours.offering_id).state == ItemState.OPEN
    assert Offering.objects.get(pk=theirs.offering_id).state == ItemState.CLOSED
    assert not Message.objects.filter(kind="match_expired").exists()
    answered = answer(ours, Side.BUYER)
    assert answered.state == MatchState.APPROVED


def test_the_other_side_is_told_when_a_match_it_was_mailed_about_ends() -> None:
    survivor, absorbed, stays, goes = twins({"published": True}, {"published": True})
    buyer = member_of(stays, Side.BUYER)
    Message.objects.all().delete()
    row = merged(survivor, absorbed)
    goes.refresh_from_db()
    assert goes.state == MatchState.WITHDRAWN
    told = Message.objects.filter(kind="match_expired")
    assert [message.to for message in told] == [buyer.email]
    services.undo_merge(merge=row, actor=StaffFactory(), now=timezone.now())
    goes.refresh_from_db()
    assert goes.state == MatchState.APPROVED
    again = Message.objects.filter(kind="match", user=buyer)
    assert again.count() == 1
    assert goes.events.last().reason == EventReason.UNMERGED


def test_a_match_of_an_item_that_both_have_goes_over_to_the_one_that_stays() -> None:
    survivor, absorbed = CompanyFactory(with_owner=True), CompanyFactory(with_owner=True)
    kept = published_match(offering=OfferingFactory(company=survivor, title_en="Resist")).offering
    match = MatchFactory(offering=OfferingFactory(company=absorbed, title_en="RESIST"))
    merged(survivor, absorbed)
    match.refresh_from_db()
    assert (match.state, match.offering) == (MatchState.PROPOSED, kept)


def test_never_met_firms_stay_apart() -> None:
    match = MatchFactory()
    twin = CompanyFactory(with_owner=True)
    Block.objects.create(company=twin, blocked=match.buyer, created_at=timezone.now())
    merged(match.seller, twin)
    match.refresh_from_db()
    assert (match.state, match.events.last().reason) == ("withdrawn", EventReason.BLOCKED)


def test_matches_between_the_two_are_withdrawn() -> None:
    match = MatchFactory(need=NeedFactory(company=CompanyFactory(with_owner=True)))
    merged(match.seller, match.buyer)
    match.refresh_from_db()
    assert match.state == MatchState.WITHDRAWN


@pytest.mark.django_db(transaction=True)
def test_merging_while_a_match_is_answered_loses_neither() -> None:
    match = published_match()
    answer(match, Side.BUYER)
    survivor = CompanyFactory(with_owner=True)
    absorbed, person = match.seller, member_of(match, Side.SELLER)
    boss = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    ended = at_once(
        lambda: merged(survivor, absorbed, actor=boss),
        lambda: answer(match, Side.SELLER, by=person),
    )
    assert ended == ["done", "done"]
    match = Match.objects.with_sides().get(pk=match.pk)
    assert (match.state, match.seller) == (MatchState.INTRODUCED, survivor)


@pytest.mark.django_db(transaction=True)
def test_two_staff_merge_at_once_and_one_wins() -> None:
    one, other = CompanyFactory(with_owner=True), CompanyFactory(with_owner=True)
    boss = StaffFactory(staff_role=StaffRole.SUPERVISOR)
    ended = at_once(lambda: merged(one, other, actor=boss), lambda: merged(other, one, actor=boss))
    assert sorted(ended) == ["StateChanged", "done"]
    assert CompanyMerge.objects.count() == 1
