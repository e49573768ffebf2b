"""What a figure is: a name, a definition in words, and the rows it is counted from."""

from dataclasses import dataclass, field
from enum import Enum

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Source(models.TextChoices):
    """What one row is; each source has the day by which it is counted (`DATES`)."""

    JOURNEYS = "journeys", _("proposals")
    DECISIONS = "decisions", _("decisions")
    RATINGS = "ratings", _("answers to the questions about satisfaction")
    FIRMS = "firms", _("verified firms")
    MAILS = "mails", _("mails")
    REFUSALS = "refusals", _("refused addresses")


DATES: dict[str, Text] = {
    Source.JOURNEYS: _("The day of the proposal counts, whenever the later steps were taken."),
    Source.DECISIONS: _("The day of the decision counts."),
    Source.RATINGS: _(
        "The day of the answer counts; of several answers of one side about the same introduction,"
        " the last one up to the end of the range."
    ),
    Source.FIRMS: _(
        "Firms are those that are verified and listed now; of their proposals, those of the range"
        " count."
    ),
    Source.MAILS: _(
        "The day on which the mail was written counts. Mails belong to no sector or direction."
    ),
    Source.REFUSALS: _(
        "The day of the refusal counts. Addresses belong to no sector or direction."
    ),
}
# Sources whose rows a sector or a direction can narrow.
NARROWED = (Source.JOURNEYS, Source.DECISIONS, Source.RATINGS, Source.FIRMS)


class Measure(Enum):
    COUNT = "count"
    SHARE = "share"
    MEDIAN = "median"
    P90 = "p90"
    GINI = "gini"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    COUNT: how many rows of `source` fit `where`. SHARE: the figure `part` out of the figure `of`;
    each row of `part` is one of `of`. MEDIAN, P90: of the duration `value` of the rows that fit
    `where`, all of which have one. GINI: of the number `value` of the rows. Names in `where` and
    `value` are fields and annotations of `insights.queries.sources`.
    """

    code: str
    label: Text
    counted: Text
    source: Source
    measure: Measure = Measure.COUNT
    where: Q = field(default_factory=Q)
    value: str = ""
    part: str = ""
    of: str = ""

    @property
    def dated(self) -> Text:
        return DATES[self.source]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table, and its chart, of `figures` by `dimension` (see `insights.queries.dimensions`)."""

    dimension: str
    title: Text
    figures: tuple[str, ...]
    chart: str = "bar"


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that stand together on a page."""

    title: Text
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One page: its figures in sections, and what they are broken down by."""

    code: str
    title: Text
    lead: Text
    sections: tuple[Section, ...]
    breakdowns: tuple[Breakdown, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        return tuple(code for section in self.sections for code in section.figures)
