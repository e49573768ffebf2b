"""What is known of the two firms of a match."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from common.formatting import date_text, number_text, year_text
from common.localisation import LANGUAGES, Language
from companies.choices import VerificationDecision
from companies.models import Company
from matching.queries.dossier.rows import Row, plain, row
from matching.queries.dossier.texts import names, text_row
from matching.queries.facts import employees_text, experience_text
from taxonomy.models import Concept


def firm_rows(
    buyer: Company,
    seller: Company,
    concepts: Iterable[Concept],
    criterion: Callable[[str], Any],
) -> Iterator[Row]:
    def both(label: str, told: Callable[[Company], str]) -> Row:
        return row(label, told(buyer), told(seller))

    yield both(_("Legal name"), lambda firm: firm.native_name)
    yield both(_("Official number"), lambda firm: firm.formatted_number)
    yield both(_("Verified until"), _verified)
    yield both(_("Checked"), _checked)
    yield both(_("Sectors"), lambda firm: names(firm.sectors.all()))
    yield both(_("Industry"), lambda firm: firm.industry)
    yield text_row(_("About the firm"), buyer, seller, "about", concepts)
    yield both(_("Region"), lambda firm: str(firm.region or ""))
    yield both(_("Address"), lambda firm: firm.address)
    yield _websites(buyer, seller)
    yield both(_("Employees"), employees_text)
    yield both(_("Founded"), lambda firm: year_text(firm.founded_on) if firm.founded_on else "")
    yield both(_("Representative"), lambda firm: firm.representative)
    yield both(_("Stock code"), lambda firm: firm.stock_code)
    yield row(
        _("Experience with the other country"),
        experience_text(buyer),
        experience_text(seller),
        criterion("experience"),
    )
    yield both(_("Languages of its people"), _languages)
    yield both(_("Introductions a month"), lambda firm: number_text(firm.introductions_per_month))


def _websites(buyer: Company, seller: Company) -> Row:
    return Row(
        _("Website"),
        plain(buyer.website),
        plain(seller.website),
        need_href=buyer.website,
        offering_href=seller.website,
    )


def _verified(firm: Company) -> str:
    return date_text(firm.verified_until) if firm.verified_until else ""


def _checked(firm: Company) -> str:
    """What staff looked at when they last called the firm verified, and on which day."""
    decisions = (
        each for each in firm.verifications.all() if each.decision == VerificationDecision.VERIFIED
    )
    last = next(decisions, None)
    if last is None:
        return ""
    return f"{date_text(last.at)}: {', '.join(last.checked_labels)}".rstrip(": ")


def _languages(firm: Company) -> str:
    """Those its people have chosen for themselves, and those it describes itself in."""
    spoken = {each.user.language for each in firm.memberships.all()}
    written = {code for code in LANGUAGES if getattr(firm, f"about_{code}")}
    return ", ".join(str(Language(code).label) for code in LANGUAGES if code in spoken | written)
