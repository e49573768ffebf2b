"""The audit judges by the run in the middle and says what cost points."""

from typing import Any

from local.audit import _why, score, visits

SCENE = {"session": "key", "link": "http://x/a/signed/", "match": "/m/", "profile": "/p/"}


def report(performance: float) -> dict[str, Any]:
    return {
        "categories": {
            "performance": {
                "score": performance,
                "auditRefs": [{"id": "paint", "weight": 10}, {"id": "told", "weight": 0}],
            }
        },
        "audits": {
            "paint": {"score": 0.5, "title": "Largest Contentful Paint", "displayValue": "4.5 s"},
            "told": {"score": 0, "title": "Only told"},
        },
    }


def test_a_score_is_what_lighthouse_shows() -> None:
    assert score(report(0.946), "performance") == 95


def test_what_cost_points_is_named() -> None:
    assert _why(report(0.9), "performance") == "Largest Contentful Paint 4.5 s"


def test_private_pages_are_told_apart_and_the_link_needs_no_session() -> None:
    found = {visit.name: visit for visit in visits({**SCENE, "firm": "/directory/1/"})}
    assert {name for name, visit in found.items() if visit.is_public} == {
        "home",
        "directory",
        "sector",
        "firm",
    }
    assert found["match by link"].path == "/a/signed/"
    assert not found["match by link"].session
    assert found["profile"].session == "key"
