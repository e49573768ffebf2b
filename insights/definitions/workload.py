"""What reviewers decide, and how long firms wait for it."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from insights.definitions.kinds import Breakdown, Figure, Group, Measure, Section, Source
from matching.choices import MatchState

_ROWS: Final = Source.DECISIONS
_BY_PEOPLE: Final = Q(is_automatic=False)
_WAITED: Final = _("The time from the proposal to the decision, of decisions by people.")

FIGURES: Final = (
    Figure(
        "decisions",
        _("decisions by people"),
        _("Approvals and rejections by staff that were not taken back."),
        _ROWS,
        where=_BY_PEOPLE,
    ),
    Figure(
        "approvals",
        _("approvals"),
        _("Of the decisions by people the approvals."),
        _ROWS,
        where=_BY_PEOPLE & Q(decision=MatchState.APPROVED),
    ),
    Figure(
        "rejections",
        _("rejections"),
        _("Of the decisions by people the rejections."),
        _ROWS,
        where=_BY_PEOPLE & Q(decision=MatchState.REJECTED),
    ),
    Figure(
        "automatic",
        _("approved automatically"),
        _("Proposals that were approved because their score is above the policy's threshold."),
        _ROWS,
        where=Q(is_automatic=True),
    ),
    Figure(
        "decision_wait_median",
        _("time to the decision, median"),
        _WAITED,
        _ROWS,
        Measure.MEDIAN,
        _BY_PEOPLE,
        "wait_decision",
    ),
    Figure(
        "decision_wait_p90",
        _("time to the decision, 9 of 10 within"),
        _WAITED,
        _ROWS,
        Measure.P90,
        _BY_PEOPLE,
        "wait_decision",
    ),
    Figure(
        "late",
        _("late decisions"),
        _(
            "Of the decisions by people those made after more business days (Monday to Friday) than"
            " the policy of the match's latest run allows."
        ),
        _ROWS,
        where=_BY_PEOPLE & Q(is_late=True),
    ),
    Figure(
        "late_share",
        _("late, of the decisions by people"),
        _("The late decisions out of all decisions by people."),
        _ROWS,
        Measure.SHARE,
        part="late",
        of="decisions",
    ),
)
CODES: Final = tuple(figure.code for figure in FIGURES)
_SHOWN: Final = ("decisions", "approvals", "rejections", "late")

GROUP: Final = Group(
    "workload",
    _("Reviewers' work"),
    _("What staff decided about proposals, how fast, and what came late."),
    (Section(_("Decisions"), CODES[:4]), Section(_("How fast"), CODES[4:])),
    (
        Breakdown("month", _("By month"), _SHOWN, "line"),
        Breakdown("day", _("By day, the last 31 of the range"), _SHOWN),
        Breakdown("reviewer", _("By reviewer"), (*_SHOWN, "decision_wait_median"), ""),
        Breakdown("sector", _("By sector"), _SHOWN),
        Breakdown("direction", _("By direction"), _SHOWN),
    ),
)
