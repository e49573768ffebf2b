"""Two reviewers above a value: nobody is the second of oneself, and nothing goes out before."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import RuleViolated, StateChanged
from matching.choices import Decision, MatchState, RejectReason
from matching.models import Match, Review
from matching.queries.queue import Wanted
from matching.services import (
    approve_match,
    hold_match,
    open_next,
    publish_due_matches,
    reject_match,
    send_back,
    undo_decision,
)
from tests.factories import (
    MatchFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    StaffFactory,
)
from tests.matching.concurrency import at_once
from tests.matching.test_runs import run_now

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def policy():
    return PolicyFactory(four_eyes_above=0.5)


def decisions(match: Match) -> list[str]:
    return list(match.reviews.values_list("decision", flat=True))


def test_the_first_approval_parks_and_the_second_lets_go(policy, settings):
    match, kim, sato = MatchFactory(value=0.5), StaffFactory(), StaffFactory()
    approve_match(match=match, actor=kim, note="fits", now=NOW)
    match.refresh_from_db()
    assert (match.state, match.first_approved_by) == (MatchState.PROPOSED, kim)
    assert not Match.objects.queue(TODAY).exists()
    assert Match.objects.parked().get() == match
    assert publish_due_matches(now=NOW + timedelta(days=1)) == 0
    with pytest.raises(RuleViolated):
        approve_match(match=match, actor=kim, now=NOW)
    later = NOW + timedelta(minutes=5)
    approve_match(match=match, actor=sato, now=later)
    match.refresh_from_db()
    assert (match.state, match.decided_by) == (MatchState.APPROVED, sato)
    assert match.publish_at == later + settings.MATCH_GRACE
    assert decisions(match) == [Decision.FIRST_YES, Decision.APPROVED]
    assert publish_due_matches(now=match.publish_at) == 1


def test_below_the_value_one_reviewer_is_enough(policy):
    match = MatchFactory(value=0.499)
    approve_match(match=match, actor=StaffFactory(), now=NOW)
    match.refresh_from_db()
    assert match.state == MatchState.APPROVED


def test_a_match_scored_anew_meanwhile_is_not_approved_by_one(policy):
    match = MatchFactory(value=0.4)
    Match.objects.filter(pk=match.pk).update(value=0.9)
    with pytest.raises(StateChanged):
        approve_match(match=match, actor=StaffFactory(), now=NOW)
    assert not Review.objects.exists()


def test_the_second_sends_back_with_a_note_to_the_first(policy):
    match, kim, sato = MatchFactory(value=0.9), StaffFactory(), StaffFactory()
    approve_match(match=match, actor=kim, now=NOW)
    with pytest.raises(RuleViolated):
        send_back(match=match, note=" ", actor=sato, now=NOW)
    with pytest.raises(RuleViolated):
        send_back(match=match, note="look again", actor=kim, now=NOW)
    send_back(match=match, note="인증서를 다시 보십시오", actor=sato, now=NOW)
    match.refresh_from_db()
    assert (match.first_approved_at, match.assigned_to) == (None, kim)
    assert Match.objects.queue(TODAY).get() == match
    assert match.reviews.last().note == "인증서를 다시 보십시오"
    with pytest.raises(StateChanged):
        send_back(match=match, note="again", actor=sato, now=NOW)


def test_only_who_approved_takes_it_back(policy):
    match, kim, sato = MatchFactory(value=0.9), StaffFactory(), StaffFactory()
    approve_match(match=match, actor=kim, now=NOW)
    with pytest.raises(RuleViolated):
        undo_decision(match=match, actor=sato, now=NOW)
    undo_decision(match=match, actor=kim, now=NOW)
    assert Match.objects.queue(TODAY).get() == match
    # The undo of a second approval asks for a second reviewer again.
    approve_match(match=match, actor=kim, now=NOW)
    approve_match(match=match, actor=sato, now=NOW)
    undo_decision(match=match, actor=sato, now=NOW)
    assert Match.objects.parked().get() == match


def test_a_parked_match_is_neither_rejected_nor_held(policy):
    match, kim, sato = MatchFactory(value=0.9), StaffFactory(name="Kim Jiwoo"), StaffFactory()
    approve_match(match=match, actor=kim, now=NOW)
    with pytest.raises(StateChanged) as told:
        reject_match(match=match, reason=RejectReason.CAPACITY, actor=sato, now=NOW)
    assert "Kim Jiwoo" in str(told.value)
    assert told.value.details["at"] == NOW
    with pytest.raises(StateChanged):
        hold_match(match=match, until=TODAY + timedelta(days=3), actor=sato, now=NOW)


def test_what_needs_two_is_not_approved_automatically():
    policy = PolicyFactory(auto_approve_above=0.01, min_score=0.0, min_confidence=0.0)
    policy.four_eyes_above = 0.0
    policy.save()
    NeedFactory()
    OfferingFactory()
    run_now(policy=policy)
    assert Match.objects.get().state == MatchState.PROPOSED


def test_a_run_that_does_not_find_it_again_leaves_a_parked_match(policy):
    match = MatchFactory(value=0.9)
    approve_match(match=match, actor=StaffFactory(), now=NOW - timedelta(hours=1))
    plain = MatchFactory(value=0.9)
    Match.objects.update(updated_at=NOW - timedelta(hours=1))
    policy.min_score = 1.0
    policy.save()
    run_now(policy=policy)
    match.refresh_from_db()
    plain.refresh_from_db()
    assert (match.state, plain.state) == (MatchState.PROPOSED, MatchState.WITHDRAWN)


@pytest.mark.django_db(transaction=True)
def test_two_second_reviewers_at_once_confirm_once():
    PolicyFactory(four_eyes_above=0.5)
    match = MatchFactory(value=0.9)
    approve_match(match=match, actor=StaffFactory(), now=NOW)
    seconds = [StaffFactory(), StaffFactory()]
    # Both have the page open on which it waits for a second reviewer.
    seen = [Match.objects.get(), Match.objects.get()]
    ended = at_once(
        lambda: approve_match(match=seen[0], actor=seconds[0], now=NOW),
        lambda: send_back(match=seen[1], note="no", actor=seconds[1], now=NOW),
    )
    assert sorted(ended) == ["StateChanged", "done"]


def test_the_folder_of_second_looks(policy, client: Client):
    match, kim, sato = MatchFactory(value=0.9), StaffFactory(language="en"), StaffFactory()
    client.force_login(kim)
    page = client.post(
        reverse("matching:review_decide", args=[match.pk, "approve"]), headers=HTMX
    ).content.decode()
    assert "It waits for a second reviewer now." in page
    own = client.get(reverse("matching:review_match", args=[match.pk])).content.decode()
    assert reverse("matching:review_decide", args=[match.pk, "approve"]) not in own
    assert reverse("matching:review_undo", args=[match.pk]) in own
    assert open_next(wanted=Wanted(folder="second"), reviewer=kim, now=timezone.now()) is None
    other = Client()
    other.force_login(sato)
    second = other.get(reverse("matching:review"), {"folder": "second"})
    assert second.context["match"] == match
    send = reverse("matching:review_decide", args=[match.pk, "send-back"])
    assert other.post(send, headers=HTMX).status_code == 422
    other.post(send, {"note": "see the certificate"}, headers=HTMX)
    match.refresh_from_db()
    assert match.assigned_to == kim
