"""How content firms are with the partners they met here, and what they mean to do."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from insights.definitions.kinds import Breakdown, Figure, Group, Measure, Section, Source
from matching.choices import KEEP_OR_EXPAND, SATISFIED

_ROWS: Final = Source.RATINGS

FIGURES: Final = (
    Figure(
        "rated",
        _("said how content they are"),
        _("Sides of an introduction that said how content they are with the other side."),
        _ROWS,
        where=Q(score__isnull=False),
    ),
    Figure(
        "satisfied",
        _("satisfied or very satisfied"),
        _("Of those who said how content they are, the satisfied and the very satisfied."),
        _ROWS,
        where=Q(score__in=SATISFIED),
    ),
    Figure(
        "satisfied_share",
        _("satisfied, of those who said so"),
        _("The satisfied and very satisfied out of all who said how content they are."),
        _ROWS,
        Measure.SHARE,
        part="satisfied",
        of="rated",
    ),
    Figure(
        "intending",
        _("said what they mean to do"),
        _("Sides of an introduction that said whether they expand, keep, reduce or end it."),
        _ROWS,
        where=~Q(intention=""),
    ),
    Figure(
        "keeping",
        _("want to keep or expand it"),
        _("Of those who said what they mean to do, those who keep or expand the cooperation."),
        _ROWS,
        where=Q(intention__in=KEEP_OR_EXPAND),
    ),
    Figure(
        "keeping_share",
        _("keep or expand, of those who said so"),
        _("Those who keep or expand the cooperation out of all who said what they mean to do."),
        _ROWS,
        Measure.SHARE,
        part="keeping",
        of="intending",
    ),
)
CODES: Final = tuple(figure.code for figure in FIGURES)

GROUP: Final = Group(
    "satisfaction",
    _("Satisfaction"),
    _("What introduced firms say of each other, beside what the association's report found."),
    (
        Section(_("Content with the partner"), CODES[:3]),
        Section(_("What they mean to do"), CODES[3:]),
    ),
    (
        Breakdown("country", _("By the country of the firm that answers"), CODES, ""),
        Breakdown("month", _("By month"), ("rated", "satisfied", "intending", "keeping"), "line"),
        Breakdown("sector", _("By sector"), ("rated", "satisfied", "intending", "keeping")),
        Breakdown("direction", _("By direction"), ("rated", "satisfied", "intending", "keeping")),
    ),
)
