"""`METHOD name` → (who is let in by their session, the scopes that let a token in)."""

from typing import Any

from django.utils import timezone

from api.choices import Scope
from api.services import begin_export
from matching.models import Match
from tests.api.callers import key_of
from tests.factories import (
    CertificationFactory,
    ConceptFactory,
    RegionFactory,
    SectorFactory,
    UnitFactory,
)
from tests.test_permission_table import Scene

ALL = "firm reviewer data"
ITEM_PARTS = ("detail", "close", "reopen")
IMPORT_PARTS = ("detail", "cancel", "error-file", "errors", "revert", "start")
RUN_PARTS = ("detail", "cancel", "changes", "retry")
MATCH_PARTS = (
    *("detail", "answers", "claim", "contacts", "outcomes", "questions", "reviews"),
    *("satisfaction", "undo"),
)
TABLE: dict[str, tuple[str, str]] = {
    "DELETE match-claim": ("l444 4ooo", "reviewer"),
    "DELETE match-message": ("l43o oooo", "firm reviewer"),
    "DELETE match-outcome": ("l43o o333", "firm"),
    "DELETE match-question": ("l444 4ooo", "reviewer"),
    "DELETE token-detail": ("l444 444o", ""),
    "GET certification-detail": ("looo oooo", ALL),
    "GET certification-list": ("looo oooo", ALL),
    "GET company-detail": ("looo oooo", ALL),
    "GET company-list": ("looo oooo", ALL),
    "GET concept-detail": ("looo oooo", ALL),
    "GET concept-list": ("looo oooo", ALL),
    "GET export-companies-list": ("looo oooo", ALL),
    "GET export-detail": ("l444 444o", ALL),
    "GET export-list": ("looo oooo", ALL),
    "GET export-matches-list": ("looo oooo", ALL),
    "GET export-needs-list": ("looo oooo", ALL),
    "GET export-offerings-list": ("looo oooo", ALL),
    "GET export-outcomes-list": ("looo oooo", ALL),
    "GET import-detail": ("l444 4ooo", "reviewer data firm"),
    "GET import-error-file": ("l444 4ooo", "reviewer data firm"),
    "GET import-errors": ("l444 4ooo", "reviewer data firm"),
    "GET import-list": ("looo oooo", ALL),
    "GET match-answers": ("l4oo oooo", "firm reviewer"),
    "GET match-contacts": ("l4oo oooo", "firm reviewer"),
    "GET match-detail": ("l4oo oooo", "firm reviewer"),
    "GET match-list": ("looo oooo", "firm reviewer"),
    "GET match-messages": ("l4oo oooo", "firm reviewer"),
    "GET match-outcomes": ("l4oo oooo", "firm reviewer"),
    "GET match-questions": ("l444 4ooo", "reviewer"),
    "GET match-reviews": ("l444 4ooo", "reviewer"),
    "GET match-satisfaction": ("l4oo oooo", "firm reviewer"),
    "GET gap-list": ("l444 4ooo", "data"),
    "GET insight-detail": ("l444 4ooo", "data"),
    "GET insight-list": ("l444 4ooo", "data"),
    "GET insight-rows": ("l444 43oo", "data"),
    "GET me": ("looo oooo", ALL),
    "GET need-detail": ("l444 4ooo", ALL),
    "GET need-list": ("looo oooo", ALL),
    "GET offering-detail": ("l4oo oooo", ALL),
    "GET offering-list": ("looo oooo", ALL),
    "GET policy-detail": ("l444 4ooo", "reviewer"),
    "GET policy-list": ("l444 4ooo", "reviewer"),
    "GET question-detail": ("l4oo o444", "firm"),
    "GET question-list": ("looo oooo", "firm"),
    "GET region-detail": ("looo oooo", ALL),
    "GET region-list": ("looo oooo", ALL),
    "GET run-changes": ("l444 4ooo", "reviewer"),
    "GET run-detail": ("l444 4ooo", "reviewer"),
    "GET run-list": ("l444 4ooo", "reviewer"),
    "GET review-list": ("l444 4ooo", "reviewer"),
    "GET sector-detail": ("looo oooo", ALL),
    "GET sector-list": ("looo oooo", ALL),
    "GET simulation-detail": ("l444 4ooo", "reviewer"),
    "GET simulation-list": ("l444 4ooo", "reviewer"),
    "GET token-list": ("looo oooo", ""),
    "GET unit-detail": ("looo oooo", ALL),
    "GET unit-list": ("looo oooo", ALL),
    "PATCH company-detail": ("l33oo333", ALL),
    "PATCH need-detail": ("l444 4333", ALL),
    "PATCH offering-detail": ("l43o o333", ALL),
    "POST company-bulk": ("l333 33oo", "data"),
    "POST import-cancel": ("l444 43oo", "firm data"),
    "POST import-list": ("looo o3oo", "data"),
    "POST import-revert": ("l444 43oo", "firm data"),
    "POST import-start": ("l444 43oo", "firm data"),
    "POST need-bulk": ("looo oooo", "firm data"),
    "POST match-answers": ("l43o o333", "firm"),
    "POST match-claim": ("l444 4ooo", "reviewer"),
    "POST match-messages": ("l43o oooo", "firm reviewer"),
    "POST match-next": ("l444 4ooo", "reviewer"),
    "POST match-outcomes": ("l43o o333", "firm"),
    "POST match-questions": ("l444 4ooo", "reviewer"),
    "POST match-reviews": ("l444 4ooo", "reviewer"),
    "POST match-satisfaction": ("l43o o333", "firm"),
    "POST match-undo": ("l43o o333", "firm"),
    "POST need-close": ("l444 4333", ALL),
    "POST need-list": ("looo oooo", ALL),
    "POST need-reopen": ("l444 4333", ALL),
    "POST offering-bulk": ("looo oooo", "firm data"),
    "POST offering-close": ("l43o o333", ALL),
    "POST offering-list": ("looo oooo", ALL),
    "POST offering-reopen": ("l43o o333", ALL),
    "POST run-cancel": ("l444 4ooo", "reviewer"),
    "POST run-list": ("l444 4ooo", "reviewer"),
    "POST run-retry": ("l444 4ooo", "reviewer"),
    "POST question-answer": ("l43o o444", "firm"),
    "POST token-list": ("looo oooo", ""),
}


def arguments(scene: Scene) -> dict[str, list[Any]]:
    """What the addresses of one row name: the firm of the scene, its items and its match."""
    match = Match.objects.with_sides().get(pk=scene.args["matching:review_match"][0])
    administrator = scene.people["administrator"]
    assert administrator is not None
    token, _key = key_of(administrator, Scope.DATA)
    export = begin_export(
        kind="needs",
        form="csv",
        encoding="utf-8",
        filters={},
        actor=administrator,
        now=timezone.now(),
    )
    return {
        "export-detail": [export.pk],
        "company-detail": [match.seller.pk],
        **{f"import-{part}": scene.args["companies:import_detail"] for part in IMPORT_PARTS},
        **{f"offering-{part}": [match.offering.pk] for part in ITEM_PARTS},
        **{f"need-{part}": [match.need.pk] for part in ITEM_PARTS},
        **{f"match-{part}": [match.pk] for part in MATCH_PARTS},
        **{f"run-{part}": scene.args["matching:run"] for part in RUN_PARTS},
        "policy-detail": scene.args["matching:policy"],
        "simulation-detail": scene.args["matching:simulation"],
        "match-message": scene.args["dialogue:withdraw"],
        "match-messages": scene.args["dialogue:thread"],
        "match-outcome": [match.pk, "met"],
        "insight-detail": ["introduced"],
        "insight-rows": ["introduced"],
        "match-question": scene.args["matching:question_withdraw"],
        "question-answer": scene.args["matching:firm_question"],
        "question-detail": scene.args["matching:firm_question"],
        "token-detail": [token.pk],
        "certification-detail": [CertificationFactory().code],
        "concept-detail": [ConceptFactory().code],
        "region-detail": [RegionFactory().code],
        "sector-detail": [SectorFactory().code],
        "unit-detail": [UnitFactory().code],
    }
