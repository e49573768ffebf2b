"""What stands in the way of a match, and what only warns."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.models import Consent
from companies.choices import CompanyState, MemberRole
from companies.models import Block
from matching.choices import AnswerKind, DeclineReason, MatchState, Side
from matching.models import Match
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    MembershipFactory,
    NeedFactory,
    OfferingFactory,
)
from tests.matching.dossier import codes, conflicts_of, panel_of, reject
from tests.matching.scenes import answer, published_match

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_match_without_a_conflict_has_none() -> None:
    assert codes(MatchFactory()) == {}


def test_either_firms_list_blocks_and_says_who_and_why() -> None:
    match = MatchFactory()
    Block.objects.create(
        company=match.seller, blocked=match.buyer, reason="competitor", created_at=timezone.now()
    )
    conflict = panel_of(match).conflicts[0]
    assert (conflict.code, conflict.is_blocking) == ("blocked", True)
    assert match.seller.display_name in conflict.sentence
    assert "It is a competitor." in conflict.sentence


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": CompanyState.SUSPENDED}, {"not_verified": True}),
        ({"is_matching_enabled": False}, {"not_matching": True}),
        ({"verified_until": timezone.now() + 10 * DAY}, {"verification_ends": False}),
        ({"verified_until": timezone.now() + 90 * DAY}, {}),
    ],
)
def test_the_standing_of_a_firm(fields: dict, expected: dict) -> None:
    seller = CompanyFactory(with_owner=True, **fields)
    assert codes(MatchFactory(offering=OfferingFactory(company=seller))) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "closed"}, {"item_closed": True}),
        ({"valid_until": timezone.localdate() - DAY}, {"item_closed": True}),
        ({"valid_until": timezone.localdate() + 3 * DAY}, {"item_ends": False}),
        ({"valid_until": timezone.localdate() + 60 * DAY}, {}),
    ],
)
def test_the_standing_of_an_item(fields: dict, expected: dict) -> None:
    assert codes(MatchFactory(offering=OfferingFactory(**fields))) == expected


def test_an_item_that_changed_since_it_was_scored_warns() -> None:
    assert codes(MatchFactory(is_stale=True)) == {"stale": False}


def test_signs_of_one_group() -> None:
    buyer = CompanyFactory(
        country="JP", with_owner=True, name_en="Akari Materials", representative="Lee  Min",
        website="https://www.akari.co.jp",
    )  # fmt: skip
    seller = CompanyFactory(with_owner=True, name_en="AKARI Korea", representative="lee min")
    person = seller.memberships.get().user
    MembershipFactory(company=buyer, user=person, role=MemberRole.VIEWER)
    MembershipFactory(company=seller, user__email="kim@kr.akari.co.jp")
    match = MatchFactory(need=NeedFactory(company=buyer), offering=OfferingFactory(company=seller))
    person.email = "kim@naver.com"
    person.save()
    signs = ("same_person", "same_brand", "same_representative")
    assert codes(match).items() >= dict.fromkeys(signs, False).items()
    domains = [each for each in panel_of(match).conflicts if each.code == "same_domain"]
    assert any("akari.co.jp" in each.sentence for each in domains)


def test_people_at_an_address_that_anybody_may_have_are_no_group() -> None:
    match = MatchFactory()
    for firm in (match.buyer, match.seller):
        user = firm.memberships.get().user
        user.email = f"a{user.pk}@naver.com"
        user.save()
    assert "same_domain" not in {each.code for each in panel_of(match).conflicts}


def test_a_used_up_month_blocks_once_it_is_mailed_and_warns_before() -> None:
    seller = CompanyFactory(with_owner=True, introductions_per_month=1)
    match = MatchFactory(offering=OfferingFactory(company=seller))
    MatchFactory(offering=OfferingFactory(company=seller), state=MatchState.APPROVED)
    assert codes(match) == {"capacity_promised": False}
    published_match(offering=OfferingFactory(company=seller))
    assert codes(match)["no_capacity"]


def test_taken_seats_block_once_they_are_mailed_and_warn_before() -> None:
    need = NeedFactory(seats=1)
    match = MatchFactory(need=need)
    taken = MatchFactory(need=need, state=MatchState.APPROVED)
    assert codes(match) == {"seats_promised": False}
    Match.objects.filter(pk=taken.pk).update(published_at=timezone.now())
    assert codes(match) == {"no_seat": True}


def test_a_firm_that_nobody_can_be_written_at_blocks() -> None:
    match = MatchFactory()
    match.buyer.memberships.update(role=MemberRole.VIEWER)
    assert codes(match) == {"no_recipient": True}


def test_a_missing_consent_to_be_named_abroad_warns() -> None:
    match = MatchFactory()
    Consent.objects.filter(
        user=match.buyer.memberships.get().user, kind=ConsentKind.CROSS_BORDER
    ).update(withdrawn_at=timezone.now())
    assert codes(match) == {"no_consent": False}


def test_what_the_two_firms_have_been_through_is_told_with_reason_and_day() -> None:
    declined = published_match()
    answer(declined, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    buyer, seller = declined.buyer, declined.seller
    rejected = MatchFactory(
        need=NeedFactory(company=buyer), offering=OfferingFactory(company=seller)
    )
    reject(rejected)
    match = MatchFactory(need=NeedFactory(company=buyer), offering=OfferingFactory(company=seller))
    told = conflicts_of(match)
    assert set(told) == {"earlier_declined", "earlier_rejected"}
    assert "The price level does not fit." in told["earlier_declined"].sentence
    assert "One side is busy enough at present." in told["earlier_rejected"].sentence
    assert told["earlier_declined"].match == declined


def test_a_firm_that_keeps_declining_for_one_reason_warns_where_this_match_is_weak() -> None:
    seller = CompanyFactory(with_owner=True, introductions_per_month=50)
    for _ in range(2):
        other = published_match(offering=OfferingFactory(company=seller))
        answer(other, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.PRICE)
    weak, strong = (
        MatchFactory(offering=OfferingFactory(company=seller), criteria={"price": value})
        for value in (0.1, 0.9)
    )
    assert codes(weak) == {"pattern": False}
    assert codes(strong) == {}
