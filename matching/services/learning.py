"""A policy learnt from decisions and answers: offered as a draft, never applied by itself."""

from datetime import datetime
from typing import Final

from accounts.models import User
from matching.engine_adapter.learning import Lesson, learn_weights
from matching.models import MatchPolicy
from matching.queries.verdicts import Verdict, verdicts
from matching.services.policies import create_policy, ensure_default_policy

LEAST_VERDICTS: Final = 200
LEAST_OF_A_KIND: Final = 20  # liked or not, in all


class NothingToLearn(Exception):
    """No draft is written; the message says why."""


def learn_policy(*, actor: User | None, now: datetime) -> tuple[MatchPolicy, Lesson]:
    """A draft with learnt weights, and otherwise like the active policy.

    Its name tells how well it foretells the later three tenths of the verdicts, beside the policy
    in force. Raises NothingToLearn when there are too few verdicts, they depend on no criterion,
    or the learnt weights foretell no better than those in force.
    """
    active = ensure_default_policy(now=now)
    found = verdicts(now)
    _check_enough(found)
    try:
        lesson = learn_weights(found, active.weights)
    except ValueError as error:
        raise NothingToLearn(str(error)) from error
    if lesson.learnt.log_loss >= lesson.in_force.log_loss:
        raise NothingToLearn(
            f"The learnt weights foretell the last {lesson.measured_on} verdicts no better than "
            f"{active}: log-loss {lesson.learnt.log_loss:.3f} against "
            f"{lesson.in_force.log_loss:.3f}."
        )
    draft = create_policy(
        # As a proper name the same in every language, with the figures that speak for it.
        name=(
            f"{now.date()}: AUC {lesson.in_force.auc:.2f} → {lesson.learnt.auc:.2f}, "
            f"log-loss {lesson.in_force.log_loss:.3f} → {lesson.learnt.log_loss:.3f}"
        ),
        weights=lesson.weights,
        min_score=active.min_score,
        min_confidence=active.min_confidence,
        top_k=active.top_k,
        auto_approve_above=None,
        actor=actor,
        now=now,
    )
    return draft, lesson


def _check_enough(found: list[Verdict]) -> None:
    liked = sum(verdict.liked for verdict in found)
    if len(found) < LEAST_VERDICTS or min(liked, len(found) - liked) < LEAST_OF_A_KIND:
        raise NothingToLearn(
            f"There are {len(found)} verdicts that tell whether firms fit, {liked} of them in "
            f"favour. Learning needs at least {LEAST_VERDICTS}, and {LEAST_OF_A_KIND} of each kind."
        )
