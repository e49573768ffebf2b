"""The never-meet list: whom a firm puts on it, what becomes of the matches, what nobody learns."""

import pytest
from django.urls import reverse
from django.utils import timezone

from companies.services import block_company
from mailing.models import Message
from matching.choices import EventReason, MatchState, Side
from matching.models import Introduction, Match
from matching.queries.settled import settled
from matching.services import withdraw_pair
from tests.factories import MembershipFactory
from tests.matching.concurrency import at_once
from tests.matching.scenes import answer, member_of, published_match
from tests.matching.test_edges import assert_told_in_every_language, pause_seller


@pytest.mark.django_db
def test_blocking_from_the_card_takes_the_match_back_and_does_not_tell(client):
    match = published_match()
    client.force_login(member_of(match, Side.SELLER))
    client.post(reverse("matching:match_block", args=[match.pk]), {"reason": "competitor"})
    match.refresh_from_db()
    assert match.state == MatchState.WITHDRAWN
    block = match.seller.blocks.get()
    assert (block.blocked, block.reason, block.is_blind) == (match.buyer, "competitor", False)
    assert_told_in_every_language(match)
    theirs = settled(match, Side.BUYER, timezone.now())
    # Just what is told of a firm that left for any other reason.
    other = published_match()
    pause_seller(other)
    assert theirs == settled(Match.objects.get(pk=other.pk), Side.BUYER, timezone.now())
    mails = Message.objects.filter(user=member_of(match, Side.BUYER), kind="match_expired")
    assert str(EventReason.BLOCKED.label) not in mails.get().text


@pytest.mark.django_db
def test_a_hidden_firm_is_blocked_without_learning_its_name(client):
    match = published_match()
    match.buyer.is_name_hidden = True
    match.buyer.save()
    client.force_login(member_of(match, Side.SELLER))
    client.post(reverse("matching:match_block", args=[match.pk]))
    page = client.get(reverse("companies:blocks")).content.decode()
    for secret in (match.buyer.name_ja, match.buyer.name_en, match.buyer.official_number):
        assert secret not in page
    # Naming the firm afterwards does not tell that it was the unnamed one.
    number = match.buyer.official_number
    found = client.get(reverse("companies:blocks"), {"q": number})
    assert str(match.buyer.pk) in found.content.decode()
    block_company(
        company=match.seller,
        blocked=match.buyer,
        actor=member_of(match, Side.SELLER),
        now=timezone.now(),
    )
    assert match.seller.blocks.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_block_and_an_answer_at_once_leave_one_of_two_whole_states():
    match = published_match()
    answer(match, Side.BUYER)
    at_once(
        lambda: answer(match, Side.SELLER),
        lambda: withdraw_pair(
            company_id=match.buyer.pk, other_id=match.seller.pk, now=timezone.now()
        ),
    )
    match.refresh_from_db()
    is_introduced = Introduction.objects.filter(match=match).exists()
    assert match.state == (MatchState.INTRODUCED if is_introduced else MatchState.WITHDRAWN)


@pytest.mark.django_db
def test_only_writers_of_the_firm_block(client):
    match = published_match()
    path = reverse("matching:match_block", args=[match.pk])
    client.force_login(MembershipFactory(company=match.seller, role="viewer").user)
    assert client.post(path).status_code == 403
    client.force_login(MembershipFactory().user)
    assert client.post(path).status_code == 404
    assert client.get(path).status_code == 405
