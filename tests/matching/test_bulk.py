"""Many matches at once: the preview says what happens, and each match is decided by itself."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.errors import RuleViolated
from companies.models import Block
from matching.choices import BulkOutcome, BulkState, Decision, EventReason, MatchState, RejectReason
from matching.models import BulkDecision, Match
from matching.queries.obstacles import DECIDED, OWN, PROSPECT
from matching.services import approve_match, bulk, request_bulk, run_bulk, sweep_bulk
from tests.factories import (
    CompanyFactory,
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    StaffFactory,
)
from tests.matching.concurrency import at_once

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def outcomes(decision: BulkDecision) -> list[tuple[str, str]]:
    return list(decision.items.order_by("position").values_list("outcome", "why"))


def obstacles(kim: object) -> list[tuple[Match, str]]:
    """One match for each reason not to approve it, and one that is fine."""
    PolicyFactory(four_eyes_above=0.7)
    tired = CompanyFactory(introductions_per_month=1)
    MatchFactory(offering=OfferingFactory(company=tired), state=MatchState.APPROVED)
    full = NeedFactory(seats=1)
    MatchFactory(need=full, state=MatchState.APPROVED)
    apart = MatchFactory()
    Block.objects.create(company=apart.seller, blocked=apart.buyer, created_at=NOW)
    mine = MatchFactory(value=0.9)
    approve_match(match=mine, actor=kim, now=NOW)
    return [
        (MatchFactory(), ""),
        (MatchFactory(offering=OfferingFactory(company=tired)), EventReason.NO_CAPACITY),
        (MatchFactory(need=full), EventReason.NO_SEAT),
        (apart, EventReason.BLOCKED),
        (MatchFactory(need=NeedFactory(state="closed")), EventReason.ITEM_CLOSED),
        (
            MatchFactory(offering=OfferingFactory(company=CompanyFactory(state="suspended"))),
            EventReason.COMPANY_LEFT,
        ),
        (MatchFactory(is_prospect=True), PROSPECT),
        (mine, OWN),
        (MatchFactory(state=MatchState.REJECTED), DECIDED),
    ]


def test_the_preview_says_what_then_happens(client: Client) -> None:
    kim = StaffFactory(language="en")
    scene = obstacles(kim)
    ids = [match.pk for match, _why in scene]
    client.force_login(kim)
    page = client.get(reverse("matching:review_bulk"), {"match": ids})
    told = page.context["told"]
    assert (told.total, told.possible, told.parked) == (9, 1, 0)
    assert (told.places, told.firms) == (2, 2)
    assert sum(number for _why, number in told.obstacles) == 8
    assert "The firms are not to meet." in page.content.decode()
    assert "None" not in page.content.decode()
    decision = request_bulk(match_ids=ids, decision=Decision.APPROVED, actor=kim, now=NOW)
    assert run_bulk(bulk_id=decision.pk, now=NOW) == 9
    found = [(why, outcome) for outcome, why in outcomes(decision)]
    assert found == [
        (why, BulkOutcome.DONE)
        if not why
        else (why, BulkOutcome.TAKEN if why == DECIDED else BulkOutcome.REFUSED)
        for _match, why in scene
    ]


def test_places_are_counted_through_the_selection() -> None:
    PolicyFactory()
    firm = CompanyFactory(introductions_per_month=2)
    matches = [MatchFactory(offering=OfferingFactory(company=firm)) for _ in range(3)]
    ids = [match.pk for match in matches]
    decision = request_bulk(
        match_ids=ids, decision=Decision.APPROVED, actor=StaffFactory(), now=NOW
    )
    run_bulk(bulk_id=decision.pk, now=NOW)
    assert [why for _outcome, why in outcomes(decision)] == ["", "", EventReason.NO_CAPACITY]


def test_above_the_value_all_are_parked(client: Client) -> None:
    PolicyFactory(four_eyes_above=0.5)
    matches = [MatchFactory(value=value) for value in (0.6, 0.4)]
    kim = StaffFactory()
    client.force_login(kim)
    ids = [match.pk for match in matches]
    told = client.get(reverse("matching:review_bulk"), {"match": ids}).context["told"]
    assert (told.possible, told.parked, told.places) == (1, 1, 2)
    answer = client.post(
        reverse("matching:review_bulk"), {"chosen": " ".join(pk.hex for pk in ids)}
    )
    page = client.get(answer.url)
    assert [item.outcome for item, _why in page.context["rows"]] == ["parked", "done"]
    assert Match.objects.parked().get() == matches[0]


def test_rejecting_and_holding_many(client: Client) -> None:
    client.force_login(StaffFactory(language="en"))
    matches = [MatchFactory() for _ in range(3)]
    address = reverse("matching:review_bulk")
    posted = {"chosen": " ".join(match.pk.hex for match in matches[:2])}
    missing = client.post(f"{address}?decision=rejected", posted)
    assert missing.status_code == 422
    # "Other" needs words: nothing is written down at all.
    client.post(f"{address}?decision=rejected", posted | {"reason": RejectReason.OTHER})
    assert not BulkDecision.objects.exists()
    client.post(f"{address}?decision=rejected", posted | {"reason": RejectReason.CAPACITY})
    until = TODAY + timedelta(days=5)
    client.post(
        f"{address}?decision=held", {"chosen": matches[2].pk.hex, "until": until.isoformat()}
    )
    states = [Match.objects.get(pk=match.pk) for match in matches]
    assert [match.state for match in states] == ["rejected", "rejected", "proposed"]
    assert states[2].held_until == until
    assert {review.reason for review in states[0].reviews.all()} == {RejectReason.CAPACITY}


def test_all_of_a_view_is_what_the_filter_finds(client: Client) -> None:
    client.force_login(StaffFactory())
    high, _low = MatchFactory(score=0.9), MatchFactory(score=0.4)
    page = client.get(reverse("matching:review_bulk"), {"all": "1", "min_score": "80"})
    assert [line.match for line in page.context["told"].lines] == [high]
    assert page.context["back"].endswith("?min_score=80")


def test_nothing_chosen_and_too_many() -> None:
    kim = StaffFactory()
    for ids in ([], [MatchFactory().pk] * (bulk.MOST + 1)):
        if ids:
            # The same match twice is one match.
            assert (
                request_bulk(
                    match_ids=ids, decision=Decision.APPROVED, actor=kim, now=NOW
                ).items.count()
                == 1
            )
        else:
            with pytest.raises(RuleViolated):
                request_bulk(match_ids=ids, decision=Decision.APPROVED, actor=kim, now=NOW)


def test_a_worker_that_died_is_followed_by_another(settings) -> None:
    PolicyFactory()
    matches = [MatchFactory() for _ in range(3)]
    decision = request_bulk(
        match_ids=[match.pk for match in matches],
        decision=Decision.APPROVED,
        actor=StaffFactory(),
        now=NOW,
    )
    # It had decided about the first one and claimed the rest.
    first = decision.items.get(position=1)
    first.outcome = BulkOutcome.DONE
    first.save()
    BulkDecision.objects.update(state=BulkState.RUNNING, claimed_at=NOW)
    assert sweep_bulk(now=NOW) == 0
    assert sweep_bulk(now=NOW + settings.MATCH_RUN_STALE) == 2
    assert Match.objects.filter(state=MatchState.APPROVED).count() == 2
    decision.refresh_from_db()
    assert decision.state == BulkState.DONE


@pytest.mark.django_db(transaction=True)
def test_two_workers_decide_each_match_once() -> None:
    PolicyFactory()
    matches = [MatchFactory() for _ in range(6)]
    decision = request_bulk(
        match_ids=[match.pk for match in matches],
        decision=Decision.APPROVED,
        actor=StaffFactory(),
        now=NOW,
    )
    at_once(*[lambda: run_bulk(bulk_id=decision.pk, now=NOW) for _ in range(3)])
    assert [outcome for outcome, _why in outcomes(decision)] == [BulkOutcome.DONE] * 6
    assert all(match.reviews.count() == 1 for match in matches)


def test_the_preview_asks_the_same_number_of_queries_for_one_and_for_many(client: Client) -> None:
    client.force_login(StaffFactory(staff_role="supervisor"))

    def count(number: int) -> int:
        ids = list(Match.objects.values_list("pk", flat=True)[:number])
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("matching:review_bulk"), {"match": ids})
        return len(captured)

    for _ in range(3):
        MatchFactory()
    count(1)
    assert count(1) == count(3) <= 24


def test_the_result_asks_the_same_number_of_queries_for_one_and_for_many(client: Client) -> None:
    kim = StaffFactory()
    client.force_login(kim)

    def count(number: int) -> int:
        ids = list(Match.objects.values_list("pk", flat=True)[:number])
        decision = request_bulk(
            match_ids=ids, decision=Decision.HELD, until=TODAY + timedelta(1), actor=kim, now=NOW
        )
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("matching:review_bulk_result", args=[decision.pk]))
        return len(captured)

    for _ in range(3):
        MatchFactory()
    count(1)
    assert count(1) == count(3) <= 20
