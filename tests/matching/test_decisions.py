"""Reviewers decide, undo and are told when somebody else was first."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.errors import RuleViolated, StateChanged
from common.models import AuditEvent
from mailing.models import Message
from matching.choices import Decision, EventReason, MatchState, RejectReason
from matching.models import Match
from matching.services import (
    approve_match,
    hold_match,
    publish_due_matches,
    reject_match,
    undo_decision,
)
from tests.factories import MatchFactory, StaffFactory
from tests.matching.concurrency import at_once

NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.mark.django_db
def test_approve_waits_out_the_grace_time_and_leaves_a_trail(settings):
    match, reviewer = MatchFactory(), StaffFactory()
    approve_match(match=match, actor=reviewer, note="good", now=NOW)
    match.refresh_from_db()
    assert match.state == MatchState.APPROVED
    assert match.publish_at == NOW + settings.MATCH_GRACE
    assert match.published_at is None
    assert match.decided_by == reviewer
    review = match.reviews.get()
    assert (review.decision, review.note, review.reviewer) == ("approved", "good", reviewer)
    event = match.events.get()
    assert (event.from_state, event.to_state, event.actor) == ("proposed", "approved", reviewer)
    assert AuditEvent.objects.filter(verb="match.approved", object_id=str(match.pk)).exists()
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_reject_needs_a_coded_reason_and_words_for_other():
    match, reviewer = MatchFactory(), StaffFactory()
    with pytest.raises(RuleViolated):
        reject_match(match=match, reason="because", actor=reviewer, now=NOW)
    with pytest.raises(RuleViolated):
        reject_match(match=match, reason=RejectReason.OTHER, note=" ", actor=reviewer, now=NOW)
    reject_match(match=match, reason=RejectReason.WRONG_PRODUCT, actor=reviewer, now=NOW)
    match.refresh_from_db()
    assert (match.state, match.ended_at) == (MatchState.REJECTED, NOW)
    assert match.events.get().reason_label == "The products do not correspond."


@pytest.mark.django_db
def test_second_decider_learns_who_was_first_and_when():
    match, first, second = MatchFactory(), StaffFactory(name="Kim Reviewer"), StaffFactory()
    stale = Match.objects.get(pk=match.pk)
    approve_match(match=match, actor=first, now=NOW)
    with pytest.raises(StateChanged) as told:
        reject_match(match=stale, reason=RejectReason.CAPACITY, actor=second, now=NOW)
    assert "Kim Reviewer" in str(told.value)
    assert told.value.details == {"state": "approved", "by": first, "at": NOW}
    assert match.reviews.count() == 1
    with pytest.raises(StateChanged):
        hold_match(match=stale, until=TODAY + timedelta(days=3), actor=second, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_decide_once():
    match = MatchFactory()
    reviewers = [StaffFactory(), StaffFactory()]
    outcomes = at_once(
        lambda: approve_match(match=fresh(match), actor=reviewers[0], now=NOW),
        lambda: reject_match(
            match=fresh(match), reason=RejectReason.COMPETITORS, actor=reviewers[1], now=NOW
        ),
    )
    assert sorted(outcomes) == ["StateChanged", "done"]
    assert match.reviews.count() == 1
    assert match.events.count() == 1


@pytest.mark.django_db
def test_hold_keeps_it_out_of_the_queue_until_the_day():
    match, reviewer = MatchFactory(), StaffFactory()
    with pytest.raises(RuleViolated):
        hold_match(match=match, until=TODAY, actor=reviewer, now=NOW)
    until = TODAY + timedelta(days=3)
    hold_match(match=match, until=until, note="ask first", actor=reviewer, now=NOW)
    assert not Match.objects.queue(TODAY).exists()
    assert Match.objects.held(TODAY).get() == match
    assert Match.objects.queue(until).get() == match
    undo_decision(match=match, actor=reviewer, now=NOW)
    assert Match.objects.queue(TODAY).get().hold_note == ""
    assert [review.decision for review in match.reviews.all()] == [Decision.HELD, Decision.UNDONE]


@pytest.mark.django_db
@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_undo_inside_the_grace_time_leaves_no_mail(decide, settings):
    match, reviewer = MatchFactory(), StaffFactory()
    if decide == "approve":
        approve_match(match=match, actor=reviewer, now=NOW)
    else:
        reject_match(match=match, reason=RejectReason.CAPACITY, actor=reviewer, now=NOW)
    undo_decision(match=match, actor=reviewer, now=NOW + settings.MATCH_GRACE / 2)
    match.refresh_from_db()
    assert (match.state, match.decided_by, match.publish_at) == (MatchState.PROPOSED, None, None)
    assert match.events.last().reason == EventReason.UNDONE
    assert publish_due_matches(now=NOW + timedelta(hours=1)) == 0
    assert not Message.objects.exists()
    approve_match(match=match, actor=reviewer, now=NOW)


@pytest.mark.django_db
def test_undo_comes_too_late_after_the_grace_time(settings):
    late = NOW + settings.MATCH_GRACE
    reviewer = StaffFactory()
    approved, rejected = MatchFactory(), MatchFactory()
    approve_match(match=approved, actor=reviewer, now=NOW)
    reject_match(match=rejected, reason=RejectReason.CAPACITY, actor=reviewer, now=NOW)
    for match in (approved, rejected):
        with pytest.raises(StateChanged):
            undo_decision(match=match, actor=reviewer, now=late)
    assert publish_due_matches(now=late) == 1
    with pytest.raises(StateChanged):
        undo_decision(match=approved, actor=reviewer, now=NOW)


@pytest.mark.django_db
def test_a_prospect_is_never_decided_and_the_database_holds_it():
    prospect, reviewer = MatchFactory(is_prospect=True), StaffFactory()
    with pytest.raises(RuleViolated):
        approve_match(match=prospect, actor=reviewer, now=NOW)
    with pytest.raises(StateChanged):
        reject_match(match=prospect, reason=RejectReason.CAPACITY, actor=reviewer, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Match.objects.filter(pk=prospect.pk).update(state=MatchState.APPROVED)


def fresh(match: Match) -> Match:
    return Match.objects.get(pk=match.pk)
