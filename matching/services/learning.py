"""A policy learnt from decisions and answers: offered as a draft, never applied by itself."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import GagyoError
from matching.models import MatchPolicy
from matching.queries.verdicts import Verdict, verdicts
from matching.services.policies import create_policy, ensure_default_policy

if TYPE_CHECKING:
    from matching.engine_adapter.learning import Lesson

LEAST_VERDICTS: Final = 200
LEAST_OF_A_KIND: Final = 20  # liked or not, in all


class NothingToLearn(GagyoError):
    """No draft is written; the message says why."""


def lesson_of(*, now: datetime) -> "tuple[MatchPolicy, Lesson]":
    """The active policy, and what the verdicts up to `now` teach beside it. Writes nothing.

    The same verdicts give the same lesson. Raises NothingToLearn when there are too few verdicts,
    they depend on no criterion, or the learnt weights foretell no better than those in force.
    """
    # What it needs takes a second and 80 MiB: only who learns loads it.
    from matching.engine_adapter.learning import learn_weights

    active = ensure_default_policy(now=now)
    found = verdicts(now)
    _check_enough(found)
    try:
        lesson = learn_weights(found, active.weights, rng=np.random.default_rng(len(found)))
    except ValueError as error:
        raise NothingToLearn(_("The decisions depend on no criterion.")) from error
    if lesson.learnt.log_loss >= lesson.in_force.log_loss:
        raise NothingToLearn(
            _(
                "Learnt weights foretell the last %(count)s verdicts no better than %(policy)s: "
                "log-loss %(learnt)s against %(in_force)s."
            )
            % {
                "count": lesson.measured_on,
                "policy": active,
                "learnt": f"{lesson.learnt.log_loss:.3f}",
                "in_force": f"{lesson.in_force.log_loss:.3f}",
            }
        )
    return active, lesson


def learn_policy(*, actor: User | None, now: datetime) -> "tuple[MatchPolicy, Lesson]":
    """A draft with learnt weights, and otherwise like the active policy, but without automatic
    approval. Its name and its evidence tell how well it foretells the later three tenths of the
    verdicts, beside the policy in force. Raises NothingToLearn as `lesson_of`.
    """
    active, lesson = lesson_of(now=now)
    draft = create_policy(
        # As a proper name the same in every language, with the figures that speak for it.
        name=(
            f"{timezone.localdate(now)}: AUC {lesson.in_force.auc:.2f} → {lesson.learnt.auc:.2f}, "
            f"log-loss {lesson.in_force.log_loss:.3f} → {lesson.learnt.log_loss:.3f}"
        ),
        actor=actor,
        now=now,
        evidence={**asdict(lesson), "beside": active.version},
        **{**active.settings, "weights": lesson.weights, "auto_approve_above": None},
    )
    return draft, lesson


def _check_enough(found: list[Verdict]) -> None:
    liked = sum(verdict.liked for verdict in found)
    if len(found) < LEAST_VERDICTS or min(liked, len(found) - liked) < LEAST_OF_A_KIND:
        raise NothingToLearn(
            _(
                "There are %(count)s verdicts that tell whether firms fit, %(liked)s of them in "
                "favour. Learning needs at least %(least)s, and %(of_a_kind)s of each kind."
            )
            % {
                "count": len(found),
                "liked": liked,
                "least": LEAST_VERDICTS,
                "of_a_kind": LEAST_OF_A_KIND,
            }
        )
