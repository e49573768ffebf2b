"""Whether the matching serves all firms, or the same few again and again."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from insights.definitions.kinds import Breakdown, Figure, Group, Measure, Section, Source, Text

_ROWS: Final = Source.FIRMS
_PROPOSED: Final = Q(proposals__gt=0)
_NEW: Final = Q(is_new=True)
_SMALL: Final = Q(is_small=True)


def _share(code: str, part: str, of: str, label: Text, counted: Text) -> Figure:
    return Figure(code, label, counted, _ROWS, Measure.SHARE, part=part, of=of)


def _gini(code: str, value: str, label: Text) -> Figure:
    return Figure(code, label, _GINI, _ROWS, Measure.GINI, value=value)


_GINI: Final = _(
    "The Gini coefficient over all verified firms, those without any included: 0 when every firm"
    " has as many as any other, near 1 when one firm has them all."
)

REACHED: Final = (
    Figure(
        "firms",
        _("verified firms"),
        _("Verified firms in the directory."),
        _ROWS,
    ),
    Figure(
        "firms_proposed",
        _("with a proposal"),
        _("Of the verified firms those that stand in at least one proposal."),
        _ROWS,
        where=_PROPOSED,
    ),
    Figure(
        "firms_approved",
        _("with an approved proposal"),
        _("Of the verified firms those that stand in at least one approved proposal."),
        _ROWS,
        where=Q(approvals__gt=0),
    ),
    Figure(
        "firms_introduced",
        _("with an introduction"),
        _("Of the verified firms those that were introduced to at least one firm."),
        _ROWS,
        where=Q(introductions__gt=0),
    ),
    _share(
        "coverage_proposed",
        "firms_proposed",
        "firms",
        _("with a proposal, of all"),
        _("The firms with a proposal out of all verified firms."),
    ),
    _share(
        "coverage_approved",
        "firms_approved",
        "firms",
        _("with an approved proposal, of all"),
        _("The firms with an approved proposal out of all verified firms."),
    ),
    _share(
        "coverage_introduced",
        "firms_introduced",
        "firms",
        _("with an introduction, of all"),
        _("The firms with an introduction out of all verified firms."),
    ),
)
SPREAD: Final = (
    _gini("gini_proposals", "proposals", _("concentration of proposals (Gini)")),
    _gini("gini_approvals", "approvals", _("concentration of approved proposals (Gini)")),
    _gini("gini_introductions", "introductions", _("concentration of introductions (Gini)")),
)
GROUPS: Final = (
    Figure(
        "firms_new",
        _("new firms"),
        _("Of the verified firms those that registered within 180 days before the range's end."),
        _ROWS,
        where=_NEW,
    ),
    Figure(
        "firms_new_proposed",
        _("new firms with a proposal"),
        _("Of the new firms those that stand in at least one proposal."),
        _ROWS,
        where=_NEW & _PROPOSED,
    ),
    _share(
        "coverage_new",
        "firms_new_proposed",
        "firms_new",
        _("with a proposal, of the new firms"),
        _("The new firms with a proposal out of all new firms."),
    ),
    Figure(
        "firms_small",
        _("small firms"),
        _("Of the verified firms those that name fewer than 50 employees."),
        _ROWS,
        where=_SMALL,
    ),
    Figure(
        "firms_small_proposed",
        _("small firms with a proposal"),
        _("Of the small firms those that stand in at least one proposal."),
        _ROWS,
        where=_SMALL & _PROPOSED,
    ),
    _share(
        "coverage_small",
        "firms_small_proposed",
        "firms_small",
        _("with a proposal, of the small firms"),
        _("The small firms with a proposal out of all small firms."),
    ),
)
FIGURES: Final = (*REACHED, *SPREAD, *GROUPS)
_SHOWN: Final = ("firms", "firms_proposed", "firms_introduced", "coverage_proposed")

GROUP: Final = Group(
    "fairness",
    _("Fairness"),
    _("Whether all verified firms get something out of the matching, or the same few."),
    (
        Section(_("Reached firms"), tuple(figure.code for figure in REACHED)),
        Section(_("Concentration"), tuple(figure.code for figure in SPREAD)),
        Section(_("New and small firms"), tuple(figure.code for figure in GROUPS)),
    ),
    (
        Breakdown("country", _("By country"), (*_SHOWN, "gini_proposals"), ""),
        Breakdown("sector", _("By the firm's sector"), (*_SHOWN, "gini_proposals"), ""),
    ),
)
