"""A changed firm is matched anew at once, to what a full run would give for it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import StateChanged
from companies.choices import REQUIRED_CHECKS, CompanyState
from companies.models import Need, Offering
from companies.services import reinstate_company, save_company, save_item, verify_company
from matching.choices import EventReason, MatchState, PolicyState, RunState
from matching.models import Match, MatchPolicy, MatchRun
from matching.services import (
    claim_run,
    compute_run,
    hold_match,
    request_rematch,
    request_run,
    retry_run,
    sweep_runs,
)
from tests.factories import (
    CompanyFactory,
    NeedFactory,
    StaffFactory,
)
from tests.matching.changing import ask, found, lenient_policy, market, offer, rematch, run_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy() -> MatchPolicy:
    return lenient_policy()


@pytest.fixture(autouse=True, params=["the whole market", "the index"])
def looked_up_in(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> str:
    """Small markets are read whole, large ones have an index: the outcome is the same."""
    settings.MATCH_INDEX_FOLDER = str(tmp_path)
    settings.MATCH_INDEX_FROM = 0 if request.param == "the index" else 1000
    return str(request.param)


def test_a_new_firm_gets_what_a_full_run_would_give_it(looked_up_in: str) -> None:
    market(introductions_per_month=50)
    run_all()
    company = CompanyFactory(country="JP", introductions_per_month=50)
    offering = offer("EUV用フォトレジスト", company=company)
    need = ask("CMPスラリー", company=company)
    run = rematch(company)
    at_once = found()
    own = {pair for pair in at_once if need.pk == pair[0] or offering.pk == pair[1]}
    assert {pair[0] for pair in own} > {need.pk}
    assert run.summary["new"] == len(own)
    assert all(match.run == run for match in Match.objects.filter(need=need))
    again = run_all()
    assert (again.summary["new"], again.summary["withdrawn"]) == (0, 0)
    full = found()
    if looked_up_in == "the whole market":
        assert {pair: full[pair] for pair in own} == {pair: at_once[pair] for pair in own}
    # The others' scores may move a little: a new firm makes some words less rare. The index weighs
    # words as they were when it was made.
    for pair, values in full.items():
        assert values[2] == pytest.approx(at_once[pair][2], abs=0.1)
    assert {pair: values[0] for pair, values in full.items()} == {
        pair: values[0] for pair, values in at_once.items()
    }


def test_a_changed_item_loses_and_gains_pairs_both_ways() -> None:
    firms = market(introductions_per_month=50)
    run_all()
    offering = Offering.objects.get(company=firms[0])
    actor = StaffFactory()
    offering.lead_time_days = 3
    offering.title_en, offering.text_en = "정밀 톱니바퀴", "기계용"
    offering.hs6 = ["848340"]
    save_item(item=offering, related={}, actor=actor, now=timezone.now())
    assert Match.objects.filter(offering=offering, is_stale=True).exists()
    run = MatchRun.objects.get(company=firms[0])
    compute_run(run_id=run.pk, clock=timezone.now)
    assert not Match.objects.filter(is_stale=True, state=MatchState.PROPOSED).exists()
    at_once = {pair: values[:2] for pair, values in found().items()}
    run_all()
    assert {pair: values[:2] for pair, values in found().items()} == at_once


def test_capacities_hold_and_the_weaker_proposal_goes() -> None:
    buyer = CompanyFactory(country="KR", introductions_per_month=1)
    need = ask("ArF 감광액", days=10, company=buyer)
    slow = offer("ArFフォトレジスト", days=18, country="JP")
    run_all()
    assert Match.objects.get().offering == slow
    quick = offer("ArFフォトレジスト", days=5, country="JP")
    run = rematch(quick.company)
    weak, strong = Match.objects.get(offering=slow), Match.objects.get(offering=quick)
    assert (weak.state, strong.state) == (MatchState.WITHDRAWN, MatchState.PROPOSED)
    assert weak.events.last().reason == EventReason.NOT_FOUND
    assert (run.summary["new"], run.summary["withdrawn"]) == (1, 1)
    # The other way round: what is weaker than the proposal that stands finds no place.
    late = offer("ArFフォトレジスト", days=19, country="JP")
    assert rematch(late.company).summary["new"] == 0
    assert Match.objects.get(need=need, state=MatchState.PROPOSED) == strong


def test_what_a_reviewer_holds_is_not_displaced() -> None:
    buyer = CompanyFactory(country="KR", introductions_per_month=1)
    ask("ArF 감광액", days=10, company=buyer)
    slow = offer("ArFフォトレジスト", days=18, country="JP")
    run_all()
    now = timezone.now()
    hold_match(
        match=Match.objects.get(),
        until=timezone.localdate(now) + timedelta(days=7),
        note="asks the firm",
        actor=StaffFactory(),
        now=now,
    )
    quick = offer("ArFフォトレジスト", days=5, country="JP")
    rematch(quick.company)
    assert Match.objects.get(offering=slow).state == MatchState.PROPOSED


def test_ranks_count_on_after_a_newcomer() -> None:
    need = ask("ArF 감광액", days=10, country="KR")
    for days in (12, 14, 16):
        offer("ArFフォトレジスト", days=days, country="JP")
    run_all()
    quick = offer("ArFフォトレジスト", days=5, country="JP")
    rematch(quick.company)
    ranked = Match.objects.filter(need=need).order_by("rank")
    assert [(match.rank, match.offering.lead_time_days) for match in ranked] == [
        (1, 5),
        (2, 12),
        (3, 14),
        (4, 16),
    ]


def test_a_full_run_that_began_before_does_not_take_back_what_came_meanwhile() -> None:
    market()
    began = timezone.now()
    offering = offer("フォトレジスト", country="JP")
    rematch(offering.company)
    newcomers = Match.objects.filter(offering=offering)
    assert newcomers.exists()
    Offering.objects.filter(pk=offering.pk).update(state="closed")  # as if the run had not seen it
    request = request_run(policy=MatchPolicy.objects.active(), actor=None, now=began)
    compute_run(run_id=request.pk, clock=lambda: began)
    assert set(newcomers.values_list("state", flat=True)) == {MatchState.PROPOSED}
    run_all()
    assert set(newcomers.values_list("state", flat=True)) == {MatchState.WITHDRAWN}


def test_saves_that_follow_one_another_wait_for_one_run() -> None:
    company = CompanyFactory()
    NeedFactory(company=company)
    assert request_rematch(company_id=company.pk, now=timezone.now())
    assert not request_rematch(company_id=company.pk, now=timezone.now())
    run = MatchRun.objects.get()
    assert claim_run(run.pk, now=timezone.now())
    # What changes while it runs is for the next one.
    assert request_rematch(company_id=company.pk, now=timezone.now())
    assert MatchRun.objects.count() == 2


def test_a_full_run_does_what_waits_for_single_firms() -> None:
    early, late = CompanyFactory(), CompanyFactory()
    request_rematch(company_id=early.pk, now=timezone.now())
    request_rematch(company_id=late.pk, now=timezone.now() + timedelta(hours=1))
    run_all()
    states = dict(MatchRun.objects.exclude(company=None).values_list("company", "state"))
    assert states == {early.pk: RunState.CANCELLED, late.pk: RunState.QUEUED}


def test_a_run_of_one_firm_is_found_again_and_retried_like_any_other() -> None:
    company = CompanyFactory()
    request_rematch(company_id=company.pk, now=timezone.now())
    assert sweep_runs(now=timezone.now()) == 1
    failed = MatchRun.objects.get()
    MatchRun.objects.update(state=RunState.FAILED)
    failed.refresh_from_db()
    request_rematch(company_id=company.pk, now=timezone.now())
    with pytest.raises(StateChanged, match="newer run"):
        retry_run(run=failed, actor=None, now=timezone.now())
    MatchRun.objects.exclude(pk=failed.pk).delete()
    assert retry_run(run=failed, actor=None, now=timezone.now()).state == RunState.QUEUED


@pytest.mark.parametrize(
    "firm",
    [
        {"state": CompanyState.SUBMITTED},
        {"state": CompanyState.UNCLAIMED},
        {"is_matching_enabled": False},
    ],
)
def test_who_takes_no_part_is_not_matched(firm: dict[str, Any]) -> None:
    company = CompanyFactory(**firm)
    assert not request_rematch(company_id=company.pk, now=timezone.now())
    assert not MatchRun.objects.exists()


def test_before_a_policy_is_active_nothing_is_matched(policy: MatchPolicy) -> None:
    MatchPolicy.objects.filter(pk=policy.pk).update(state=PolicyState.RETIRED)
    assert not request_rematch(company_id=CompanyFactory().pk, now=timezone.now())


def test_every_way_into_the_matching_asks_for_it() -> None:
    staff, now = StaffFactory(), timezone.now()
    submitted = CompanyFactory(state=CompanyState.SUBMITTED)
    verify_company(company=submitted, checked=REQUIRED_CHECKS, actor=staff, now=now)
    suspended = CompanyFactory(
        state=CompanyState.SUSPENDED, verified_until=now + timedelta(days=30)
    )
    reinstate_company(company=suspended, note="mended", actor=staff, now=now)
    pausing = CompanyFactory(is_matching_enabled=True)
    save_company(company=pausing, changed=["is_matching_enabled"], actor=staff, now=now)
    assert set(MatchRun.objects.values_list("company", flat=True)) == {
        submitted.pk,
        suspended.pk,
        pausing.pk,
    }


def test_staff_see_runs_of_one_firm_on_a_tab_of_their_own(client: Client) -> None:
    run_all()
    need = NeedFactory(company__country="JP")
    run = rematch(need.company)
    client.force_login(StaffFactory())
    full = client.get(reverse("matching:runs")).content.decode()
    of_firms = client.get(reverse("matching:runs"), {"firms": ""}).content.decode()
    assert str(run.pk) not in full
    assert str(run.pk) in of_firms
    assert str(need.company) in of_firms
    assert str(need.company) in client.get(reverse("matching:run", args=[run.pk])).content.decode()


def test_needs_keep_their_seats() -> None:
    need = ask("ArF 감광액", seats=1, country="KR")
    assert Need.objects.get().seats == need.seats == 1
    offer("ArFフォトレジスト", country="JP")
    run_all()
    newcomer = offer("ArFフォトレジスト", country="JP")
    rematch(newcomer.company)
    assert Match.objects.filter(need=need, state=MatchState.PROPOSED).count() == 1
