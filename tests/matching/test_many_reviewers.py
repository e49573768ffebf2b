"""Twenty reviewers at the same queue at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import ceil
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from common.errors import StateChanged
from common.models import AuditEvent
from matching.choices import Decision, Direction, MatchState, RejectReason
from matching.models import Match, MatchEvent, Review, ReviewClaim
from matching.queries.queue import Wanted
from matching.services import (
    approve_match,
    hold_match,
    open_next,
    refresh_priorities,
    reject_match,
)
from tests.factories import (
    CompanyFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    StaffFactory,
)

REVIEWERS = 20
MATCHES = 2000
FIRMS = 5


def queue(number: int) -> None:
    """So many proposals among a few firms: many of them share firms and needs."""
    PolicyFactory(four_eyes_above=0.95)
    side = ceil(number**0.5)
    buyers = [CompanyFactory(country="JP") for _ in range(FIRMS)]
    sellers = [CompanyFactory() for _ in range(FIRMS)]
    needs = [NeedFactory(company=buyers[place % FIRMS]) for place in range(side)]
    offerings = [OfferingFactory(company=sellers[place % FIRMS]) for place in range(side)]
    pairs = [(need, offering) for need in needs for offering in offerings][:number]
    Match.objects.bulk_create(
        Match(
            need=need,
            offering=offering,
            direction=Direction.KR_TO_JP,
            score=0.8,
            confidence=0.5,
            value=(number % 100) / 100,
            priority=(number % 100) / 100,
            created_at=timezone.now(),
        )
        for number, (need, offering) in enumerate(pairs)
    )


def decide(match: Match, number: int, reviewer: User) -> str:
    """Three in four are approved or rejected, the rest put on hold."""
    now = timezone.now()
    match = Match.objects.with_sides().get(pk=match.pk)
    if number % 4 == 3:
        until = timezone.localdate(now) + timedelta(days=9)
        hold_match(match=match, until=until, actor=reviewer, now=now)
        return Decision.HELD
    if number % 4 == 2:
        reject_match(match=match, reason=RejectReason.CAPACITY, actor=reviewer, now=now)
        return Decision.REJECTED
    approve_match(match=match, actor=reviewer, now=now)
    return Decision.FIRST_YES if match.state == MatchState.PROPOSED else Decision.APPROVED


def work(reviewer: User, barrier: Barrier) -> Counter[str]:
    """Take the next match and decide it until nothing is left."""
    told: Counter[str] = Counter()
    try:
        barrier.wait(timeout=30)
        after = None
        while match := open_next(
            wanted=Wanted(), reviewer=reviewer, after=after, now=timezone.now()
        ):
            try:
                told[decide(match, told.total(), reviewer)] += 1
            except StateChanged:
                told["second"] += 1
            after = match
    finally:
        connection.close()
    return told


@pytest.mark.django_db(transaction=True)
def test_twenty_reviewers_decide_two_thousand_matches() -> None:
    """None is lost, none is decided twice, nobody waits for ever: a deadlock would raise. The
    order of the queue is refreshed meanwhile, as it is in life."""
    queue(MATCHES)
    reviewers = [StaffFactory() for _ in range(REVIEWERS)]
    barrier = Barrier(REVIEWERS)
    with ThreadPoolExecutor(REVIEWERS) as pool:
        working = [pool.submit(work, reviewer, barrier) for reviewer in reviewers]
        while not all(each.done() for each in working):
            refresh_priorities(now=timezone.now())
        told = sum((each.result() for each in working), Counter[str]())
    second = told.pop("second", 0)
    assert told.total() == MATCHES
    # Each is handed to one reviewer: nobody comes second.
    assert second == 0
    reviews = Counter(Review.objects.values_list("decision", flat=True))
    assert reviews == told
    assert Review.objects.order_by().values("match").distinct().count() == MATCHES
    states = Counter(Match.objects.order_by().values_list("state", flat=True))
    assert states[MatchState.APPROVED] == told[Decision.APPROVED]
    assert states[MatchState.REJECTED] == told[Decision.REJECTED]
    assert Match.objects.parked().count() == told[Decision.FIRST_YES] > 0
    assert Match.objects.held(timezone.localdate()).count() == told[Decision.HELD]
    assert not Match.objects.queue(timezone.localdate()).exists()
    moved = told[Decision.APPROVED] + told[Decision.REJECTED]
    assert MatchEvent.objects.count() == moved
    assert AuditEvent.objects.filter(object_type="matching.match").count() == MATCHES
    # All had their share of the work.
    shares = Counter(Review.objects.values_list("reviewer", flat=True))
    assert len(shares) == REVIEWERS
    assert not ReviewClaim.objects.filter(until__gt=timezone.now() + timedelta(hours=1)).exists()


@pytest.mark.django_db(transaction=True)
def test_everybody_is_handed_another_match_at_the_same_moment() -> None:
    queue(REVIEWERS)
    reviewers = [StaffFactory() for _ in range(REVIEWERS)]
    barrier = Barrier(REVIEWERS)

    def look(reviewer: User) -> object:
        try:
            barrier.wait(timeout=30)
            match = open_next(wanted=Wanted(), reviewer=reviewer, now=timezone.now())
            return match and match.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(REVIEWERS) as pool:
        handed = list(pool.map(look, reviewers))
    assert None not in handed
    assert len(set(handed)) == REVIEWERS
