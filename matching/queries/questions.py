"""Questions that wait for an answer, the likely answers, and what satisfaction adds up to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from matching.choices import (
    KEEP_OR_EXPAND,
    NOTHING_YET,
    SATISFIED,
    OutcomeStage,
    Side,
)
from matching.models import Match, Question, Satisfaction
from taxonomy.choices import Country

STEPS_OFFERED = 3


def open_questions() -> models.QuerySet[Question]:
    """Neither answered nor settled, and no later one of the same side."""
    later = Question.objects.filter(
        match=models.OuterRef("match"),
        side=models.OuterRef("side"),
        number__gt=models.OuterRef("number"),
    )
    return Question.objects.filter(~models.Exists(later), answered_at=None, settled_at=None)


def silent_questions(*, now: datetime) -> models.QuerySet[Question]:
    """Silent settings.MATCH_OUTCOME_SILENT_DAYS after the reminder: oldest first."""
    before = now - timedelta(days=settings.MATCH_OUTCOME_SILENT_DAYS)
    return (
        open_questions()
        .filter(reminded_at__lte=before)
        .select_related("match__need__company", "match__offering__company", "match__introduction")
        .order_by("reminded_at", "pk")
    )


def likely_answers(match: Match, side: Side) -> list[str]:
    """What `side` will most likely say: first what the other side says already, then the next
    steps of the ladder, then "nothing yet" and "nothing came of it"."""
    told = {(row.side, row.stage) for row in match.outcomes.all()}
    steps = [stage for stage in OutcomeStage if stage != OutcomeStage.NONE]
    own = [stage for stage in steps if (side, stage) in told]
    theirs = [stage for stage in steps if (side.other, stage) in told and stage not in own]
    reached = max((steps.index(stage) for stage in own), default=-1)
    ahead = [stage for stage in steps[reached + 1 :] if stage not in theirs]
    shown = [*theirs, *ahead][:STEPS_OFFERED]
    return [*(str(stage.value) for stage in shown), NOTHING_YET, OutcomeStage.NONE.value]


@dataclass(frozen=True, slots=True)
class SatisfactionFigures:
    """Of one country's firms, each counted with its latest word on each partner.

    `satisfied` and `keep_or_expand` are shares in [0, 1], None while nobody has answered.
    """

    country: str
    rated: int
    satisfied: float | None
    intending: int
    keep_or_expand: float | None


def satisfaction_figures(country: str) -> SatisfactionFigures:
    """Comparable with the report's shares: 76.7 % satisfied; 94.5 % (KR) and 95.9 % (JP) want to
    keep or expand cooperation."""
    of_country = models.Q(side=Side.BUYER, match__need__company__country=country) | models.Q(
        side=Side.SELLER, match__offering__company__country=country
    )
    rows = Satisfaction.objects.filter(of_country).order_by("number", "at")
    latest = {(row.match_id, row.side): row for row in rows}.values()
    scores = [row.score for row in latest if row.score is not None]
    intentions = [row.intention for row in latest if row.intention]
    return SatisfactionFigures(
        country=Country(country).value,
        rated=len(scores),
        satisfied=_share(sum(score in SATISFIED for score in scores), len(scores)),
        intending=len(intentions),
        keep_or_expand=_share(sum(i in KEEP_OR_EXPAND for i in intentions), len(intentions)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
