"""Runs: from the queue to proposals, what a second run keeps, and who may take a run over."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import RuleViolated, StateChanged
from matching.choices import EventReason, MatchState, PolicyState, RejectReason, RunState, Side
from matching.models import Match, MatchPolicy, MatchRun, RunBlock
from matching.services import (
    activate_policy,
    approve_match,
    cancel_run,
    claim_run,
    computation,
    compute_run,
    create_policy,
    ensure_default_policy,
    hold_match,
    reject_match,
    request_run,
    retry_run,
    sweep_runs,
    undo_decision,
)
from tests.factories import (
    CompanyFactory,
    NeedFactory,
    OfferingFactory,
    PolicyFactory,
    SectorFactory,
    StaffFactory,
)
from tests.matching.scenes import answer, published_match

NOW = timezone.now()


def run_now(**wishes) -> MatchRun:
    policy = wishes.pop("policy", None) or PolicyFactory()
    run = request_run(policy=policy, actor=None, now=timezone.now(), **wishes)
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    return run


@pytest.mark.django_db
def test_a_run_proposes_pairs_of_different_countries_only():
    need, offering = NeedFactory(), OfferingFactory()
    OfferingFactory(company=need.company)
    run = run_now()
    assert (run.state, run.failure) == (RunState.COMPLETED, "")
    assert (run.needs_total, run.needs_done, run.offerings_total) == (1, 1, 2)
    match = Match.objects.get()
    assert (match.need, match.offering, match.run) == (need, offering, run)
    assert match.direction == "kr_to_jp"
    assert (match.state, match.rank, match.is_prospect) == (MatchState.PROPOSED, 1, False)
    assert match.value == pytest.approx(match.score * match.confidence)
    assert sum(match.parts.values()) == pytest.approx(match.score, abs=1e-4)
    assert set(match.reasons) == {"fits", "accepts", "missing"}
    assert match.events.get().reason == EventReason.FOUND
    assert set(run.summary.pop("seconds")) == {"reading", "scoring", "choosing", "writing"}
    assert run.summary == {
        "kept": 0,
        "reopened": 0,
        "new": 1,
        "withdrawn": 0,
        "moved": 0,
        "by": [["kr_to_jp", "", 1]],
        "candidates": 1,
        "approved": 0,
        "gap": 0,
    }
    assert not RunBlock.objects.exists()


@pytest.mark.django_db
def test_the_same_run_twice_changes_nothing_but_the_run():
    NeedFactory()
    for _ in range(3):
        OfferingFactory()
    run_now()
    before = {m.pk: (m.score, m.rank, m.criteria, m.reasons) for m in Match.objects.all()}
    again = run_now()
    assert {m.pk: (m.score, m.rank, m.criteria, m.reasons) for m in Match.objects.all()} == before
    assert again.summary["kept"] == 3
    assert again.summary["new"] == again.summary["withdrawn"] == 0


@pytest.mark.django_db
def test_what_staff_and_firms_decided_stays():
    need = NeedFactory(seats=10)
    for _ in range(4):
        OfferingFactory()
    run_now()
    approved, rejected, held, proposed = Match.objects.order_by("pk")
    reviewer = StaffFactory()
    approve_match(match=approved, actor=reviewer, now=NOW)
    reject_match(match=rejected, reason=RejectReason.COMPETITORS, actor=reviewer, now=NOW)
    hold_match(match=held, until=timezone.localdate() + timedelta(days=9), actor=reviewer, now=NOW)
    need.state = "closed"
    need.save()
    summary = run_now().summary
    assert summary["withdrawn"] == 1
    states = {m.pk: m.state for m in Match.objects.all()}
    assert states[approved.pk] == MatchState.APPROVED
    assert states[rejected.pk] == MatchState.REJECTED
    assert states[held.pk] == MatchState.PROPOSED
    assert states[proposed.pk] == MatchState.WITHDRAWN
    need.state = "open"
    need.save()
    summary = run_now().summary
    proposed.refresh_from_db()
    assert (summary["reopened"], proposed.state, proposed.round) == (1, MatchState.PROPOSED, 2)
    assert proposed.events.last().reason == EventReason.FOUND_AGAIN
    assert Match.objects.get(pk=rejected.pk).state == MatchState.REJECTED


@pytest.mark.django_db
def test_a_declined_pair_comes_back_only_after_a_material_change():
    match = published_match()
    answer(match, Side.BUYER, "declined", reason="price", now=NOW)
    run_now()
    match.refresh_from_db()
    assert match.state == MatchState.DECLINED
    match.offering.material_at = timezone.now()
    match.offering.save()
    run_now()
    match.refresh_from_db()
    assert (match.state, match.round, match.published_at) == (MatchState.PROPOSED, 2, None)
    assert match.answers.count() == 1
    assert not match.answers.filter(round=match.round).exists()


@pytest.mark.django_db
def test_a_not_now_comes_back_after_its_time():
    match = published_match()
    answer(match, Side.BUYER, "not_now", now=NOW)
    run_now()
    match.refresh_from_db()
    assert match.state == MatchState.DECLINED
    match.reopens_at = timezone.now()
    match.save()
    run_now()
    match.refresh_from_db()
    assert match.state == MatchState.PROPOSED


@pytest.mark.django_db
def test_prospects_are_a_result_of_their_own():
    NeedFactory()
    OfferingFactory()
    NeedFactory(company=CompanyFactory(country="JP", unclaimed=True))
    run_now()
    assert not Match.objects.filter(is_prospect=True).exists()
    run = run_now(includes_prospects=True)
    assert run.summary["withdrawn"] == 0
    prospect = Match.objects.get(is_prospect=True)
    assert prospect.need.company.state == "unclaimed"
    assert Match.objects.filter(is_prospect=False, state=MatchState.PROPOSED).count() == 1
    assert prospect not in Match.objects.queue()
    assert run_now().summary["withdrawn"] == 0


@pytest.mark.django_db
def test_a_run_of_one_sector_leaves_the_others_alone():
    sector = SectorFactory(code="bio")
    bio = NeedFactory(company=CompanyFactory(country="JP", with_owner=True, sectors=[sector]))
    other = NeedFactory()
    offering = OfferingFactory(company__introductions_per_month=100)
    run_now()
    assert Match.objects.filter(state=MatchState.PROPOSED).count() == 2
    offering.state = "closed"
    offering.save()
    run = run_now(sector=sector)
    assert run.needs_total == 1
    assert Match.objects.get(need=bio).state == MatchState.WITHDRAWN
    assert Match.objects.get(need=other).state == MatchState.PROPOSED


@pytest.mark.django_db
def test_an_item_closed_during_the_run_is_not_proposed(monkeypatch):
    need = NeedFactory()
    OfferingFactory()
    allocate = computation.allocate

    def close_and_allocate(*args):
        need.state = "closed"
        need.save()
        return allocate(*args)

    monkeypatch.setattr(computation, "allocate", close_and_allocate)
    run = run_now()
    assert run.summary["new"] == 0
    assert not Match.objects.exists()


@pytest.mark.django_db
def test_automatic_approval_above_the_threshold_can_be_undone_for_good():
    NeedFactory()
    OfferingFactory()
    policy = PolicyFactory(auto_approve_above=0.1)
    assert run_now(policy=policy).summary["approved"] == 1
    match = Match.objects.get()
    assert (match.state, match.decided_by) == (MatchState.APPROVED, None)
    assert match.events.last().reason == EventReason.AUTOMATIC
    undo_decision(match=match, actor=StaffFactory(), now=timezone.now())
    assert run_now(policy=policy).summary["approved"] == 0
    match.refresh_from_db()
    assert match.state == MatchState.PROPOSED


@pytest.mark.django_db
def test_a_claim_is_exclusive_until_the_heartbeat_stops(settings):
    run = request_run(policy=PolicyFactory(), actor=None, now=NOW)
    first = claim_run(run.pk, now=NOW)
    assert first is not None
    assert claim_run(run.pk, now=NOW + timedelta(seconds=30)) is None
    assert sweep_runs(now=NOW + timedelta(seconds=30)) == 0
    later = NOW + settings.MATCH_RUN_STALE
    assert sweep_runs(now=later) == 1
    second = claim_run(run.pk, now=later)
    assert second is not None
    assert second.claim != first.claim
    assert second.attempts == 2
    with pytest.raises(computation.ClaimLost):
        computation._keep_claim(first, later)


@pytest.mark.django_db
def test_a_run_that_was_lost_too_often_fails_and_can_be_retried(settings):
    run = request_run(policy=PolicyFactory(), actor=None, now=NOW)
    moment = NOW
    for _ in range(settings.MATCH_RUN_ATTEMPTS):
        assert claim_run(run.pk, now=moment) is not None
        moment += settings.MATCH_RUN_STALE
    assert claim_run(run.pk, now=moment) is None
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert str(settings.MATCH_RUN_ATTEMPTS) in run.failure
    retry_run(run=run, actor=StaffFactory(), now=moment)
    assert claim_run(run.pk, now=moment) is not None


@pytest.mark.django_db
def test_an_error_is_kept_with_the_run_and_tried_again(settings):
    NeedFactory()
    OfferingFactory()
    policy = PolicyFactory(weights={"no such criterion": 1.0})
    run = request_run(policy=policy, actor=None, now=NOW)
    for attempt in range(1, settings.MATCH_RUN_ATTEMPTS + 1):
        compute_run(run_id=run.pk, clock=timezone.now)
        run.refresh_from_db()
        assert run.attempts == attempt
        assert "no such criterion" in run.failure
    assert run.state == RunState.FAILED


@pytest.mark.django_db
def test_resuming_skips_finished_blocks(monkeypatch, settings):
    settings.MATCH_RUN_BLOCK = 1
    scored = []
    score_block = computation.score_block

    def counting(prepared, start, stop):
        if len(scored) == 2:
            scored.append("stopped")
            raise MemoryError("the worker dies here")
        scored.append(start)
        return score_block(prepared, start, stop)

    monkeypatch.setattr(computation, "score_block", counting)
    for _ in range(4):
        NeedFactory()
    OfferingFactory(company__introductions_per_month=100)
    run = run_now()
    assert (run.state, run.needs_done) == (RunState.RUNNING, 2)
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    assert (run.state, run.needs_done, run.attempts) == (RunState.COMPLETED, 4, 2)
    assert scored == [0, 1, "stopped", 2, 3]
    assert Match.objects.count() == 4


@pytest.mark.django_db
def test_changed_data_start_the_run_over(settings):
    settings.MATCH_RUN_BLOCK = 1
    NeedFactory()
    offering = OfferingFactory()
    run = request_run(policy=PolicyFactory(), actor=None, now=NOW)
    RunBlock.objects.create(run=run, start=0, stop=1, payload=b"spoilt")
    MatchRun.objects.filter(pk=run.pk).update(snapshot="of other data", needs_done=1)
    compute_run(run_id=run.pk, clock=timezone.now)
    run.refresh_from_db()
    assert (run.state, run.needs_done) == (RunState.COMPLETED, 1)
    assert Match.objects.get().offering == offering


@pytest.mark.django_db
def test_cancelling_a_waiting_and_a_running_run(monkeypatch):
    staff = StaffFactory()
    waiting = request_run(policy=PolicyFactory(), actor=staff, now=NOW)
    assert cancel_run(run=waiting, actor=staff, now=NOW).state == RunState.CANCELLED
    assert compute_run(run_id=waiting.pk, clock=timezone.now) is None
    with pytest.raises(StateChanged):
        cancel_run(run=waiting, actor=staff, now=NOW)
    NeedFactory()
    OfferingFactory()
    running = request_run(policy=PolicyFactory(), actor=staff, now=NOW)
    prepare = computation.prepare

    def cancel_and_prepare(snapshot):
        cancel_run(run=running, actor=staff, now=NOW)
        return prepare(snapshot)

    monkeypatch.setattr(computation, "prepare", cancel_and_prepare)
    compute_run(run_id=running.pk, clock=timezone.now)
    running.refresh_from_db()
    assert running.state == RunState.CANCELLED
    assert not Match.objects.exists()
    assert not RunBlock.objects.exists()


@pytest.mark.django_db
def test_nothing_to_match_is_a_complete_run():
    run = run_now()
    assert (run.state, run.needs_total) == (RunState.COMPLETED, 0)


@pytest.mark.django_db
def test_an_unknown_run_is_nothing_to_do():
    assert compute_run(run_id=uuid4(), clock=timezone.now) is None


@pytest.mark.django_db
def test_the_default_policy_is_made_once_and_policies_replace_each_other():
    first = ensure_default_policy(now=NOW)
    assert ensure_default_policy(now=NOW) == first
    draft = create_policy(
        name="Wider",
        weights={"product": 1.0},
        min_score=0.2,
        min_confidence=0.1,
        top_k=20,
        auto_approve_above=None,
        actor=None,
        now=NOW,
    )
    assert (draft.version, draft.state) == (first.version + 1, PolicyState.DRAFT)
    with pytest.raises(RuleViolated):
        activate_policy(policy=draft, reason=" ", actor=None, now=NOW)
    activate_policy(policy=draft, reason="more proposals", actor=None, now=NOW)
    assert MatchPolicy.objects.active() == draft
    first.refresh_from_db()
    assert first.state == PolicyState.RETIRED
    activate_policy(policy=first, reason="back again", actor=None, now=NOW)
    assert MatchPolicy.objects.active() == first


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("gap", "said"),
    [(0.0, "the highest possible"), (0.00123, "at least 99.8% of the highest possible")],
)
def test_the_page_of_a_run_says_how_good_the_choice_is(client, gap, said):
    run = run_now()
    run.summary["gap"] = gap
    run.save(update_fields=["summary"])
    client.force_login(StaffFactory())
    page = client.get(reverse("matching:run", args=[run.pk])).content.decode()
    assert f"<dd>{said}</dd>" in page


@pytest.mark.django_db
@pytest.mark.parametrize("weights", [{}, {"product": 0}, {"product": -1, "hs": 2}, {"magic": 1}])
def test_unusable_weights_are_refused(weights):
    with pytest.raises(RuleViolated):
        create_policy(
            name="Broken",
            weights=weights,
            min_score=0.2,
            min_confidence=0.1,
            top_k=20,
            auto_approve_above=None,
            actor=None,
            now=NOW,
        )
