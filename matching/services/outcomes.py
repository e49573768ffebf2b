"""What became of an introduction: asked at intervals, told by each side, confirmed by both."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged
from matching.choices import MatchState, OutcomeStage, Side
from matching.models import Introduction, Match, Outcome
from matching.services import mails


def record_outcome(
    *, match: Match, side: Side, stage: str, note: str = "", by: User, now: datetime
) -> Outcome:
    """Record one step of the ladder as `side` sees it; naming it again only renews the note.

    A step both sides named is confirmed. Raises StateChanged before the introduction.
    """
    if stage not in OutcomeStage:
        raise RuleViolated(_("Choose what came of it."))
    if match.state != MatchState.INTRODUCED:
        raise StateChanged(_("The firms have not been introduced yet."), state=match.state)
    with transaction.atomic():
        outcome, is_new = Outcome.objects.get_or_create(
            match=match,
            side=side,
            stage=stage,
            defaults={"note": note, "language": by.language, "by": by, "at": now},
        )
        if not is_new and note and note != outcome.note:
            outcome.note, outcome.language, outcome.by = note, by.language, by
            outcome.save(update_fields=["note", "language", "by"])
        if is_new:
            audit.record("match.outcome", match, actor=by, now=now, side=side, stage=stage)
    return outcome


def ask_outcomes(*, now: datetime) -> int:
    """Ask both sides of each introduction settings.MATCH_OUTCOME_DAYS after it; return how many.

    After a standstill only the latest question that is due is asked. A side that said "nothing
    came of it" is not asked again.
    """
    asked = 0
    for number, days in reversed(list(enumerate(settings.MATCH_OUTCOME_DAYS, start=1))):
        due = Introduction.objects.filter(
            questions_asked__lt=number, at__lte=now - timedelta(days=days)
        )
        for introduction_id in due.order_by("at").values_list("pk", flat=True):
            asked += _ask(introduction_id, number, now)
    return asked


def _ask(introduction_id: int, number: int, now: datetime) -> bool:
    with transaction.atomic():
        claimed = Introduction.objects.filter(
            pk=introduction_id, questions_asked__lt=number
        ).update(questions_asked=number, asked_at=now)
        if not claimed:
            return False
        match: Match = Match.objects.with_sides().get(introduction=introduction_id)
        finished = set(
            match.outcomes.filter(stage=OutcomeStage.NONE).values_list("side", flat=True)
        )
        for side in Side:
            if side not in finished:
                mails.write_outcome_questions(match, side, number=number, now=now)
    return True
