"""The figures of the association's report, each with its source, year and sample.

Report: "60 years of Korea-Japan industrial partnership", June 2025. Nothing on the pages names a
figure of the report that does not stand here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.formatting import number_text, percent_text

Text = str | Promise

TRADE_TIMES: Final = 352
EXPORTERS: Final = 12_700


class Unit(Enum):
    PERCENT = "percent"
    USD_BILLION = "usd_billion"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the report: `value` in percent or in billions of US dollars."""

    value: float
    unit: Unit

    @property
    def data(self) -> str:
        """As a chart reads it, in no language."""
        return str(self.value)

    @property
    def text(self) -> str:
        if self.unit is Unit.PERCENT:
            return percent_text(self.value / 100, 1)
        return number_text(self.value, 1)


@dataclass(frozen=True, slots=True)
class Row:
    label: Text
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A table of figures and its drawing; `sample` says whom the report counted or asked."""

    title: Text
    message: Text
    columns: tuple[Text, ...]
    rows: tuple[Row, ...]
    sample: Text
    first_column: Text


@dataclass(frozen=True, slots=True)
class Wish:
    """Something firms ask of policy, and which side asks for it."""

    what: Text
    by: Text


def _percent(*values: float) -> tuple[Figure, ...]:
    return tuple(Figure(value, Unit.PERCENT) for value in values)


CHARTS: Final = (
    Chart(
        title=_("Trade between Korea and Japan"),
        message=_("Trade between the two countries has grown 352-fold since 1965."),
        columns=(_("USD billion"),),
        rows=(
            Row("1965", (Figure(0.2, Unit.USD_BILLION),)),
            Row("2024", (Figure(77.2, Unit.USD_BILLION),)),
        ),
        sample=_("Trade statistics of 1965 and 2024."),
        first_column=_("Year"),
    ),
    Chart(
        title=_("What Korea exports to Japan"),
        message=_("Three quarters of what Korea exports to Japan are parts and materials."),
        columns=(_("Intermediate goods"), _("Consumer goods")),
        rows=(
            Row("1988", _percent(31.6, 49.5)),
            Row(_("Report of 2025"), _percent(77.5, 12.1)),
        ),
        sample=_("Shares of Korea's exports to Japan by use of the goods."),
        first_column=_("Year"),
    ),
    Chart(
        title=_("What firms say of cooperation"),
        message=_("More than nine in ten firms want to keep or expand cooperation."),
        columns=(_("Want to keep or expand it"), _("Satisfied with it")),
        rows=(
            Row(_("Korean firms"), _percent(94.5, 66.2)),
            Row(_("Japanese firms"), _percent(95.9, 75.5)),
        ),
        sample=_("Survey of 234 Korean exporters and 49 Japanese firms in Korea."),
        first_column=_("Asked"),
    ),
    Chart(
        title=_("Japan's share of Korea's trade"),
        message=_("Neither side depends on the other any more: partners are chosen."),
        columns=(_("Share of Korea's trade"),),
        rows=(Row("1973", _percent(39.8)), Row("2024", _percent(5.9))),
        sample=_("Trade statistics of 1973 and 2024."),
        first_column=_("Year"),
    ),
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A figure of the report that one of our own can be laid beside; `country` of who answers."""

    question: Text
    asked: Text
    figure: Figure
    sample: Text
    own: str
    country: str


_SURVEY: Final = CHARTS[2]
BENCHMARKS: Final = (
    Benchmark(
        question=_("Satisfied with the other side"),
        asked=_("Korean firms that deal with Japanese materials and components firms"),
        figure=Figure(76.7, Unit.PERCENT),
        sample=_SURVEY.sample,
        own="satisfied_share",
        country="KR",
    ),
    *(
        Benchmark(
            question=_SURVEY.columns[place],
            asked=row.label,
            figure=row.figures[place],
            sample=_SURVEY.sample,
            own=own,
            country=country,
        )
        for place, own in ((1, "satisfied_share"), (0, "keeping_share"))
        for row, country in zip(_SURVEY.rows, ("KR", "JP"), strict=True)
    ),
)

WISHES: Final = (
    Wish(
        _("A stable supply chain of materials, components and equipment"),
        _("First on both sides"),
    ),
    Wish(_("Matching of sellers and buyers"), _("Korean firms")),
    Wish(_("Tax support"), _("Japanese firms")),
)

# Sector code → what the report proposes there.
PROPOSALS: Final[dict[str, Text]] = {
    "mobility": _("a technology consortium for mobility as a service (MaaS)"),
    "semiconductors": _(
        "a shared research and development platform for system-semiconductor design"
    ),
    "bio": _("mutual certification of clinical data and safety evaluations"),
    "minerals_energy": _("joint resource development and supply chains in third countries"),
}
