"""What a firm and an item state, as lines of label and text in the active language."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from common.formatting import date_text, money_text, number_text, people_text, year_text
from companies.choices import Cooperation
from companies.masking import size_band
from companies.models import Company, Need, Offering

Line = tuple[str, str]


def firm_facts(company: Company, *, is_blind: bool = False) -> Iterator[Line]:
    """What is known of a firm and does not name it. `is_blind`: nothing that singles it out."""
    yield _("Country"), str(company.get_country_display())
    if company.region:
        yield _("Region"), str(company.region)
    if sectors := [str(sector) for sector in company.sectors.all()]:
        yield _("Sectors"), ", ".join(sectors)
    if size := employees_text(company, is_blind=is_blind):
        yield _("Employees"), size
    if company.founded_on and not is_blind:
        yield _("Founded"), year_text(company.founded_on)
    if certificates := {str(held.certification) for held in company.certificates.all()}:
        yield _("Certifications"), ", ".join(sorted(certificates))
    if company.has_partner_experience is not None:
        yield _("Has traded with the other country"), experience_text(company)


def item_terms(item: Need | Offering) -> Iterator[Line]:
    """What an item states beyond title and text, in the order in which people ask."""
    yield _("Cooperation"), cooperation_text(item)
    if item.annual_volume is not None:
        yield _("Annual volume"), amount_text(item, "annual_volume")
    if item.minimum_order is not None:
        yield _("Minimum order"), amount_text(item, "minimum_order")
    if item.lead_time_days is not None:
        yield _("Lead time"), days_text(item.lead_time_days)
    if price := price_text(item):
        yield _("Price"), price
    if item.stage:
        yield _("Development stage"), str(item.get_stage_display())
    if certifications := [str(row) for row in item.certifications.all()]:
        yield _("Certifications"), ", ".join(certifications)
    if isinstance(item, Need):
        yield from _need_terms(item)
    if item.valid_until:
        yield _("Valid until"), date_text(item.valid_until)


def _need_terms(need: Need) -> Iterator[Line]:
    if required := [str(row) for row in need.required_certifications.all()]:
        yield _("Required certifications"), ", ".join(required)
    if need.max_lead_time_days is not None:
        yield _("Lead time at most"), days_text(need.max_lead_time_days)
    if need.needed_by:
        yield _("Needed by"), date_text(need.needed_by)


def cooperation_text(item: Need | Offering) -> str:
    return ", ".join(str(Cooperation(kind).label) for kind in item.cooperation)


def amount_text(item: Need | Offering, field: str) -> str:
    amount = getattr(item, field)
    return "" if amount is None else f"{number_text(amount)} {item.unit or ''}".strip()


def days_text(days: int | None) -> str:
    return "" if days is None else _("%(number)s days") % {"number": number_text(days)}


def price_text(item: Need | Offering) -> str:
    amounts = sorted({amount for amount in (item.price_min, item.price_max) if amount is not None})
    code = item.currency.code if item.currency else ""
    shown = [money_text(amount, code) if code else number_text(amount) for amount in amounts]
    return " ".join(part for part in ("–".join(shown), item.incoterm) if part) if shown else ""


def employees_text(company: Company, *, is_blind: bool = False) -> str:
    """The number of people, or the band of sizes while the firm must not be singled out."""
    if company.employees is None:
        return ""
    if not is_blind:
        return people_text(company.employees)
    first, last = size_band(company.employees)
    if last is None:
        return _("%(number)s people or more") % {"number": number_text(first)}
    return _("%(first)s to %(last)s people") % {
        "first": number_text(first),
        "last": number_text(last),
    }


def experience_text(company: Company) -> str:
    if company.has_partner_experience is None:
        return ""
    return _("yes") if company.has_partner_experience else _("no")
