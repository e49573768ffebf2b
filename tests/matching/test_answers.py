"""Answers, introductions and outcomes: each rule once, and the races."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import ConsentKind
from accounts.services import withdraw_consent
from common.errors import RuleViolated, StateChanged
from mailing.choices import MessageState
from mailing.models import Message
from matching.choices import AnswerKind, DeclineReason, EventReason, MatchState, OutcomeStage, Side
from matching.models import Introduction, Match
from matching.queries.letters import contact_at
from matching.queries.outcomes import outcome_ladder
from matching.services import ask_outcomes, record_outcome
from tests.factories import MatchFactory, MembershipFactory, UserFactory
from tests.matching.concurrency import at_once
from tests.matching.scenes import answer, introduced_match, member_of, published_match

NOW = timezone.now()


@pytest.mark.django_db
def test_one_side_interested_waits_for_the_other():
    match = published_match()
    answer(match, Side.BUYER)
    match.refresh_from_db()
    assert match.state == MatchState.APPROVED
    assert not Introduction.objects.exists()


@pytest.mark.django_db
def test_both_interested_are_introduced_and_get_the_letter():
    match = introduced_match()
    assert match.state == MatchState.INTRODUCED
    introduction = Introduction.objects.get(match=match)
    assert introduction.buyer_contact == member_of(match, Side.BUYER)
    assert match.events.last().reason == EventReason.BOTH_INTERESTED
    letters = Message.objects.filter(kind="match_introduction").order_by("language")
    assert [letter.language for letter in letters] == ["ja", "ko"]
    for letter, other in zip(letters, (Side.SELLER, Side.BUYER), strict=True):
        assert member_of(match, other).email in letter.text
        assert member_of(match, other).email in letter.html


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_answers_introduce_exactly_once():
    match = published_match()
    ended = at_once(lambda: answer(match, Side.BUYER), lambda: answer(match, Side.SELLER))
    assert ended == ["done", "done"]
    assert Introduction.objects.count() == 1
    assert Message.objects.filter(kind="match_introduction").count() == 2
    assert match.events.filter(to_state=MatchState.INTRODUCED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_interest_and_decline_at_once_never_introduce():
    match = published_match()
    answer(match, Side.BUYER)
    at_once(
        lambda: answer(match, Side.SELLER),
        lambda: answer(match, Side.BUYER, AnswerKind.DECLINED, reason=DeclineReason.BUSY),
    )
    match.refresh_from_db()
    is_introduced = Introduction.objects.filter(match=match).exists()
    assert (match.state == MatchState.INTRODUCED) == is_introduced
    assert match.state in (MatchState.INTRODUCED, MatchState.DECLINED)


@pytest.mark.django_db
def test_the_same_answer_twice_changes_nothing():
    match = introduced_match()
    before = list(match.answers.values_list("at", flat=True))
    answer(match, Side.BUYER, now=NOW + timedelta(days=1))
    assert list(match.answers.values_list("at", flat=True)) == before
    assert Introduction.objects.count() == 1


@pytest.mark.django_db
def test_interest_may_be_taken_back_until_the_other_side_has_answered():
    match = published_match()
    answer(match, Side.BUYER)
    answer(match, Side.BUYER, AnswerKind.NOT_NOW)
    match.refresh_from_db()
    assert match.state == MatchState.DECLINED
    with pytest.raises(StateChanged):
        answer(match, Side.BUYER)
    with pytest.raises(StateChanged):
        answer(match, Side.SELLER)


@pytest.mark.django_db
def test_decline_needs_a_coded_reason_and_tells_the_other_side():
    match = published_match()
    with pytest.raises(RuleViolated):
        answer(match, Side.SELLER, AnswerKind.DECLINED)
    answer(
        match, Side.SELLER, AnswerKind.DECLINED, reason=DeclineReason.VOLUME, note="secret words"
    )
    match.refresh_from_db()
    assert (match.state, match.reopens_at) == (MatchState.DECLINED, None)
    assert match.events.last().reason == DeclineReason.VOLUME
    notice = Message.objects.get(kind="match_declined")
    assert notice.user == member_of(match, Side.BUYER)
    assert "secret words" not in notice.text
    still_waiting = Message.objects.filter(kind="match", state=MessageState.QUEUED)
    assert not still_waiting.exists()


@pytest.mark.django_db
def test_not_now_opens_the_pair_again_after_ninety_days(settings):
    match = published_match()
    answer(match, Side.SELLER, AnswerKind.NOT_NOW, now=NOW)
    match.refresh_from_db()
    assert match.state == MatchState.DECLINED
    later = NOW + timedelta(days=settings.MATCH_NOT_NOW_DAYS)
    assert match.reopens_at == later
    assert Match.objects.closed(NOW).exists()
    assert not Match.objects.closed(later).exists()


@pytest.mark.django_db
def test_a_declined_pair_is_closed_until_an_item_changes_materially():
    match = published_match()
    answer(match, Side.BUYER, AnswerKind.DECLINED, reason=DeclineReason.PRICE, now=NOW)
    assert Match.objects.closed(NOW + timedelta(days=1000)).exists()
    match.offering.material_at = NOW + timedelta(days=1)
    match.offering.save()
    assert not Match.objects.closed(NOW + timedelta(days=2)).exists()


@pytest.mark.django_db
def test_no_answer_before_mailing_nor_after_the_time():
    with pytest.raises(StateChanged):
        answer(MatchFactory(), Side.BUYER)
    match = published_match(NOW - timedelta(days=30))
    with pytest.raises(StateChanged):
        answer(match, Side.BUYER, now=NOW)


@pytest.mark.django_db
def test_without_consent_the_association_passes_messages_on():
    match = published_match()
    shy = member_of(match, Side.BUYER)
    withdraw_consent(user=shy, kind=ConsentKind.CROSS_BORDER, now=NOW)
    for side in Side:
        match = answer(match, side)
    assert match.state == MatchState.INTRODUCED
    assert contact_at(match.introduction, Side.BUYER) is None
    letter = Message.objects.get(kind="match_introduction", user=member_of(match, Side.SELLER))
    assert shy.email not in letter.text + letter.html


@pytest.mark.django_db
def test_a_colleague_who_agreed_is_named_instead_of_one_who_did_not():
    match = published_match()
    shy = member_of(match, Side.BUYER)
    withdraw_consent(user=shy, kind=ConsentKind.CROSS_BORDER, now=NOW)
    colleague = UserFactory(consents=[ConsentKind.CROSS_BORDER])
    MembershipFactory(company=match.buyer, user=colleague, role="editor")
    for side in Side:
        match = answer(match, side, by=shy if side == Side.BUYER else member_of(match, side))
    assert match.introduction.buyer_contact == colleague


@pytest.mark.django_db
def test_a_contact_disappears_when_the_consent_is_withdrawn():
    match = introduced_match()
    assert contact_at(match.introduction, Side.SELLER) is not None
    withdraw_consent(user=member_of(match, Side.SELLER), kind=ConsentKind.CROSS_BORDER, now=NOW)
    assert contact_at(match.introduction, Side.SELLER) is None


@pytest.mark.django_db
def test_a_step_both_sides_named_is_confirmed():
    match = introduced_match()
    tell(match, Side.BUYER, OutcomeStage.SAMPLE)
    tell(match, Side.BUYER, OutcomeStage.SAMPLE, note="second time")
    rung = next(r for r in outcome_ladder(match, Side.BUYER) if r.stage == OutcomeStage.SAMPLE)
    assert rung.own_at is not None
    assert not rung.is_confirmed
    tell(match, Side.SELLER, OutcomeStage.SAMPLE)
    rung = next(r for r in outcome_ladder(match, Side.BUYER) if r.stage == OutcomeStage.SAMPLE)
    assert rung.is_confirmed
    assert match.outcomes.get(side=Side.BUYER).note == "second time"


@pytest.mark.django_db
def test_no_outcome_before_the_introduction():
    with pytest.raises(StateChanged):
        tell(published_match(), Side.BUYER, OutcomeStage.MET)


@pytest.mark.django_db
def test_outcomes_are_asked_after_30_90_and_180_days():
    match = introduced_match(NOW)
    for days, expected in ((29, 0), (30, 1), (31, 0), (90, 1), (180, 1), (400, 0)):
        assert ask_outcomes(now=NOW + timedelta(days=days)) == expected
    assert Message.objects.filter(kind="match_outcome").count() == 6
    assert match.introduction.questions_asked == 0
    match.introduction.refresh_from_db()
    assert match.introduction.questions_asked == 3


@pytest.mark.django_db
def test_after_a_standstill_only_the_latest_question_is_asked():
    introduced_match(NOW)
    assert ask_outcomes(now=NOW + timedelta(days=100)) == 1
    assert ask_outcomes(now=NOW + timedelta(days=101)) == 0
    assert ask_outcomes(now=NOW + timedelta(days=180)) == 1


@pytest.mark.django_db
def test_a_side_that_said_nothing_came_of_it_is_not_asked_again():
    match = introduced_match(NOW)
    tell(match, Side.BUYER, OutcomeStage.NONE)
    ask_outcomes(now=NOW + timedelta(days=30))
    assert Message.objects.get(kind="match_outcome").user == member_of(match, Side.SELLER)


def tell(match: Match, side: Side, stage: str, note: str = "") -> None:
    by = member_of(match, side)
    record_outcome(match=match, side=side, stage=stage, note=note, by=by, now=NOW)
