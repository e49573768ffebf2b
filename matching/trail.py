"""What the audit trail tells of policies, runs and matches (see `common.trail`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.formatting import moment_text
from common.trail import Label, Named, Noun
from matching.choices import (
    AnswerKind,
    DeclineReason,
    EventReason,
    MatchState,
    OutcomeStage,
    QuestionKind,
    QuestionState,
    RejectReason,
    Side,
    SimulationBasis,
)
from matching.models import SETTINGS, BulkDecision, Match, MatchPolicy, MatchRun, SavedView


def _matches(rows: "models.QuerySet[Match]") -> Iterable[tuple[Any, Named]]:
    firms = rows.select_related("need__company", "offering__company").only(
        *(
            f"{side}__company__{name}"
            for side in ("need", "offering")
            for name in ("country", "name_ko", "name_ja", "name_en")
        )
    )
    for match in firms:
        text = f"{match.seller.display_name} → {match.buyer.display_name}"
        yield match.pk, Named(text, reverse("matching:review_match", args=[match.pk]), "zxx")


def _policies(rows: "models.QuerySet[MatchPolicy]") -> Iterable[tuple[Any, Named]]:
    for policy in rows:
        yield (
            policy.pk,
            Named(str(policy), reverse("matching:policy", args=[policy.version]), "zxx"),
        )


def _runs(rows: "models.QuerySet[MatchRun]") -> Iterable[tuple[Any, Named]]:
    for run in rows.only("pk", "created_at"):
        yield run.pk, Named(moment_text(run.created_at), reverse("matching:run", args=[run.pk]))


def _bulks(rows: "models.QuerySet[BulkDecision]") -> Iterable[tuple[Any, Named]]:
    for bulk in rows.only("pk", "created_at"):
        path = reverse("matching:review_bulk_result", args=[bulk.pk])
        yield bulk.pk, Named(moment_text(bulk.created_at), path)


def _views(rows: "models.QuerySet[SavedView]") -> Iterable[tuple[Any, Named]]:
    for view in rows:
        yield view.pk, Named(view.name, f"{reverse('matching:review')}?{view.address}", "zxx")


NOUNS: Final = {
    "matching.bulkdecision": Noun(_("decision about several matches"), _bulks),
    "matching.savedview": Noun(_("view of the queue"), _views),
    "matching.match": Noun(_("match"), _matches),
    "matching.matchpolicy": Noun(_("matching policy"), _policies),
    "matching.matchrun": Noun(_("matching run"), _runs),
}
VERBS: Final[Mapping[str, Label]] = {
    f"match.{MatchState.PROPOSED}": _("decision undone, proposed again"),
    f"match.{MatchState.APPROVED}": _("match approved"),
    f"match.{MatchState.REJECTED}": _("match rejected"),
    f"match.{MatchState.WITHDRAWN}": _("match withdrawn"),
    f"match.{MatchState.INTRODUCED}": _("firms introduced to each other"),
    f"match.{MatchState.DECLINED}": _("match declined"),
    f"match.{MatchState.EXPIRED}": _("match expired"),
    "match.held": _("match put on hold"),
    "match.released": _("match taken off hold"),
    "match.approved_once": _("match approved, waits for a second reviewer"),
    "match.approval_undone": _("first of two approvals taken back"),
    "match.sent_back": _("match sent back by the second reviewer"),
    "match.assigned": _("match assigned"),
    "bulk.requested": _("decision about several matches"),
    "review_view.saved": _("view of the queue saved"),
    "review_view.shared": _("view of the queue shared or kept to oneself"),
    "review_view.removed": _("view of the queue removed"),
    "match.answered": _("match answered"),
    "match.answer_taken_back": _("answer taken back"),
    "match.outcome": _("outcome told"),
    "match.outcome_retracted": _("outcome taken back"),
    "match.nothing_yet": _("told that nothing has come of it yet"),
    "match.rated": _("match rated"),
    "question.settled": _("unanswered question settled by staff"),
    "match.asked": _("question put to a firm"),
    f"match.question_{QuestionState.ANSWERED}": _("question answered by the firm"),
    f"match.question_{QuestionState.WITHDRAWN}": _("question taken back"),
    f"match.question_{QuestionState.SILENT}": _("question not answered in time"),
    "note.added": _("note written"),
    "note.edited": _("note changed"),
    "note.pinned": _("note pinned"),
    "note.unpinned": _("note unpinned"),
    "policy.created": _("policy drafted"),
    "policy.activated": _("policy activated"),
    "policy.discarded": _("policy draft discarded"),
    "policy.edited": _("policy draft changed"),
    "simulation.completed": _("simulation completed"),
    "simulation.requested": _("simulation requested"),
    "run.requested": _("run requested"),
    "run.cancelled": _("run cancelled"),
    "run.completed": _("run completed"),
    "run.failed": _("run failed"),
    "run.retried": _("run tried again"),
}
FACTS: Final[Mapping[str, Label]] = {
    "side": _("Side"),
    "stage": _("Stage"),
    "policy": _("Policy"),
    "question": _("Question"),
    "words": _("Reason in words"),
    "failure": _("Failure"),
    "counts": _("Figures"),
    "basis": _("Tried out"),
    "assigned_to": _("Assigned to"),
    "matches": _("Matches"),
    "is_shared": _("For everybody"),
}
WORDS: Final[Mapping[str, Mapping[str, Label]]] = {
    "match.before": dict(MatchState.choices),
    "match.reason": {
        **dict(RejectReason.choices),
        **dict(DeclineReason.choices),
        **dict(EventReason.choices),
    },
    "match.kind": dict(AnswerKind.choices),
    "match.question": dict(QuestionKind.choices),
    "policy.basis": dict(SimulationBasis.choices),
    "policy.changed": {
        field.name: field.verbose_name
        for field in MatchPolicy._meta.fields
        if field.name in SETTINGS
    },
    "side": dict(Side.choices),
    "stage": dict(OutcomeStage.choices),
}
