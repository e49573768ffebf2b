"""What is told of each row behind a figure, on the page and in the file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.formatting import date_text, moment_text, number_text
from insights.definitions import Source, Text
from mailing.kinds import kind_name
from matching.choices import reason_label


@dataclass(frozen=True, slots=True)
class Column:
    label: Text
    text: Callable[[Any], str]
    link: Callable[[Any], str] | None = None
    is_number: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    link: str
    is_number: bool
    is_code: bool


def _firm(company: Any) -> str:
    return reverse("companies:verification_detail", args=[company.pk])


def _match(match_id: Any) -> str:
    return reverse("matching:review_match", args=[match_id])


def _moment(value: Any) -> str:
    return moment_text(value) if value else ""


def _day(value: Any) -> str:
    return date_text(value) if value else ""


_JOURNEYS: Final = (
    Column(_("Proposed"), lambda row: _moment(row.proposed_at), lambda row: _match(row.match_id)),
    Column(_("Buyer"), lambda row: row.buyer.display_name, lambda row: _firm(row.buyer)),
    Column(_("Seller"), lambda row: row.seller.display_name, lambda row: _firm(row.seller)),
    Column(_("Direction"), lambda row: str(row.get_direction_display())),
    Column(_("State"), lambda row: str(row.get_state_display())),
    Column(_("Reason"), lambda row: reason_label(row.end_reason) if row.end_reason else ""),
    Column(_("Decided"), lambda row: _moment(row.decided_at)),
    Column(_("Introduced"), lambda row: _moment(row.introduced_at)),
    Column(_("Met"), lambda row: _day(row.met_on)),
    Column(_("Order or project"), lambda row: _day(row.contract_on)),
)
_DECISIONS: Final = (
    Column(_("Decided"), lambda row: _moment(row.decided_at), lambda row: _match(row.match_id)),
    Column(_("Decision"), lambda row: str(row.get_decision_display())),
    Column(_("By"), lambda row: row.decided_by.display_name if row.decided_by else ""),
    Column(_("Proposed"), lambda row: _moment(row.proposed_at)),
    Column(_("Buyer"), lambda row: row.buyer.display_name, lambda row: _firm(row.buyer)),
    Column(_("Seller"), lambda row: row.seller.display_name, lambda row: _firm(row.seller)),
    Column(_("Direction"), lambda row: str(row.get_direction_display())),
)
_RATINGS: Final = (
    Column(_("Answered"), lambda row: _moment(row.at), lambda row: _match(row.match_id)),
    Column(
        _("Company"),
        lambda row: row.match.company_of(row.side).display_name,
        lambda row: _firm(row.match.company_of(row.side)),
    ),
    Column(_("Side"), lambda row: str(row.get_side_display())),
    Column(_("Satisfaction"), lambda row: str(row.get_score_display() or "")),
    Column(_("Intention"), lambda row: str(row.get_intention_display())),
)
_FIRMS: Final = (
    Column(_("Company"), lambda row: row.display_name, _firm),
    Column(_("Country"), lambda row: str(row.get_country_display())),
    Column(
        _("Employees"),
        lambda row: "" if row.employees is None else number_text(row.employees),
        is_number=True,
    ),
    Column(_("Registered"), lambda row: _moment(row.created_at)),
    Column(_("Proposals"), lambda row: number_text(row.proposals), is_number=True),
    Column(_("Approved"), lambda row: number_text(row.approvals), is_number=True),
    Column(_("Introductions"), lambda row: number_text(row.introductions), is_number=True),
)
_MAILS: Final = (
    Column(
        _("Written"),
        lambda row: _moment(row.created_at),
        lambda row: reverse("mailing:message", args=[row.pk]),
    ),
    Column(_("Kind"), lambda row: kind_name(row.kind)),
    Column(_("Language"), lambda row: str(row.get_language_display())),
    Column(_("To"), lambda row: row.to),
    Column(_("State"), lambda row: str(row.get_state_display())),
    Column(_("Handed over"), lambda row: _moment(row.handed_over_at)),
    Column(_("Delivered"), lambda row: _moment(row.delivered_at)),
)
_REFUSALS: Final = (
    Column(_("Since"), lambda row: _moment(row.created_at)),
    Column(_("Address"), lambda row: row.address),
    Column(_("Category"), lambda row: str(row.get_category_display()) if row.category else ""),
    Column(_("Reason"), lambda row: str(row.get_reason_display())),
)
COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    Source.JOURNEYS: _JOURNEYS,
    Source.DECISIONS: _DECISIONS,
    Source.RATINGS: _RATINGS,
    Source.FIRMS: _FIRMS,
    Source.MAILS: _MAILS,
    Source.REFUSALS: _REFUSALS,
}
# What the columns read, and the order: newest first, so that a page stays where it was.
_READ: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Source.JOURNEYS: (("buyer", "seller"), ("-proposed_at", "pk")),
    Source.DECISIONS: (("buyer", "seller", "decided_by"), ("-decided_at", "pk")),
    Source.RATINGS: (
        ("match__need__company", "match__offering__company"),
        ("-at", "pk"),
    ),
    Source.FIRMS: ((), ("-proposals", "name_key", "pk")),
    Source.MAILS: ((), ("-created_at", "pk")),
    Source.REFUSALS: ((), ("-created_at", "pk")),
}


def ordered(source: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with all that their columns read, in their order."""
    related, order = _READ[source]
    return (rows.select_related(*related) if related else rows).order_by(*order)


def cells(source: str, row: Any) -> list[Cell]:
    return [
        Cell(
            column.text(row),
            column.link(row) if column.link else "",
            column.is_number,
            column.is_code,
        )
        for column in COLUMNS[source]
    ]
