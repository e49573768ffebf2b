"""From the proposal to the contract: how many, how long, and where they were lost."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from insights.definitions.kinds import Breakdown, Figure, Group, Measure, Section, Source, Text
from matching.choices import AnswerKind, MatchState, Side

_ROWS: Final = Source.JOURNEYS
_APPROVED: Final = Q(decision=MatchState.APPROVED)

STEPS: Final = (
    Figure(
        "proposed",
        _("proposed"),
        _(
            "Pairs that a matching run proposed. A pair that is proposed again counts again; pairs"
            " with an unclaimed firm never count."
        ),
        _ROWS,
    ),
    Figure(
        "approved",
        _("approved"),
        _("Of the proposals those that staff, or the threshold, approved and did not take back."),
        _ROWS,
        where=_APPROVED,
    ),
    Figure(
        "answered_one",
        _("answered by one side or both"),
        _("Of the proposals those to which at least one firm gave an answer, whichever it was."),
        _ROWS,
        where=Q(first_answer_at__isnull=False),
    ),
    Figure(
        "answered_both",
        _("answered by both sides"),
        _("Of the proposals those to which both firms gave an answer, whichever it was."),
        _ROWS,
        where=Q(both_answered_at__isnull=False),
    ),
    Figure(
        "introduced",
        _("introduced"),
        _("Of the proposals those whose two firms were introduced: both were interested."),
        _ROWS,
        where=Q(introduced_at__isnull=False),
    ),
    Figure(
        "met",
        _("met or talked"),
        _(
            "Of the proposals those whose introduced firms met: one of them told any step of the"
            " ladder except “nothing came of it”, or a call arranged here took place."
        ),
        _ROWS,
        where=Q(met_on__isnull=False),
    ),
    Figure(
        "contract",
        _("order or joint project"),
        _(
            "Of the proposals those for which one of the firms told of a trial order, a repeat"
            " order or a joint project."
        ),
        _ROWS,
        where=Q(contract_on__isnull=False),
    ),
    Figure(
        "contract_confirmed",
        _("order or joint project, confirmed"),
        _(
            "Of the proposals those for which both firms told of the same: a trial order, a repeat"
            " order or a joint project."
        ),
        _ROWS,
        where=Q(is_contract_confirmed=True),
    ),
)


def _rate(code: str, part: str, of: str, label: Text, counted: Text) -> Figure:
    return Figure(code, label, counted, _ROWS, Measure.SHARE, part=part, of=of)


RATES: Final = (
    _rate(
        "rate_approved",
        "approved",
        "proposed",
        _("approved, of those proposed"),
        _("The approved proposals out of all proposals."),
    ),
    _rate(
        "rate_answered_one",
        "answered_one",
        "approved",
        _("answered, of those approved"),
        _("The proposals with an answer out of those that were approved."),
    ),
    _rate(
        "rate_answered_both",
        "answered_both",
        "answered_one",
        _("answered by both, of those with an answer"),
        _("The proposals that both firms answered out of those that at least one answered."),
    ),
    _rate(
        "rate_introduced",
        "introduced",
        "answered_both",
        _("introduced, of those both answered"),
        _("The introductions out of the proposals that both firms answered."),
    ),
    _rate(
        "rate_met",
        "met",
        "introduced",
        _("met, of those introduced"),
        _("The introductions whose firms met out of all introductions."),
    ),
    _rate(
        "rate_contract",
        "contract",
        "met",
        _("order or project, of those who met"),
        _("The introductions with an order or a joint project out of those whose firms met."),
    ),
    _rate(
        "rate_whole",
        "contract",
        "proposed",
        _("order or project, of those proposed"),
        _("The proposals that led to an order or a joint project out of all proposals."),
    ),
)


def _wait(code: str, value: str, label: Text, ninth: Text, counted: Text) -> tuple[Figure, Figure]:
    """The median and the ninth decile of one waiting time."""
    where = Q(**{f"{value}__isnull": False})
    return (
        Figure(f"{code}_median", label, counted, _ROWS, Measure.MEDIAN, where, value),
        Figure(f"{code}_p90", ninth, counted, _ROWS, Measure.P90, where, value),
    )


WAITS: Final = (
    *_wait(
        "wait_approval",
        "wait_approval",
        _("from proposal to approval, median"),
        _("from proposal to approval, 9 of 10 within"),
        _("The time from the proposal to its approval, of the approved proposals."),
    ),
    *_wait(
        "wait_answer",
        "wait_answer",
        _("from approval to the first answer, median"),
        _("from approval to the first answer, 9 of 10 within"),
        _("The time from the approval to the first firm's answer, of the answered proposals."),
    ),
    *_wait(
        "wait_both",
        "wait_both",
        _("from the first answer to the second, median"),
        _("from the first answer to the second, 9 of 10 within"),
        _("The time between the answers of the two firms, where both answered."),
    ),
    *_wait(
        "wait_introduction",
        "wait_introduction",
        _("from the second answer to the introduction, median"),
        _("from the second answer to the introduction, 9 of 10 within"),
        _("The time from the second firm's answer to the introduction, of the introductions."),
    ),
    *_wait(
        "wait_meeting",
        "wait_meeting",
        _("from introduction to meeting, median"),
        _("from introduction to meeting, 9 of 10 within"),
        _(
            "The days from the introduction to the first step that one of the firms told, or to the"
            " first call; of the introductions whose firms met. A step dated earlier counts as 0."
        ),
    ),
    *_wait(
        "wait_contract",
        "wait_contract",
        _("from meeting to order or project, median"),
        _("from meeting to order or project, 9 of 10 within"),
        _(
            "The days from the first step to the first order or joint project, of the introductions"
            " that led to one."
        ),
    ),
)


def _state(code: str, state: str, label: Text, counted: Text) -> Figure:
    return Figure(code, label, counted, _ROWS, where=Q(state=state))


ENDS: Final = (
    Figure(
        "waiting_review",
        _("waiting for a decision"),
        _("Proposals about which nobody has decided yet."),
        _ROWS,
        where=Q(state=MatchState.PROPOSED),
    ),
    _state(
        "waiting_answers",
        MatchState.APPROVED,
        _("waiting for answers"),
        _("Approved proposals that wait for an answer, or for room for the introduction."),
    ),
    _state(
        "ended_introduced",
        MatchState.INTRODUCED,
        _("introduced"),
        _("Proposals that ended with the introduction of the two firms."),
    ),
    _state(
        "rejected",
        MatchState.REJECTED,
        _("rejected by staff"),
        _("Proposals that staff rejected, with a coded reason, and did not take back."),
    ),
    _state(
        "declined",
        MatchState.DECLINED,
        _("declined by a firm"),
        _("Proposals that ended because one of the firms declined or answered “not now”."),
    ),
    _state(
        "expired",
        MatchState.EXPIRED,
        _("expired"),
        _("Approved proposals that ended because not both firms answered in time."),
    ),
    _state(
        "withdrawn",
        MatchState.WITHDRAWN,
        _("withdrawn"),
        _(
            "Proposals that were taken back: no longer found by a run, an item closed, a firm left,"
            " or no room."
        ),
    ),
    Figure(
        "declined_buyer",
        _("declined by the buyer"),
        _("Of the declined proposals those whose first refusal came from the buyer."),
        _ROWS,
        where=Q(state=MatchState.DECLINED, refused_by=Side.BUYER),
    ),
    Figure(
        "declined_seller",
        _("declined by the seller"),
        _("Of the declined proposals those whose first refusal came from the seller."),
        _ROWS,
        where=Q(state=MatchState.DECLINED, refused_by=Side.SELLER),
    ),
    Figure(
        "declined_not_now",
        _("answered “not now”"),
        _("Of the declined proposals those whose first refusal was “not now”."),
        _ROWS,
        where=Q(state=MatchState.DECLINED, refusal=AnswerKind.NOT_NOW),
    ),
)
# Where a proposal stands: these add up to all proposals.
STANDING: Final = tuple(figure.code for figure in ENDS[:7])
FIGURES: Final = (*STEPS, *RATES, *WAITS, *ENDS)
_COUNTED: Final = ("proposed", "approved", "answered_both", "introduced", "met", "contract")

GROUP: Final = Group(
    "funnel",
    _("Funnel"),
    _("How far the proposals came, how long each step took, and where they were lost."),
    (
        Section(_("How far they came"), tuple(figure.code for figure in STEPS)),
        Section(_("From step to step"), tuple(figure.code for figure in RATES)),
        Section(_("Waiting times"), tuple(figure.code for figure in WAITS)),
        Section(_("Where they stand"), tuple(figure.code for figure in ENDS)),
    ),
    (
        Breakdown("month", _("By month"), _COUNTED, "line"),
        Breakdown("sector", _("By sector"), _COUNTED),
        Breakdown("direction", _("By direction"), _COUNTED),
        Breakdown("rejected_because", _("Rejected, by reason"), ("rejected",), ""),
        Breakdown(
            "declined_because",
            _("Declined, by reason and side"),
            ("declined", "declined_buyer", "declined_seller"),
            "",
        ),
        Breakdown("withdrawn_because", _("Withdrawn, by reason"), ("withdrawn",), ""),
    ),
)
