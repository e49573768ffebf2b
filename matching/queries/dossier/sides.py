"""Both sides next to each other: what they say, how far it fits, and what nobody says."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from common.formatting import date_text, number_text
from companies.models import Company, Item, Need, Offering
from matching.models import Match
from matching.queries.dossier.firms import firm_rows
from matching.queries.dossier.rows import NO_MARK, Group, Row, mark_of, plain, row
from matching.queries.dossier.texts import names, text_row
from matching.queries.facts import (
    amount_text,
    cooperation_text,
    days_text,
    price_text,
)
from taxonomy.models import Concept


def side_groups(match: Match) -> list[Group]:
    """The rows of both sides in the order in which one decides; rows that both leave blank are
    counted as not said, not shown."""
    criterion = match.criteria.get
    need, offering = match.need, match.offering
    concepts = {c.pk: c for c in [*need.concepts.all(), *offering.concepts.all()]}.values()
    return [
        Group.of(_("What it is"), _subject(need, offering, concepts, criterion)),
        Group.of(_("Requirements and terms"), _terms(need, offering, criterion)),
        Group.of(_("Supply chain of the buyer"), _supply_chain(need)),
        Group.of(_("Wishes about the partner"), _wishes(need, offering)),
        Group.of(_("The firms"), firm_rows(need.company, offering.company, concepts, criterion)),
    ]


def _subject(
    need: Need, offering: Offering, concepts: Iterable[Concept], criterion: Callable[[str], Any]
) -> Iterator[Row]:
    yield text_row(_("Title"), need, offering, "title", concepts, mark_of(criterion("product")))
    yield text_row(_("Description"), need, offering, "text", concepts)
    yield row(_("Concepts"), names(need.concepts.all()), names(offering.concepts.all()))
    yield row(_("HS codes"), ", ".join(need.hs6), ", ".join(offering.hs6), criterion("hs"))
    yield row(_("Cooperation"), cooperation_text(need), cooperation_text(offering))
    yield row(
        _("Development stage"),
        str(need.get_stage_display()),
        str(offering.get_stage_display()),
        criterion("stage"),
    )


def _terms(need: Need, offering: Offering, criterion: Callable[[str], Any]) -> Iterator[Row]:
    held = {*offering.certifications.all(), *_held(offering.company)}
    yield row(
        _("Required certifications"),
        names(need.required_certifications.all()),
        names(held),
        criterion("certifications"),
        is_required=True,
    )
    wished = need.certifications.all()
    yield row(_("Wished certifications"), names(wished), names([c for c in wished if c in held]))
    yield row(
        _("Annual volume"),
        amount_text(need, "annual_volume"),
        _in_unit_of(need, offering, "annual_volume"),
        criterion("volume"),
        is_required=need.is_volume_required,
        note=_("the full volume from one supplier") if need.is_volume_required else "",
    )
    yield row(
        _("Minimum order"),
        amount_text(need, "minimum_order"),
        _in_unit_of(need, offering, "minimum_order"),
    )
    lead_time = days_text(offering.lead_time_days)
    # The criterion is about the wish where there is one, else about the limit.
    measured = criterion("lead_time")
    has_wish = need.lead_time_days is not None
    yield row(
        _("Lead time"),
        days_text(need.lead_time_days),
        lead_time,
        measured if has_wish else NO_MARK,
    )
    if need.max_lead_time_days is not None:
        yield row(
            _("Lead time at most"),
            days_text(need.max_lead_time_days),
            lead_time,
            _within_limit(need, offering),
            is_required=True,
        )
    yield row(
        _("Price"),
        price_text(need),
        price_text(offering),
        criterion("price"),
        note=_price_note(need, offering),
    )
    yield row(_("Valid until"), _day(need.valid_until), _day(offering.valid_until))


def _supply_chain(need: Need) -> Iterator[Row]:
    """Only the buyer's side has these."""
    facts = (
        (_("Source today"), need.current_source_country),
        (_("Single-sourced"), yes_no(need.is_single_sourced)),
        (_("Risk"), str(need.get_risk_reason_display())),
        (_("Substitutes acceptable"), yes_no(need.accepts_substitutes)),
        (_("Stock cover"), days_text(need.stock_cover_days)),
        (_("Needed by"), _day(need.needed_by)),
        (_("Suppliers to talk to"), number_text(need.seats)),
    )
    for label, text in facts:
        yield Row(label, plain(text), [], is_of_need_only=True)


def _wishes(need: Need, offering: Offering) -> Iterator[Row]:
    """What each item wishes of the other firm; the mark says whether both wishes are met."""
    for label, wish, is_met in (
        (_("At least this many employees"), _least, _is_large_enough),
        (_("Has traded with the other country"), _wish, _is_experienced),
        (_("Regions"), lambda item: names(item.wish_regions.all()), _is_in_region),
    ):
        told = [
            is_met(item, partner)
            for item, partner in ((need, offering.company), (offering, need.company))
            if wish(item)
        ]
        met = None if None in told else float(all(told))
        yield row(label, wish(need), wish(offering), met)


def _least(item: Item) -> str:
    least = item.wish_min_employees
    return "" if least is None else _("%(number)s people or more") % {"number": number_text(least)}


def _is_large_enough(item: Item, partner: Company) -> bool | None:
    if partner.employees is None or item.wish_min_employees is None:
        return None
    return partner.employees >= item.wish_min_employees


def _wish(item: Item) -> str:
    return _("wished") if item.wish_experienced else ""


def _is_experienced(item: Item, partner: Company) -> bool | None:
    return partner.has_partner_experience


def _is_in_region(item: Item, partner: Company) -> bool | None:
    return None if partner.region is None else partner.region in item.wish_regions.all()


def yes_no(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


def _held(company: Company) -> list[Any]:
    return [held.certification for held in company.certificates.all()]


def _in_unit_of(need: Need, offering: Offering, field: str) -> str:
    """The seller's amount, and the same in the buyer's unit where the two can be compared."""
    said = amount_text(offering, field)
    amount = getattr(offering, field)
    theirs, ours = offering.unit, need.unit
    if not said or theirs is None or ours is None or theirs == ours:
        return said
    if theirs.dimension != ours.dimension:
        return said
    converted = f"{number_text(float(amount) * theirs.factor / ours.factor)} {ours}"
    return f"{said} (= {converted})"


def _within_limit(need: Need, offering: Offering) -> float | None:
    if offering.lead_time_days is None or need.max_lead_time_days is None:
        return None
    return float(offering.lead_time_days <= need.max_lead_time_days)


def _price_note(need: Need, offering: Offering) -> str:
    """Why two prices are not set against each other."""
    if not (price_text(need) and price_text(offering)):
        return ""
    if need.currency != offering.currency:
        return _("different currencies, not compared")
    if need.unit != offering.unit:
        return _("for different units, not compared")
    return ""


def _day(day: Any) -> str:
    return date_text(day) if day else ""
