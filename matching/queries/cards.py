"""One match as one side sees it: the card of the pages and the mails, in the active language."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.choices import ConsentKind
from accounts.models import User
from accounts.queries import has_consent
from common.formatting import date_text, money_text, number_text, people_text, year_text
from common.localisation import active_language, pick
from companies.choices import Cooperation
from companies.models import Company, Need, Offering
from companies.wording import blind_description
from matching.choices import MatchState, Side
from matching.models import Match, MatchQuerySet
from matching.wording import sentences

REASONS_SHOWN = 3
EXCERPT = 600

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of a firm, shown to the other firm after the introduction."""

    name: str
    name_kana: str
    title: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class MatchCard:
    """What one side may know. `firm_name` describes the firm while its name is hidden.

    `facts` and `terms` are (label, text) pairs of what is known. `reasons` are at most three
    sentences, `missing` what nobody knows yet. Texts come with the language they are in.
    """

    match: Match
    side: Side
    own_item: Need | Offering
    their_item: Need | Offering
    own_company: Company
    their_company: Company
    is_name_hidden: bool
    firm_name: str
    firm_name_language: str
    facts: tuple[Line, ...]
    own_title: str
    own_title_language: str
    title: str
    title_language: str
    text: str
    text_language: str
    terms: tuple[Line, ...]
    reasons: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_buyer(self) -> bool:
        return self.side == Side.BUYER


def matches_for_cards() -> MatchQuerySet:
    """Matches with all that `match_card` reads, in a fixed number of queries."""
    return Match.objects.with_sides().prefetch_related(
        "need__certifications",
        "need__required_certifications",
        "offering__certifications",
        "need__company__sectors",
        "offering__company__sectors",
        "need__company__certificates__certification",
        "offering__company__certificates__certification",
    )


def match_card(match: Match, side: Side) -> MatchCard:
    """The card for `side` in the active language."""
    own, theirs = match.item_of(side), match.item_of(side.other)
    firm = match.company_of(side.other)
    is_hidden = firm.is_name_hidden and match.state != MatchState.INTRODUCED
    firm_name, firm_language = (
        (blind_description(firm), active_language()) if is_hidden else pick(firm, "name")
    )
    own_title, own_title_language = pick(own, "title")
    title, title_language = pick(theirs, "title")
    text, text_language = pick(theirs, "text")
    told = sentences(match, side=side, language=active_language())
    return MatchCard(
        match=match,
        side=side,
        own_item=own,
        their_item=theirs,
        own_company=match.company_of(side),
        their_company=firm,
        is_name_hidden=is_hidden,
        firm_name=firm_name,
        firm_name_language=firm_language,
        facts=tuple(firm_facts(firm)),
        own_title=own_title,
        own_title_language=own_title_language,
        title=title,
        title_language=title_language,
        text=text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…",
        text_language=text_language,
        terms=tuple(item_terms(theirs)),
        reasons=tuple([*told.fits, *told.accepts][:REASONS_SHOWN]),
        missing=tuple(told.missing),
    )


def firm_facts(company: Company) -> Iterator[Line]:
    """What is known of a firm and does not name it."""
    yield _("Country"), str(company.get_country_display())
    if company.region:
        yield _("Region"), str(company.region)
    if sectors := [str(sector) for sector in company.sectors.all()]:
        yield _("Sectors"), ", ".join(sectors)
    if company.employees is not None:
        yield _("Employees"), people_text(company.employees)
    if company.founded_on:
        yield _("Founded"), year_text(company.founded_on)
    if certificates := {str(held.certification) for held in company.certificates.all()}:
        yield _("Certifications"), ", ".join(sorted(certificates))
    if company.has_partner_experience is not None:
        experience = _("yes") if company.has_partner_experience else _("no")
        yield _("Has traded with the other country"), experience


def item_terms(item: Need | Offering) -> Iterator[Line]:
    """What an item states beyond title and text, in the order in which people ask."""
    yield _("Cooperation"), ", ".join(str(Cooperation(kind).label) for kind in item.cooperation)
    unit = f" {item.unit}" if item.unit else ""
    if item.annual_volume is not None:
        yield _("Annual volume"), f"{number_text(item.annual_volume)}{unit}"
    if item.minimum_order is not None:
        yield _("Minimum order"), f"{number_text(item.minimum_order)}{unit}"
    if item.lead_time_days is not None:
        yield _("Lead time"), _days(item.lead_time_days)
    if price := _price(item):
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
        yield _("Lead time at most"), _days(need.max_lead_time_days)
    if need.needed_by:
        yield _("Needed by"), date_text(need.needed_by)


def _days(days: int) -> str:
    return _("%(number)s days") % {"number": number_text(days)}


def _price(item: Need | Offering) -> str:
    amounts = sorted({amount for amount in (item.price_min, item.price_max) if amount is not None})
    code = item.currency.code if item.currency else ""
    shown = [money_text(amount, code) if code else number_text(amount) for amount in amounts]
    return " ".join(part for part in ("–".join(shown), item.incoterm) if part) if shown else ""


def contact_of(user: User | None) -> Contact | None:
    """The person as the other firm may see them: only while their consent to that stands."""
    if user is None or not user.is_active or not has_consent(user, ConsentKind.CROSS_BORDER):
        return None
    return Contact(
        name=user.display_name,
        name_kana=user.name_kana,
        title=user.title,
        email=user.email,
        phone=user.phone,
        language=str(user.get_language_display()),
    )
