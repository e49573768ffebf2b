"""Simulations: they change nothing, and a run under the policy then does what they said."""

import csv
from datetime import timedelta
from io import StringIO
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.errors import RuleViolated
from matching.choices import MatchState, PolicyState, RunState, SimulationBasis
from matching.engine.evaluation.measures import gini
from matching.engine_adapter.simulated import KINDS, proposed, unpack
from matching.models import Match, MatchPolicy, MatchRun, PolicySimulation, RunBlock
from matching.queries.tuning import basis_of
from matching.services import (
    activate_policy,
    approve_match,
    cancel_run,
    claim_run,
    computation,
    compute_run,
    edit_policy,
    ensure_default_policy,
    hold_match,
    request_simulation,
    sweep_runs,
    undo_decision,
)
from tests.factories import OfferingFactory, StaffFactory
from tests.matching.markets import other_weights, varied_market
from tests.matching.simulated import draft_like, run_under, simulated

NOW = timezone.now()
OWN_TABLES = ("matching_policysimulation", "matching_matchrun", "matching_runblock")
TRAIL = ("common_auditevent",)


def standing() -> dict[tuple[UUID, UUID], tuple[float, int]]:
    """What is proposed: {(need, offering): (score, rank)}."""
    rows = Match.objects.filter(state=MatchState.PROPOSED, is_prospect=False)
    return {
        (need, offering): (score, rank)
        for need, offering, score, rank in rows.values_list(
            "need_id", "offering_id", "score", "rank"
        )
    }


def checksums() -> dict[str, str]:
    """Of every table but the simulations' own."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - {*OWN_TABLES, *TRAIL}
        found = {}
        for table in sorted(tables):
            cursor.execute(
                f"SELECT md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM \"{table}\" t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def market() -> MatchPolicy:
    """The active policy after a run under it."""
    active = ensure_default_policy(now=NOW)
    varied_market()
    run_under(active)
    return active


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"weights": other_weights()},
        {"min_score": 0.6, "min_confidence": 0.4},
        {"top_k": 1, "introductions_limit": 3, "seats_limit": 2},
        {"weights": other_weights(), "min_score": 0.0, "min_confidence": 0.0},
    ],
)
def test_what_is_simulated_is_what_activation_and_a_run_then_produce(changed):
    draft = draft_like(market(), **changed)
    before = standing()
    simulation = simulated(draft)
    foretold = proposed(bytes(simulation.pairs))
    assert standing() == before
    activate_policy(policy=draft, reason="as simulated", actor=None, now=timezone.now())
    run = run_under(draft)
    after = standing()
    assert foretold == after
    kinds = simulation.result["kinds"]
    assert kinds["entering"] == len(after.keys() - before.keys())
    assert kinds["leaving"] == len(before.keys() - after.keys())
    assert kinds["moved"] + kinds["unchanged"] == len(after.keys() & before.keys())
    assert run.summary["gap"] == simulation.result["gap"]
    assert run.snapshot == simulation.run.snapshot  # the same data, and known to be


@pytest.mark.django_db
def test_a_simulation_changes_nothing_but_itself():
    active = market()
    before = checksums()
    simulated(draft_like(active, weights=other_weights()))
    changed = {name for name, digest in checksums().items() if before[name] != digest}
    assert changed == {"matching_matchpolicy"}  # the draft
    assert not RunBlock.objects.exists()


@pytest.mark.django_db
def test_what_reviewers_hold_and_have_decided_is_foretold_as_well():
    active = market()
    held, approved, *_ = Match.objects.filter(state=MatchState.PROPOSED).order_by("score", "pk")
    reviewer = StaffFactory()
    until = timezone.localdate() + timedelta(days=5)
    hold_match(match=held, until=until, actor=reviewer, now=NOW)
    approve_match(match=approved, actor=reviewer, now=NOW)
    draft = draft_like(active, min_score=0.9)
    simulation = simulated(draft)
    pair = (approved.need_id, approved.offering_id)
    assert simulation.result["kinds"]["held"] == 1
    assert pair not in proposed(bytes(simulation.pairs))
    run_under(draft)
    kept = standing()
    kept.pop((held.need_id, held.offering_id))
    assert kept == proposed(bytes(simulation.pairs))
    assert simulation.result["simulated"] == len(kept) + 1


@pytest.mark.django_db
def test_figures_are_those_of_the_rows():
    active = market()
    draft = draft_like(active, weights=other_weights(), auto_approve_above=0.8)
    again = Match.objects.filter(score__gte=0.8, state=MatchState.PROPOSED).first()
    reviewer = StaffFactory()
    approve_match(match=again, actor=reviewer, now=NOW)
    undo_decision(match=again, actor=reviewer, now=NOW)
    result = simulated(draft).result
    told = result["fairness"]["present"]
    rows = Match.objects.filter(state=MatchState.PROPOSED).select_related("need", "offering")
    counts: dict[UUID, int] = {}
    for match in rows:
        for firm in (match.need.company_id, match.offering.company_id):
            counts[firm] = counts.get(firm, 0) + 1
    assert told["proposals"] == len(rows)
    assert told["served"] == len(counts)
    assert told["without"] == told["firms"] - len(counts)
    assert told["most"] == max(counts.values())
    everybody = [*counts.values(), *[0] * told["without"]]
    assert told["gini"] == pytest.approx(gini(np.array(everybody)))
    assert sum(result["load"]["present"]) == told["firms"]
    assert result["load"]["present"][0] == told["without"]
    for kind in KINDS:
        assert sum(part[kind] for part in result["directions"].values()) == result["kinds"][kind]
    assert run_under(draft).summary["approved"] == result["approval"]["automatic"]
    assert result["anyway"] == {"entering": 0, "leaving": 0}


@pytest.mark.django_db
def test_what_changed_data_alone_would_do_is_told_apart():
    active = market()
    Match.objects.filter(state=MatchState.PROPOSED).first().offering.delete()
    OfferingFactory(company__introductions_per_month=20)
    simulation = simulated(draft_like(active))
    kinds = simulation.result["kinds"]
    assert kinds["entering"] > 0
    assert simulation.result["anyway"] == {
        "entering": kinds["entering"],
        "leaving": kinds["leaving"],
    }


@pytest.mark.django_db
def test_a_draft_changed_meanwhile_is_simulated_as_it_was_and_counts_as_untested():
    active = market()
    draft = draft_like(active, min_score=0.6)
    simulation = request_simulation(policy=draft, actor=None, now=NOW)
    with pytest.raises(RuleViolated):
        request_simulation(policy=draft, actor=None, now=NOW)
    edit_policy(
        policy=draft,
        revision=1,
        name="D",
        actor=None,
        now=NOW,
        **{**draft.settings, "min_score": 0},
    )
    compute_run(run_id=simulation.run_id, clock=timezone.now)
    simulation.refresh_from_db()
    assert all(score >= 0.6 for score, _ in proposed(bytes(simulation.pairs)).values())
    draft.refresh_from_db()
    assert basis_of(draft, now=timezone.now()).basis == SimulationBasis.SETTINGS
    simulated(draft)
    assert basis_of(draft, now=timezone.now()).basis == SimulationBasis.FRESH


@pytest.mark.django_db
def test_changed_data_make_a_simulation_stale_and_a_run_does_not():
    active = market()
    draft = draft_like(active, min_score=0.6)
    simulation = simulated(draft)
    run_under(active)
    tried = basis_of(draft, now=timezone.now())
    assert (tried.basis, tried.simulation) == (SimulationBasis.FRESH, simulation)
    assert tried.changes.runs == 1
    match = Match.objects.filter(state=MatchState.PROPOSED).first()
    approve_match(match=match, actor=StaffFactory(), now=timezone.now())
    tried = basis_of(draft, now=timezone.now())
    assert (tried.basis, tried.changes.matches) == (SimulationBasis.DATA, 1)
    activate_policy(policy=draft, reason="anyway", actor=None, now=timezone.now())
    kept = draft.activations.get()
    assert (kept.simulation, kept.basis) == (simulation, SimulationBasis.DATA)


@pytest.mark.django_db
def test_a_simulation_is_cancelled_and_leaves_nothing(monkeypatch):
    draft = draft_like(market(), weights=other_weights())
    waiting = request_simulation(policy=draft, actor=None, now=NOW)
    cancel_run(run=waiting.run, actor=None, now=NOW)
    assert compute_run(run_id=waiting.run_id, clock=timezone.now) is None
    running = request_simulation(policy=draft, actor=None, now=NOW)
    compare = computation.compare

    def cancel_and_compare(*args):
        cancel_run(run=running.run, actor=None, now=NOW)
        return compare(*args)

    monkeypatch.setattr(computation, "compare", cancel_and_compare)
    compute_run(run_id=running.run_id, clock=timezone.now)
    running.refresh_from_db()
    assert (running.run.state, running.result, running.pairs) == (RunState.CANCELLED, {}, None)
    assert not RunBlock.objects.exists()


@pytest.mark.django_db
def test_a_simulation_whose_worker_died_is_swept_up_and_goes_on(monkeypatch, settings):
    settings.MATCH_RUN_BLOCK = 3
    draft = draft_like(market(), weights=other_weights())
    simulation = request_simulation(policy=draft, actor=None, now=NOW)
    claimed = claim_run(simulation.run_id, now=NOW)
    assert claimed is not None
    later = NOW + settings.MATCH_RUN_STALE
    assert sweep_runs(now=later) == 1
    scored = []
    score_block = computation.score_block

    def dying(prepared, start, stop):
        if len(scored) == 2:
            scored.append(None)
            raise MemoryError("the worker dies here")
        scored.append(start)
        return score_block(prepared, start, stop)

    monkeypatch.setattr(computation, "score_block", dying)
    for _ in range(2):
        compute_run(run_id=simulation.run_id, clock=lambda: timezone.now() + timedelta(minutes=5))
    simulation.refresh_from_db()
    assert simulation.run.state == RunState.COMPLETED
    done = [start for start in scored if start is not None]
    assert len(done) == len(set(done))


@pytest.mark.django_db
def test_only_the_newest_simulation_of_a_policy_keeps_every_pair():
    draft = draft_like(market(), min_score=0.5)
    first, second = simulated(draft), simulated(draft)
    first.refresh_from_db()
    assert first.pairs is None
    assert first.result["kinds"] == second.result["kinds"]
    assert len(unpack(bytes(second.pairs))) == sum(second.result["kinds"].values())


@pytest.mark.django_db
def test_simulations_are_no_runs_to_anybody_else(client):
    draft = draft_like(market(), min_score=0.5)
    simulation = simulated(draft)
    client.force_login(StaffFactory(staff_role="supervisor"))
    listed = client.get(reverse("matching:runs")).context["page"].object_list
    assert simulation.run not in listed
    page = client.get(reverse("matching:run", args=[simulation.run_id]))
    assert page.url == reverse("matching:simulation", args=[simulation.pk])
    assert client.post(reverse("matching:run_cancel", args=[simulation.run_id])).status_code == 404
    assert MatchPolicy.objects.active().state == PolicyState.ACTIVE


@pytest.mark.django_db
def test_the_page_from_the_click_to_the_result_and_its_file(client):
    client.force_login(StaffFactory(staff_role="supervisor"))
    draft = draft_like(market(), weights=other_weights(), min_score=0.5)
    answer = client.post(reverse("matching:policy_simulate", args=[draft.version]))
    simulation = PolicySimulation.objects.get()
    assert answer.url == reverse("matching:simulation", args=[simulation.pk])
    waiting = client.get(answer.url).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    part = client.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    compute_run(run_id=simulation.run_id, clock=timezone.now)
    done = client.get(answer.url, headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    page = client.get(answer.url)
    assert page.context["kinds"]["moved"] > 0
    assert "hx-trigger" not in page.content.decode().split("<main", 1)[1]
    file = client.get(reverse("matching:simulation_file", args=[simulation.pk]))
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    simulation.refresh_from_db()
    counted = {kind: sum(row["change"] == kind for row in rows) for kind in KINDS}
    assert counted == simulation.result["kinds"]
    assert (
        "simulated" in client.get(reverse("matching:policy", args=[draft.version])).content.decode()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_a_simulations_page_takes_as_many_queries_for_few_pairs_as_for_many(client, count):
    client.force_login(StaffFactory(staff_role="supervisor"))
    active = ensure_default_policy(now=NOW)
    varied_market(count)
    run_under(active)
    draft = draft_like(active, weights=other_weights())
    simulation = [simulated(draft) for _ in range(count)][-1]
    budgets = {
        reverse("matching:simulation", args=[simulation.pk]): 19,
        reverse("matching:policy", args=[draft.version]): 22,
    }
    found = {}
    for path in budgets:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        found[path] = len(queries)
    assert found == budgets
    assert MatchRun.objects.filter(is_simulation=True).count() == count
