"""Runs and policies through the API: the pages' own services and figures."""

import json

import pytest
from django.utils import timezone

from matching.models import MatchRun
from matching.services import compute_run, ensure_default_policy
from tests.api.callers import program
from tests.factories import NeedFactory, OfferingFactory, SectorFactory, StaffFactory
from tests.matching.simulated import draft_like, run_under, simulated

pytestmark = pytest.mark.django_db
RUNS = "/api/v1/runs/"


@pytest.fixture
def staff():
    return program(StaffFactory(language="en"), "reviewer")


def post(client, path, body=None):
    return client.post(path, json.dumps(body or {}), "application/json")


def test_a_run_is_started_watched_and_told(staff, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as kicked:
        begun = post(staff, RUNS)
    assert begun.status_code == 202, begun.json()
    assert len(kicked) == 1
    address = begun["Location"]
    told = staff.get(address).json()
    assert (told["state"], told["difference"], told["failure"]) == ("queued", [], None)
    assert {phase["state"] for phase in told["phases"]} == {"later"}
    NeedFactory()
    OfferingFactory()
    compute_run(run_id=told["id"], clock=timezone.now)
    told = staff.get(address).json()
    assert told["state"] == "completed"
    assert [phase["code"] for phase in told["phases"]] == [
        "reading", "scoring", "choosing", "writing"
    ]  # fmt: skip
    assert {phase["state"] for phase in told["phases"]} == {"done"}
    lines = {line["code"]: line for line in told["difference"]}
    assert lines["needs"]["now"] == told["needs"]["total"] == 1
    assert lines["new"]["now"] == told["counts"]["new"]
    changes = staff.get(f"{address}changes/?kind=came").json()["results"]
    assert len(changes) == told["counts"]["new"]
    assert staff.get(f"{address}changes/?kind=went").json()["results"] == []
    for wrong in ("kind=flew", "cause=", "direction=&cause="):
        assert staff.get(f"{address}changes/?{wrong}").status_code == 422
    assert staff.get(f"{RUNS}?of_firms=null").status_code == 422
    assert len(staff.get(f"{RUNS}?of_firms=false").json()["results"]) == 1
    again = run_under(ensure_default_policy(now=timezone.now()))
    second = staff.get(f"{RUNS}{again.pk}/").json()
    assert second["compared_with"] == told["id"]
    assert [row["id"] for row in staff.get(RUNS).json()["results"]] == [second["id"], told["id"]]


def test_a_run_of_one_sector_is_stopped_and_failed_ones_are_tried_again(staff):
    SectorFactory(code="mobility")
    begun = post(staff, RUNS, {"sector": "mobility"})
    assert begun.json()["sector"] == "mobility"
    assert post(staff, RUNS, {"sector": "magic"}).json()["errors"][0]["pointer"] == "/sector"
    stopped = post(staff, f"{begun['Location']}cancel/")
    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    assert post(staff, f"{begun['Location']}cancel/").json()["code"] == "state-changed"
    MatchRun.objects.update(state="failed", failure="MemoryError: all of it")
    failed = staff.get(begun["Location"]).json()
    assert failed["failure"]["what"] == "The run needed more memory than the worker has."
    assert post(staff, f"{begun['Location']}retry/").json()["state"] == "queued"


def test_policies_and_simulations_are_read(staff):
    active = ensure_default_policy(now=timezone.now())
    NeedFactory()
    OfferingFactory()
    draft = draft_like(active, min_score=0.1)
    simulation = simulated(draft)
    listed = staff.get("/api/v1/policies/").json()["results"]
    assert [row["version"] for row in listed] == [draft.version, active.version]
    assert sum(listed[0]["shares"].values()) == pytest.approx(1, abs=0.001)
    assert listed[0]["weights"] == draft.weights
    whole = staff.get(f"/api/v1/policies/{active.version}/").json()
    assert (whole["state"], len(whole["activations"])) == ("active", 1)
    assert [row["version"] for row in staff.get("/api/v1/policies/?state=active").json()["results"]
            ] == [active.version]  # fmt: skip
    told = staff.get(f"/api/v1/simulations/{simulation.pk}/").json()
    assert told["counts"] == simulation.counts
    assert told["settings"]["min_score"] == 0.1
    assert told["result"]["kinds"] == simulation.result["kinds"]
    for rows in told["result"]["examples"].values():
        assert all({"need", "offering", "score_after"} <= row.keys() for row in rows)
    # A simulation is no run of the association's.
    assert staff.get(f"{RUNS}{simulation.run_id}/").status_code == 404
    assert staff.put(f"/api/v1/policies/{active.version}/", "{}").status_code == 405


def test_lists_ask_the_same_number_of_queries(staff, django_assert_max_num_queries):
    policy = ensure_default_policy(now=timezone.now())
    for _number in range(3):
        post(staff, RUNS)
        simulated(draft_like(policy))
        for kind in ("runs", "policies", "simulations"):
            with django_assert_max_num_queries(4):
                assert staff.get(f"/api/v1/{kind}/").status_code == 200
