"""What became of an introduction: told by each side step by step, confirmed by both."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import audit
from common.errors import RuleViolated, StateChanged, refuse
from mailing.services import cancel_messages
from matching.choices import MatchState, OutcomeStage, Side, ValueBand
from matching.models import Match, Outcome
from matching.rules import FAULTS, outcome_faults
from matching.services import mails
from matching.services.questions import answer_questions
from matching.signals import outcome_recorded


def record_outcome(
    *,
    match: Match,
    side: Side,
    stage: str,
    note: str = "",
    happened_on: date | None = None,
    value_band: str = "",
    by: User,
    now: datetime,
) -> Outcome:
    """Record one step of the ladder as `side` sees it; naming it again renews only what is given.

    A step both sides named is confirmed; of one that the other side has not named yet, that side
    is asked by mail, once, after the time in which a mistake can be undone unseen. Answers the
    questions that are open. Raises StateChanged before the introduction, RuleViolated for a day
    still to come.
    """
    if stage not in OutcomeStage or (value_band and value_band not in ValueBand):
        raise RuleViolated(_("Choose what came of it."))
    if match.state != MatchState.INTRODUCED:
        raise StateChanged(_("The firms have not been introduced yet."), state=match.state)
    refuse(outcome_faults(happened_on=happened_on, today=timezone.localdate(now)), FAULTS)
    with transaction.atomic():
        outcome, is_new = Outcome.objects.get_or_create(
            match=match,
            side=side,
            stage=stage,
            defaults={
                "note": note,
                "language": by.language,
                "happened_on": happened_on,
                "value_band": value_band,
                "by": by,
                "at": now,
            },
        )
        if is_new:
            audit.record("match.outcome", match, actor=by, now=now, side=side, stage=stage)
            outcome_recorded.send(sender=Outcome, outcome=outcome, match=match, now=now)
            _ask_to_confirm(match, side, outcome, now)
        else:
            _renew(outcome, note=note, happened_on=happened_on, value_band=value_band, by=by)
        answer_questions(match=match, side=side, now=now)
    return outcome


def retract_outcome(*, match: Match, side: Side, stage: str, by: User, now: datetime) -> None:
    """Take back a step that was told by mistake; what the other side said stays.

    Raises StateChanged when this side has not told it (or has taken it back already).
    """
    with transaction.atomic():
        deleted, _rows = Outcome.objects.filter(match=match, side=side, stage=stage).delete()
        if not deleted:
            raise StateChanged(_("This has changed in the meantime."))
        cancel_messages(context_key=mails.confirmation_key(match, side, stage), now=now)
        audit.record("match.outcome_retracted", match, actor=by, now=now, side=side, stage=stage)


def _ask_to_confirm(match: Match, side: Side, outcome: Outcome, now: datetime) -> None:
    if outcome.stage == OutcomeStage.NONE:
        return
    if not match.outcomes.filter(side=side.other, stage=outcome.stage).exists():
        mails.write_confirmation_mails(match, side.other, outcome=outcome, now=now)


def _renew(
    outcome: Outcome, *, note: str, happened_on: date | None, value_band: str, by: User
) -> None:
    given = {"note": note, "happened_on": happened_on, "value_band": value_band}
    changed = {
        key: value for key, value in given.items() if value and value != getattr(outcome, key)
    }
    if not changed:
        return
    for key, value in changed.items():
        setattr(outcome, key, value)
    if "note" in changed:
        outcome.language = by.language
    outcome.by = by
    outcome.save(update_fields=[*changed, "language", "by"])
